/**
 * Winograd's convolution on the reference device, with sums in double.
 *
 * @module
 */
import { range } from "../../base/shape.ts";
import type { Call, View } from "../plan.ts";
import type { Runner } from "./kernels.ts";

type Matrix = readonly (readonly number[])[];

const WEIGHTS: Matrix = [
  [1, 0, 0],
  [1 / 2, 1 / 2, 1 / 2],
  [1 / 2, -1 / 2, 1 / 2],
  [0, 0, 1],
];
const TILE: Matrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const RESULT: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];

/** `m x m^T`, where x is square. */
function around(m: Matrix, x: Matrix): number[][] {
  const half = m.map((row) =>
    x[0].map((_, j) => row.reduce((sum, v, i) => sum + v * x[i][j], 0))
  );
  return half.map((row) =>
    m.map((other) => other.reduce((sum, v, j) => sum + v * row[j], 0))
  );
}

/** Where an element of a view is. */
function place({ strides }: View, ...index: readonly number[]): number {
  return index.reduce((sum, n, axis) => sum + n * strides[axis], 0);
}

/** `n` x `n` elements along the last two axes of a view. */
function square(
  view: View,
  n: number,
  at: (offset: number) => number,
): number[][] {
  return range(n).map((i) =>
    range(n).map((j) => at(i * view.strides[3] + j * view.strides[4]))
  );
}

/** Weights, transformed. */
export function prepareWinogradWeights({ reads, writes }: Call): Runner {
  const [w] = reads;
  const [u] = writes;
  const [groups, outs, features] = w.shape;
  return ([weights], [result]) => {
    for (const g of range(groups)) {
      for (const o of range(outs)) {
        for (const f of range(features)) {
          const from = weights.at + place(w, g, o, f);
          const own = square(w, 3, (offset) => weights.words[from + offset]);
          around(WEIGHTS, own).flat().forEach((value, i) => {
            result.words[result.at + place(u, g, i, o, f)] = value;
          });
        }
      }
    }
  };
}

/** A convolution with transformed weights. */
export function prepareWinograd({ reads, writes }: Call): Runner {
  const [x, u] = reads;
  const [out] = writes;
  const [groups, samples, outs, rows, columns] = out.shape;
  const features = x.shape[2];
  return ([image, weights], [result]) => {
    /** The transformed tiles of all features. */
    const tilesAt = (g: number, b: number, row: number, column: number) =>
      range(features).map((f) => {
        const from = image.at + place(x, g, b, f, row, column);
        return around(
          TILE,
          square(x, 4, (offset) => image.words[from + offset]),
        ).flat();
      });
    for (const g of range(groups)) {
      for (const b of range(samples)) {
        for (let row = 0; row < rows; row += 2) {
          for (let column = 0; column < columns; column += 2) {
            const tiles = tilesAt(g, b, row, column);
            for (const o of range(outs)) {
              const sums = range(16).map((i) =>
                tiles.reduce((sum, tile, f) => {
                  const at = weights.at + place(u, g, i, o, f);
                  return sum + tile[i] * weights.words[at];
                }, 0)
              );
              const four = range(4).map((i) => sums.slice(4 * i, 4 * i + 4));
              around(RESULT, four).forEach((line, i) =>
                line.forEach((value, j) => {
                  const to = place(out, g, b, o, row + i, column + j);
                  result.words[result.at + to] = value;
                })
              );
            }
          }
        }
      }
    }
  };
}
