/**
 * Transformations that bound updates: each element, or all together.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { treeLeaves } from "../base/tree.ts";
import {
  asTensor,
  clip as clipTensor,
  divide,
  maximum,
  type Tensor,
  type TensorLike,
  where,
} from "../numpy/mod.ts";
import { mapTensors } from "./leafwise.ts";
import {
  type EmptyState,
  type GradientTransformation,
  stateless,
} from "./transformation.ts";

/**
 * Clips each element of the updates to `[-maxDelta, maxDelta]`.
 *
 * @example
 * ```ts
 * import { chain, clip, sgd } from "@vodes/vodes/optim";
 * const optimizer = chain(clip(0.5), sgd(0.1));
 * ```
 *
 * @throws {ShapeError} If `maxDelta` is negative.
 */
export function clip(maxDelta: number): GradientTransformation<EmptyState> {
  checkBound("maxDelta", maxDelta);
  return stateless((updates) =>
    mapTensors((u) => clipTensor(u, -maxDelta, maxDelta), updates)
  );
}

/**
 * Scales all updates by one number such that the norm of all their elements
 * together is at most `maxNorm`.
 *
 * @example
 * ```ts
 * import { adam, chain, clipByGlobalNorm } from "@vodes/vodes/optim";
 * const optimizer = chain(clipByGlobalNorm(1), adam(1e-2));
 * ```
 *
 * @throws {ShapeError} If `maxNorm` is negative.
 */
export function clipByGlobalNorm(
  maxNorm: number,
): GradientTransformation<EmptyState> {
  checkBound("maxNorm", maxNorm);
  return stateless((updates) => {
    const norm = globalNorm(updates);
    if (norm === null) return updates;
    const factor = where(norm.less(maxNorm), 1, divide(maxNorm, norm));
    return mapTensors((u) => u.mul(factor), updates);
  });
}

/**
 * Scales each update such that the root of the mean of its squares is at most
 * `threshold`.
 *
 * @throws {ShapeError} If `threshold` is negative.
 * @see Shazeer and Stern, Adafactor, https://arxiv.org/abs/1804.04235; optax
 * `clip_by_block_rms`
 */
export function clipByBlockRms(
  threshold: number,
): GradientTransformation<EmptyState> {
  checkBound("threshold", threshold);
  return stateless((updates) =>
    mapTensors((u) => {
      const rms = u.square().mean().sqrt();
      return u.div(maximum(rms.div(threshold), 1));
    }, updates)
  );
}

/**
 * Root of the sum of all squared elements of a tree; null without any leaf.
 *
 * @see optax `global_norm`
 */
export function globalNorm(tree: unknown): Tensor | null {
  const squares = treeLeaves(tree).map((leaf) =>
    asTensor(leaf as TensorLike).square().sum()
  );
  if (squares.length === 0) return null;
  return squares.reduce((total, square) => total.add(square)).sqrt();
}

function checkBound(name: string, bound: number): void {
  if (bound >= 0) return;
  throw new ShapeError(
    `Cannot clip updates: ${name} is ${bound}, expected a number from 0: ` +
      `give the largest magnitude to allow`,
  );
}
