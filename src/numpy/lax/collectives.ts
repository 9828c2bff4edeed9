/**
 * What samples of a named `vmap` axis tell each other. Each sample sees all
 * others, so time and memory go with the square of their number; `psum` and its
 * kin do not.
 *
 * @module
 */
import { ShapeError, TraceError } from "../../base/errors.ts";
import { formatAval, normalizeAxis } from "../../base/shape.ts";
import { treeMap } from "../../base/tree.ts";
import { namedAxisSize } from "../../transform/named_axes.ts";
import { asTensor } from "../convert.ts";
import { arange } from "../creation.ts";
import { where } from "../elementwise.ts";
import { axisIndex, dynamicIndexInDim, psum } from "../lax.ts";
import { concatenate, moveaxis } from "../movement.ts";
import { unstack } from "../shapes.ts";
import type { Tensor } from "../tensor.ts";
import { needList } from "../values/given.ts";
import type { TensorLike } from "../values/host.ts";

function sizeOfAxis(what: string, axisName: string): number {
  const size = namedAxisSize(axisName);
  if (size !== null) return size;
  throw new TraceError(
    `Cannot ${what} over axis "${axisName}": no such axis is around, expected ` +
      "a function under vmap with this axisName",
  );
}

/** The tensors of all samples, stacked along a new first axis. */
function gathered(x: TensorLike, axisName: string, size: number): Tensor {
  const t = asTensor(x);
  const own = arange(size).equal(axisIndex(axisName))
    .reshape([size, ...t.shape.map(() => 1)]);
  const mine = t.dtype === "bool" ? t.astype("i32") : t;
  const all = where(own, mine.reshape([1, ...t.shape]), 0);
  return psum(all, axisName).astype(t.dtype);
}

/** Options of {@link allGather}. */
export interface GatherOptions {
  /** Where the samples go; 0 by default. */
  readonly axis?: number;
  /** Whether they are joined along that axis instead of a new one. */
  readonly tiled?: boolean;
}

/**
 * The tensors (in a tree) of all samples of a named axis, stacked.
 *
 * @throws {TraceError} If there is no such axis.
 */
export function allGather<T>(
  tree: T,
  axisName: string,
  { axis = 0, tiled = false }: GatherOptions = {},
): T {
  const size = sizeOfAxis("gather", axisName);
  return treeMap((x: TensorLike) => {
    const all = gathered(x, axisName, size);
    if (!tiled) return moveaxis(all, 0, axis);
    return concatenate(unstack(all), axis);
  }, tree) as T;
}

/**
 * Each sample gets the tensors (in a tree) of another: `perm` has pairs of
 * source and destination. Who is no destination gets zeros.
 *
 * @throws {TraceError} If there is no such axis.
 * @throws {ShapeError} If a pair is outside, or a destination comes twice.
 */
export function ppermute<T>(
  tree: T,
  axisName: string,
  perm: readonly (readonly [source: number, destination: number])[],
): T {
  const size = sizeOfAxis("permute", axisName);
  const sources = new Int32Array(size).fill(-1);
  for (const [source, destination] of perm) {
    const inside = [source, destination].every((i) =>
      Number.isInteger(i) && i >= 0 && i < size
    );
    if (!inside || sources[destination] >= 0) {
      throw new ShapeError(
        `Cannot permute over axis "${axisName}" of size ${size}: ` +
          `[${source}, ${destination}] was given, expected indices from 0 to ` +
          `${size - 1}, and each destination once`,
      );
    }
    sources[destination] = source;
  }
  const from = asTensor(sources).at(axisIndex(axisName));
  return treeMap((x: TensorLike) => {
    const all = gathered(x, axisName, size);
    const part = dynamicIndexInDim(all, from, 0, { keepdims: false });
    return where(from.less(0), 0, part).astype(all.dtype);
  }, tree) as T;
}

/**
 * Each sample gets the tensors of sample `perm[i]`; {@link ppermute} with a
 * source for everybody.
 */
export function pshuffle<T>(
  tree: T,
  axisName: string,
  perm: readonly number[],
): T {
  const sources = needList("permute", perm);
  return ppermute(tree, axisName, sources.map((source, i) => [source, i]));
}

/**
 * Part i along `splitAxis` goes to sample i, which joins what it gets along
 * `concatAxis`, in place of the named axis.
 *
 * @throws {TraceError} If there is no such axis.
 * @throws {ShapeError} If `splitAxis` has another size than the named axis.
 */
export function allToAll<T>(
  tree: T,
  axisName: string,
  splitAxis: number,
  concatAxis: number,
): T {
  const size = sizeOfAxis("exchange", axisName);
  return treeMap((x: TensorLike) => {
    const t = asTensor(x);
    const at = normalizeAxis(splitAxis, t.ndim, "exchange");
    if (t.shape[at] !== size) {
      throw new ShapeError(
        `Cannot exchange ${
          formatAval(t.value.aval)
        } over axis "${axisName}": ` +
          `axis ${at} has size ${
            t.shape[at]
          }, expected ${size}, one part per ` +
          "sample",
      );
    }
    const all = gathered(t, axisName, size);
    const mine = dynamicIndexInDim(all, axisIndex(axisName), at + 1, {
      keepdims: false,
    });
    return moveaxis(mine, 0, concatAxis);
  }, tree) as T;
}

/** The named axis exchanged with an axis of the tensors, of the same size. */
export function pswapaxes<T>(tree: T, axisName: string, axis: number): T {
  return allToAll(tree, axisName, axis, axis);
}

/**
 * Part i of the sum over the samples goes to sample i: the part along axis 0,
 * whose size is a multiple of the number of samples, or equal to it and dropped
 * unless `tiled`.
 *
 * @throws {TraceError} If there is no such axis.
 * @throws {ShapeError} If axis 0 has another size.
 */
export function psumScatter<T>(
  tree: T,
  axisName: string,
  { tiled = false }: Pick<GatherOptions, "tiled"> = {},
): T {
  const size = sizeOfAxis("scatter", axisName);
  return treeMap((x: TensorLike) => {
    const t = asTensor(x);
    const n = t.shape[0] ?? 0;
    if (tiled ? n % size !== 0 || n === 0 : n !== size) {
      throw new ShapeError(
        `Cannot scatter ${
          formatAval(t.value.aval)
        } over axis "${axisName}" of ` +
          `size ${size}: expected ${
            tiled ? "a multiple of it" : "the same size"
          } on axis 0`,
      );
    }
    const parts = psum(t, axisName)
      .reshape([size, n / size, ...t.shape.slice(1)]);
    const mine = dynamicIndexInDim(parts, axisIndex(axisName), 0, {
      keepdims: false,
    });
    return tiled ? mine : mine.reshape(t.shape.slice(1));
  }, tree) as T;
}
