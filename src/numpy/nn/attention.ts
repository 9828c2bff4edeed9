/**
 * Attention, as in `jax.nn`.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { formatAval } from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { arange } from "../creation.ts";
import { where } from "../elementwise.ts";
import { einsum } from "../einsum.ts";
import { repeat } from "../movement.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";
import { softmax } from "./softmax.ts";

/** Options of {@link dotProductAttention}. */
export interface AttentionOptions {
  /** Added to the scores; broadcasts to `[batch, heads, queries, keys]`. */
  readonly bias?: TensorLike;
  /** Where a query may look; broadcasts like the bias. */
  readonly mask?: TensorLike;
  /** Factor of the scores; `1 / sqrt(features)` by default. */
  readonly scale?: number;
  /** Whether query i looks at keys up to i only. */
  readonly isCausal?: boolean;
}

/**
 * `softmax(scale q k^T + bias) v` for queries `[batch, queries, heads,
 * features]` and keys and values `[batch, keys, kvHeads, features]`; the batch
 * may be left out of all three. Each head of keys serves as many neighbouring
 * heads of queries.
 *
 * @throws {ShapeError} If the shapes do not fit.
 * @see `jax.nn.dot_product_attention`
 */
export function dotProductAttention(
  query: TensorLike,
  key: TensorLike,
  value: TensorLike,
  options: AttentionOptions = {},
): Tensor {
  const tensors = [query, key, value].map((x) => asTensor(x).astype("f32"));
  needFitting(tensors);
  const [plain] = tensors;
  if (plain.ndim === 3) {
    const [q, k, v] = tensors.map((t) => t.reshape([1, ...t.shape]));
    return attend(q, k, v, options).reshape(plain.shape);
  }
  const [q, k, v] = tensors;
  return attend(q, k, v, options);
}

function attend(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { bias, mask, scale, isCausal = false }: AttentionOptions,
): Tensor {
  const [, queries, heads, features] = q.shape;
  const [, keys, kvHeads] = k.shape;
  const each = heads / kvHeads;
  const spread = (t: Tensor) => each === 1 ? t : repeat(t, each, 2);
  let scores = einsum("bqhd,bkhd->bhqk", q, spread(k))
    .mul(scale ?? 1 / Math.sqrt(features));
  if (bias !== undefined) scores = scores.add(bias);
  if (mask !== undefined) scores = where(mask, scores, -Infinity);
  if (isCausal) {
    const past = arange(queries).reshape(-1, 1).greaterEqual(arange(keys));
    scores = where(past, scores, -Infinity);
  }
  return einsum("bhqk,bkhd->bqhd", softmax(scores), spread(v));
}

function needFitting([q, k, v]: readonly Tensor[]): void {
  const [batch, , heads, features] = q.shape.slice(-4);
  const rank = q.ndim;
  const fits = (rank === 3 || rank === 4) && k.ndim === rank &&
    k.shape.every((n, i) => n === v.shape[i]) && v.ndim === rank &&
    q.shape[rank - 1] === k.shape[rank - 1] &&
    q.shape[rank - 2] % k.shape[rank - 2] === 0 &&
    (rank === 3 || batch === k.shape[0]);
  if (fits) return;
  const list = [q, k, v].map((t) => formatAval(t.value.aval)).join(", ");
  throw new ShapeError(
    `Cannot attend with query, key and value ${list}: expected ` +
      "[batch, queries, heads, features] and twice [batch, keys, kvHeads, " +
      "features], with heads a multiple of kvHeads" +
      (rank === 4 ? `: the query has ${heads} heads of ${features}` : ""),
  );
}
