/**
 * Multi-head attention over the positions of one sample. Params have the names
 * that equinox gives them, so that files of pcax fit.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, range, sameShape } from "../base/shape.ts";
import {
  BaseModule,
  type RandomKeyGenerator,
  RKG,
  StaticParam,
} from "../core/mod.ts";
import {
  asTensor,
  einsum,
  matmul,
  nn,
  stack,
  type Tensor,
  type TensorLike,
  where,
} from "../numpy/mod.ts";
import { split } from "../numpy/random.ts";
import { needCounts, needGenerator, needOptions } from "./checks.ts";
import { Dropout } from "./dropout.ts";
import { Layer } from "./layer.ts";
import { LinearWeights } from "./linear.ts";

/** How to make a {@link MultiheadAttention}. */
export interface MultiheadAttentionOptions {
  /** Features of a key; those of a query by default. */
  keySize?: number;
  /** Features of a value; those of a query by default. */
  valueSize?: number;
  /** Features of a result; those of a query by default. */
  outputSize?: number;
  /** Features that queries and keys are compared by, per head. */
  qkSize?: number;
  /** Features that are taken from a value, per head. */
  voSize?: number;
  /** Whether projections of queries have a bias; false by default. */
  useQueryBias?: boolean;
  /** Whether projections of keys have a bias; false by default. */
  useKeyBias?: boolean;
  /** Whether projections of values have a bias; false by default. */
  useValueBias?: boolean;
  /** Whether projections of results have a bias; false by default. */
  useOutputBias?: boolean;
  /** Probability that attention is dropped while learning; 0 by default. */
  dropoutP?: number;
  /** Where keys are drawn; `RKG` by default. */
  rkg?: RandomKeyGenerator;
}

/** How to call a {@link MultiheadAttention}. */
export interface AttentionCallOptions {
  /**
   * Which keys each query may see: bool `[queries, keys]`, or
   * `[heads, queries, keys]`.
   */
  mask?: TensorLike;
  /** The key of dropout; drawn if not given. */
  key?: Tensor;
}

/** What calling takes: queries, keys and values, `[positions, features]` each. */
export type AttentionArgs = [
  query: TensorLike,
  key: TensorLike,
  value: TensorLike,
  options?: AttentionCallOptions,
];

const KNOWN = [
  ..."keySize valueSize outputSize qkSize voSize useQueryBias".split(" "),
  ..."useKeyBias useValueBias useOutputBias dropoutP rkg".split(" "),
];

/** The weights of a {@link MultiheadAttention}, and what they compute. */
export class AttentionWeights extends BaseModule<AttentionArgs, Tensor> {
  /** From queries to what they are compared by. */
  query_proj: LinearWeights;
  /** From keys to what they are compared by. */
  key_proj: LinearWeights;
  /** From values to what is taken of them. */
  value_proj: LinearWeights;
  /** From what was taken to results. */
  output_proj: LinearWeights;
  /** Drops attention. */
  dropout: Dropout;
  /** Number of heads. */
  heads: StaticParam<number>;

  /** Draws one key, and from it the weights of all projections. */
  constructor(
    heads: number,
    querySize: number,
    options: MultiheadAttentionOptions,
  ) {
    super();
    needOptions("MultiheadAttention", options, KNOWN);
    needCounts("MultiheadAttention", { numHeads: heads, querySize });
    const { keySize = querySize, valueSize = querySize } = options;
    const { outputSize = querySize, rkg = RKG } = options;
    const each = Math.floor(querySize / heads);
    const { qkSize = each, voSize = each, dropoutP = 0 } = options;
    needCounts("MultiheadAttention", { qkSize, voSize });
    needGenerator("MultiheadAttention", rkg);
    const keys = split(rkg(), 4);
    const linear = (i: number, from: number, to: number, bias = false) =>
      new LinearWeights(from, to, { bias, key: keys.at(i) });
    const wide = heads * voSize;
    const compared = heads * qkSize;
    this.query_proj = linear(0, querySize, compared, options.useQueryBias);
    this.key_proj = linear(1, keySize, compared, options.useKeyBias);
    this.value_proj = linear(2, valueSize, wide, options.useValueBias);
    this.output_proj = linear(3, wide, outputSize, options.useOutputBias);
    this.dropout = new Dropout(dropoutP, { rkg });
    this.heads = new StaticParam(heads);
  }

  /** What each query takes of the values. */
  override call(...[query, key, value, options = {}]: AttentionArgs): Tensor {
    const heads = this.heads.get();
    const q = project(this.query_proj, "query", query, heads);
    const k = project(this.key_proj, "key", key, heads);
    const v = project(this.value_proj, "value", value, heads);
    if (k.shape[0] !== v.shape[0]) {
      throw new ShapeError(
        `Cannot attend: ${k.shape[0]} keys and ${v.shape[0]} values were ` +
          "given, expected a value for each key",
      );
    }
    const scale = 1 / Math.sqrt(q.shape[2]);
    let logits = einsum("shd,Shd->hsS", q.mul(scale), k);
    if (options.mask !== undefined) {
      logits = where(maskFor(options.mask, logits), logits, LEAST);
    }
    const attention = drop(this.dropout, nn.softmax(logits), options.key);
    const taken = einsum("hsS,Shd->shd", attention, v);
    return applyRows(this.output_proj, taken.reshape(taken.shape[0], -1));
  }
}

/** What a query sees of a key that it may not: the least number of f32. */
const LEAST = -3.4028234663852886e38;

/** A linear map of each row. */
function applyRows({ weight, bias }: LinearWeights, rows: Tensor): Tensor {
  const y = matmul(rows, weight.get().transpose());
  return bias === null ? y : y.add(bias);
}

/** The rows of `x`, projected and cut into heads. */
function project(
  projection: LinearWeights,
  what: string,
  x: TensorLike,
  heads: number,
): Tensor {
  const rows = asTensor(x);
  const [, size] = projection.weight.shape;
  if (rows.ndim !== 2 || rows.shape[1] !== size) {
    throw new ShapeError(
      `Cannot attend: the ${what} is ${formatAval(rows)}, expected ` +
        `f32[positions,${size}], of one sample: ` +
        (rows.ndim > 2 ? "batch with pxf.vmap" : "make the layer fit"),
    );
  }
  return applyRows(projection, rows)
    .reshape(rows.shape[0], heads, -1);
}

/** Drops attention, each head with a key of its own, as equinox does. */
function drop(dropout: Dropout, attention: Tensor, key?: Tensor): Tensor {
  if (dropout.isEval || dropout.p.get() === 0) return attention;
  const [heads] = attention.shape;
  const keys = split(key ?? dropout.rkg.get()(), heads);
  return stack(
    range(heads).map((i) => dropout(attention.slice(i), { key: keys.at(i) })),
  );
}

/** A mask that fits, checked. */
function maskFor(given: TensorLike, logits: Tensor): Tensor {
  const mask = asTensor(given);
  const fits = sameShape(mask.shape, logits.shape.slice(-mask.ndim)) &&
    mask.ndim >= 2 && mask.dtype === "bool";
  if (fits) return mask;
  throw new ShapeError(
    `Cannot attend: the mask is ${formatAval(mask)}, expected ` +
      `bool[${logits.shape.slice(1)}], or one for each head`,
  );
}

/**
 * Attention of `numHeads` heads: each query takes of all values, by how similar
 * it is to their keys. `layer(query, key, value)` with `[positions, features]`
 * each; pass the same three times for self attention.
 *
 * @example Each position sees itself and what comes before
 * ```ts
 * import { jnp, pxnn } from "@vodes/vodes";
 *
 * const layer = new pxnn.MultiheadAttention(2, 6);
 * const x = jnp.ones([5, 6]);
 * const mask = jnp.tril(jnp.ones([5, 5])).equal(1);
 * console.log(layer(x, x, x, { mask }).shape); // [5, 6]
 * ```
 * @see Vaswani et al., https://arxiv.org/abs/1706.03762; equinox
 * `MultiheadAttention`
 */
export class MultiheadAttention
  extends Layer<AttentionArgs, Tensor, AttentionWeights> {
  /**
   * Draws the initial weights, those of {@link LinearWeights}.
   *
   * @throws {ShapeError} If a number is not positive.
   */
  constructor(
    numHeads: number,
    querySize: number,
    options: MultiheadAttentionOptions = {},
  ) {
    super(new AttentionWeights(numHeads, querySize, options));
  }
}
