/**
 * Data sets as tensors on the host: making them of toy data, and cutting them
 * into batches. Nothing here runs on a device; a batch moves there when it is
 * first used.
 *
 * @module
 */
import type { DType, TypedArray } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { formatAval, sizeOf } from "../base/shape.ts";
import { HostStorage } from "../device/device.ts";
import { Tensor } from "../numpy/mod.ts";
import { Value } from "../transform/trace.ts";
import type { Shuffleable } from "./random_state.ts";
import type { ToyData } from "./toy.ts";

/** Samples along axis 0, and one target for each. */
export type Samples = [x: Tensor, y: Tensor];

/** Points as f32, classes as i32. */
export function toSamples({ x, y, shape }: ToyData): Samples {
  return [
    hostTensor("f32", shape, Float32Array.from(x)),
    hostTensor("i32", [shape[0]], Int32Array.from(y)),
  ];
}

/** What can shuffle: `RandomState`, `PythonRandom` or anything alike. */
export interface Shuffler {
  /** Shuffles a list in place. */
  shuffle<T>(list: Shuffleable<T>): void;
}

/** Options of {@link batches}. */
export interface BatchOptions {
  /** Shuffles the samples beforehand; without it, they keep their order. */
  shuffle?: Shuffler;
  /** Leave out a last batch that is not full? By default, no. */
  dropLast?: boolean;
}

/**
 * Cuts samples and their targets into batches along axis 0. The batches are on
 * the host, and so must `x` and `y` be, or on a device that reads at once.
 *
 * A last batch of another size makes jit trace once more, and parameters that
 * hold one value per sample have to be cleared for it: see `dropLast`.
 *
 * @example
 * ```ts
 * import { batches, makeMoons, PythonRandom } from "@vodes/vodes/data";
 * const [x, y] = makeMoons({ nSamples: 100, randomState: 0 });
 * const random = new PythonRandom(0);
 * for (const [xb, yb] of batches(x, y, 32, { shuffle: random })) {
 *   console.log(xb.shape, yb.shape); // [32, 2] [32] ... [4, 2] [4]
 * }
 * ```
 *
 * @throws {ShapeError} If the batch size is not a whole number above 0, or the
 * numbers of samples and targets differ.
 */
export function batches(
  x: Tensor,
  y: Tensor,
  batchSize: number,
  options: BatchOptions = {},
): Samples[] {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new ShapeError(
      `Cannot make batches: the batch size is ${batchSize}, expected a whole ` +
        `number from 1: choose another size`,
    );
  }
  if (x.ndim === 0 || y.ndim === 0 || x.shape[0] !== y.shape[0]) {
    throw new ShapeError(
      `Cannot make batches: x is ${formatAval(x)} and y ${formatAval(y)}, ` +
        `expected equal sizes on axis 0: give one target for each sample`,
    );
  }
  const count = x.shape[0];
  const order = Int32Array.from({ length: count }, (_, i) => i);
  options.shuffle?.shuffle(order);
  const end = options.dropLast ? count - count % batchSize : count;
  const takeX = rowTaker(x);
  const takeY = rowTaker(y);
  const list: Samples[] = [];
  for (let start = 0; start < end; start += batchSize) {
    const rows = order.subarray(start, start + batchSize);
    list.push([takeX(rows), takeY(rows)]);
  }
  return list;
}

/** Reads a tensor once and gives tensors of some of its rows. */
export function rowTaker(source: Tensor): (rows: Int32Array) => Tensor {
  const { dtype, shape: [, ...sample] } = source;
  const width = sizeOf(sample);
  const data = source.dataSync();
  return (rows) => {
    const taken = data.slice(0, rows.length * width);
    rows.forEach((row, i) => {
      taken.set(data.subarray(row * width, (row + 1) * width), i * width);
    });
    return hostTensor(dtype, [rows.length, ...sample], taken);
  };
}

/** A tensor on the host. */
export function hostTensor(
  dtype: DType,
  shape: readonly number[],
  data: TypedArray,
): Tensor {
  return new Tensor(new Value({ dtype, shape }, new HostStorage(data)));
}
