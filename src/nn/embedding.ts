/**
 * Embedding: a learned vector for each number.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { BaseModule, type RandomKeyGenerator, RKG } from "../core/mod.ts";
import { asTensor, take, type Tensor, type TensorLike } from "../numpy/mod.ts";
import { normal } from "../numpy/random.ts";
import { needCounts, needGenerator, needOptions } from "./checks.ts";
import { Layer, LayerParam } from "./layer.ts";

/** The weights of an {@link Embedding}, and what they compute. */
export class EmbeddingWeights extends BaseModule<[index: TensorLike], Tensor> {
  /** The vectors, (numbers, features). */
  weight: LayerParam;

  /** Draws one key, and from it the vectors. */
  constructor(count: number, size: number, rkg: RandomKeyGenerator) {
    super();
    needCounts("Embedding", { numEmbeddings: count, embeddingSize: size });
    needGenerator("Embedding", rkg);
    this.weight = new LayerParam(normal(rkg(), [count, size]));
  }

  /** The vector of each index. */
  override call(index: TensorLike): Tensor {
    const indices = asTensor(index);
    if (indices.dtype === "f32" || indices.dtype === "bool") {
      throw new ShapeError(
        `Cannot embed ${formatAval(indices)}: expected integers, from 0 to ` +
          `${this.weight.shape[0] - 1}: convert with .astype("i32")`,
      );
    }
    return take(this.weight.get(), indices, 0);
  }
}

/**
 * A vector of `embeddingSize` features for each integer from 0 to
 * `numEmbeddings - 1`. Vectors start normal.
 *
 * @example
 * ```ts
 * import { jnp, pxnn } from "@vodes/vodes";
 *
 * const layer = new pxnn.Embedding(7, 4);
 * console.log(layer(jnp.tensor([3, 0])).shape); // [2, 4]
 * ```
 * @see equinox `Embedding`
 */
export class Embedding
  extends Layer<[index: TensorLike], Tensor, EmbeddingWeights> {
  /**
   * Draws the vectors.
   *
   * @throws {ShapeError} If a number is not positive.
   */
  constructor(
    numEmbeddings: number,
    embeddingSize: number,
    options: { rkg?: RandomKeyGenerator } = {},
  ) {
    needOptions("Embedding", options, ["rkg"]);
    const { rkg = RKG } = options;
    super(new EmbeddingWeights(numEmbeddings, embeddingSize, rkg));
  }
}
