/**
 * Convolution and reductions over windows on the reference device.
 *
 * @module
 */
import { range, sizeOf, stridesOf } from "../../base/shape.ts";
import { positions } from "../elementwise.ts";
import type { Call, Kernel, Windows } from "../plan.ts";
import { BINARY } from "../scalar_ops.ts";
import type { Runner } from "./kernels.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

/** Where windows start, and their elements from there. */
function windowPositions(
  { window, places, strides, dilation }: Windows,
  spatial: readonly number[],
) {
  return {
    starts: positions(places, spatial.map((s, i) => s * strides[i])),
    steps: positions(window, spatial.map((s, i) => s * dilation[i])),
  };
}

/** A convolution. */
export function prepareConv(call: Call, kernel: Of<"conv">): Runner {
  const [x, w] = call.reads;
  const [out] = call.writes;
  const { starts, steps } = windowPositions(kernel, x.strides.slice(3));
  const taps = positions(kernel.window, w.strides.slice(3));
  const ends = positions(kernel.places, out.strides.slice(3));
  const [groups, batch, features] = x.shape;
  const outs = w.shape[1];
  const at = (strides: readonly number[], ...place: number[]) =>
    place.reduce((sum, n, i) => sum + n * strides[i], 0);
  return ([image, weights], [result]) => {
    for (const [g, b, o, p] of places([groups, batch, outs, starts.length])) {
      let sum = 0;
      for (let f = 0; f < features; f++) {
        const from = image.at + at(x.strides, g, b, f) + starts[p];
        const by = weights.at + at(w.strides, g, o, f);
        for (let t = 0; t < steps.length; t++) {
          sum += image.words[from + steps[t]] * weights.words[by + taps[t]];
        }
      }
      result.words[result.at + at(out.strides, g, b, o) + ends[p]] = sum;
    }
  };
}

/** Indices of all elements of a shape, in row-major order. */
function* places(shape: readonly number[]): Generator<number[]> {
  const strides = stridesOf(shape);
  for (let i = 0; i < sizeOf(shape); i++) {
    yield shape.map((n, a) => Math.floor(i / strides[a]) % n);
  }
}

const START = { sum: 0, max: -Infinity, min: Infinity } as const;

/** A reduction over windows; sums add up in double. */
export function prepareReduceWindow(
  call: Call,
  kernel: Of<"reduceWindow">,
): Runner {
  const [row, ...spatial] = call.reads[0].strides;
  const { starts, steps } = windowPositions(kernel, spatial);
  const combine = BINARY[kernel.op === "sum" ? "add" : kernel.op];
  return ([x], [out]) => {
    let to = out.at;
    for (const r of range(call.reads[0].shape[0])) {
      for (const start of starts) {
        let total: number = START[kernel.op];
        for (const step of steps) {
          const value = x.words[x.at + r * row + start + step];
          total = kernel.op === "sum"
            ? total + value
            : combine(total, value, "f32");
        }
        out.words[to++] = total;
      }
    }
  };
}

/** Positions of extremes of windows. */
export function prepareArgWindow(call: Call, kernel: Of<"argWindow">): Runner {
  const [row, ...spatial] = call.reads[0].strides;
  const { starts, steps } = windowPositions(kernel, spatial);
  const { op, lo, whole } = kernel;
  const own = stridesOf(whole);
  const inside = windowPositions(kernel, own);
  const origin = lo.reduce((sum, n, i) => sum + n * own[i], 0);
  return ([x], [out]) => {
    let to = out.at;
    for (const r of range(call.reads[0].shape[0])) {
      starts.forEach((start, p) => {
        let best: number = START[op];
        let place = -1;
        steps.forEach((step, t) => {
          const value = x.words[x.at + r * row + start + step];
          if (op === "max" ? value > best : value < best) {
            best = value;
            place = inside.starts[p] + inside.steps[t] - origin;
          }
        });
        out.words[to++] = place;
      });
    }
  };
}
