/**
 * Losses, element by element unless they speak of an axis; nothing is averaged.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, sameShape } from "../base/shape.ts";
import {
  abs,
  asTensor,
  exp,
  log,
  logaddexp,
  maximum,
  minimum,
  nn,
  type Tensor,
  type TensorLike,
  where,
} from "../numpy/mod.ts";

/** Options of losses along an axis. */
export interface AxisOptions {
  /** The axis of classes or features; -1, the last, by default. */
  axis?: number;
}

/** `predictions - targets` of equal shapes; without targets, predictions. */
function errorOf(
  loss: string,
  predictions: TensorLike,
  targets: TensorLike | undefined,
): Tensor {
  const p = asTensor(predictions).astype("f32");
  if (targets === undefined) return p;
  return p.sub(same(loss, p, targets));
}

/** The targets, of the shape of predictions. */
function same(loss: string, p: Tensor, targets: TensorLike): Tensor {
  const t = asTensor(targets);
  if (sameShape(p.shape, t.shape)) return t.astype("f32");
  throw new ShapeError(
    `Cannot compute ${loss}: predictions are ${formatAval(p)} and targets ` +
      `${formatAval(t)}, expected equal shapes: broadcast or reshape one`,
  );
}

/**
 * `(predictions - targets) ** 2`.
 *
 * @throws {ShapeError} If the shapes differ.
 * @see optax `squared_error`
 */
export function squaredError(
  predictions: TensorLike,
  targets?: TensorLike,
): Tensor {
  return errorOf("a squared error", predictions, targets).square();
}

/**
 * Half the squared error.
 *
 * @throws {ShapeError} If the shapes differ.
 * @see optax `l2_loss`
 */
export function l2Loss(predictions: TensorLike, targets?: TensorLike): Tensor {
  return errorOf("an l2 loss", predictions, targets).square().mul(0.5);
}

/**
 * Half the squared error up to `delta`, from there on straight.
 *
 * @throws {ShapeError} If the shapes differ.
 * @see Huber, Robust estimation of a location parameter, 1964; optax `huber_loss`
 */
export function huberLoss(
  predictions: TensorLike,
  targets?: TensorLike,
  options: { delta?: number } = {},
): Tensor {
  const { delta = 1 } = options;
  const size = abs(errorOf("a Huber loss", predictions, targets));
  const near = minimum(size, delta);
  return near.square().mul(0.5).add(size.sub(near).mul(delta));
}

/**
 * `log(cosh(predictions - targets))`.
 *
 * @throws {ShapeError} If the shapes differ.
 * @see optax `log_cosh`
 */
export function logCosh(predictions: TensorLike, targets?: TensorLike): Tensor {
  const error = errorOf("a log-cosh loss", predictions, targets);
  return logaddexp(error, error.neg()).sub(Math.LN2);
}

/**
 * Cross entropy of independent yes-or-no labels with the sigmoid of logits.
 *
 * @param labels Probabilities, 0 or 1.
 * @throws {ShapeError} If the shapes differ.
 * @see optax `sigmoid_binary_cross_entropy`
 */
export function sigmoidBinaryCrossEntropy(
  logits: TensorLike,
  labels: TensorLike,
): Tensor {
  const x = asTensor(logits).astype("f32");
  const y = same("a binary cross entropy", x, labels);
  const no = nn.logSigmoid(x.neg()).mul(y.neg().add(1));
  return nn.logSigmoid(x).mul(y).add(no).neg();
}

/**
 * Cross entropy of distributions with the softmax of logits; the axis of
 * classes is gone.
 *
 * @param labels Probabilities, of the shape of logits.
 * @example
 * ```ts
 * import { softmaxCrossEntropy } from "@vodes/vodes/optim";
 * console.log(softmaxCrossEntropy([[0, 0]], [[1, 0]]).toArray()); // [0.693...]
 * ```
 * @throws {ShapeError} If the shapes differ.
 * @see optax `softmax_cross_entropy`
 */
export function softmaxCrossEntropy(
  logits: TensorLike,
  labels: TensorLike,
  options: AxisOptions = {},
): Tensor {
  const { axis = -1 } = options;
  const x = asTensor(logits).astype("f32");
  const y = same("a cross entropy", x, labels);
  return nn.logSoftmax(x, axis).mul(y).sum(axis).neg();
}

/**
 * Cross entropy of classes, given by their number, with the softmax of logits
 * along the last axis, which is gone. Numbers out of range cost nothing.
 *
 * @param labels Integers, of the shape of logits without the last axis.
 * @throws {ShapeError} If the shapes do not fit.
 * @see optax `softmax_cross_entropy_with_integer_labels`
 */
export function softmaxCrossEntropyWithIntegerLabels(
  logits: TensorLike,
  labels: TensorLike,
): Tensor {
  const x = asTensor(logits).astype("f32");
  const y = asTensor(labels);
  if (!sameShape(x.shape.slice(0, -1), y.shape) || y.dtype === "f32") {
    throw new ShapeError(
      `Cannot compute a cross entropy: logits are ${
        formatAval(x)
      } and labels ` +
        `${formatAval(y)}, expected integers of the shape ` +
        `[${x.shape.slice(0, -1)}]: use softmaxCrossEntropy for probabilities`,
    );
  }
  const classes = nn.oneHot(y, x.shape[x.ndim - 1]);
  return nn.logSoftmax(x, -1).mul(classes).sum(-1).neg();
}

/**
 * `max(0, 1 - predictions * targets)`.
 *
 * @param targets 1 or -1.
 * @throws {ShapeError} If the shapes differ.
 * @see optax `hinge_loss`
 */
export function hingeLoss(
  predictions: TensorLike,
  targets: TensorLike,
): Tensor {
  const p = asTensor(predictions).astype("f32");
  return maximum(p.mul(same("a hinge loss", p, targets)).neg().add(1), 0);
}

/** Options of {@link cosineSimilarity}. */
export interface CosineOptions extends AxisOptions {
  /** The product of the lengths counts as at least this; 0 by default. */
  epsilon?: number;
}

/**
 * The cosine of the angle between vectors along an axis, which is gone.
 *
 * @throws {ShapeError} If the shapes differ.
 * @see optax `cosine_similarity`
 */
export function cosineSimilarity(
  predictions: TensorLike,
  targets: TensorLike,
  options: CosineOptions = {},
): Tensor {
  const { axis = -1, epsilon = 0 } = options;
  const p = asTensor(predictions).astype("f32");
  const t = same("a cosine similarity", p, targets);
  const length = (x: Tensor) => x.square().sum(axis).sqrt();
  return p.mul(t).sum(axis).div(maximum(length(p).mul(length(t)), epsilon));
}

/**
 * One minus the cosine similarity.
 *
 * @throws {ShapeError} If the shapes differ.
 * @see optax `cosine_distance`
 */
export function cosineDistance(
  predictions: TensorLike,
  targets: TensorLike,
  options: CosineOptions = {},
): Tensor {
  return cosineSimilarity(predictions, targets, options).neg().add(1);
}

/**
 * Kullback-Leibler divergence from predicted to target distributions along an
 * axis, which is gone.
 *
 * @param logPredictions Logarithms of probabilities.
 * @param targets Probabilities; where they are 0 nothing is added.
 * @throws {ShapeError} If the shapes differ.
 * @see optax `kl_divergence`
 */
export function klDivergence(
  logPredictions: TensorLike,
  targets: TensorLike,
  options: AxisOptions = {},
): Tensor {
  const { axis = -1 } = options;
  const q = asTensor(logPredictions).astype("f32");
  const p = same("a divergence", q, targets);
  const isNone = p.equal(0);
  const logs = where(isNone, 0, log(where(isNone, 1, p)));
  return p.mul(logs.sub(q)).sum(axis);
}

/**
 * The negative log likelihood of counts under Poisson distributions, without
 * the term that depends on counts only.
 *
 * @param logPredictions Logarithms of the expected counts.
 * @throws {ShapeError} If the shapes differ.
 * @see optax `poisson_nll_loss`
 */
export function poissonNllLoss(
  logPredictions: TensorLike,
  targets: TensorLike,
): Tensor {
  const p = asTensor(logPredictions).astype("f32");
  return exp(p).sub(same("a Poisson loss", p, targets).mul(p));
}

/**
 * Labels moved towards the uniform distribution over the last axis:
 * `(1 - alpha) * labels + alpha / classes`.
 *
 * @throws {ShapeError} If labels have no axis.
 * @see Szegedy et al., https://arxiv.org/abs/1512.00567; optax `smooth_labels`
 */
export function smoothLabels(labels: TensorLike, alpha: number): Tensor {
  const y = asTensor(labels).astype("f32");
  if (y.ndim === 0) {
    throw new ShapeError(
      `Cannot smooth labels: ${formatAval(y)} was given, expected an axis of ` +
        "classes: use jax.nn.oneHot(labels, classes)",
    );
  }
  return y.mul(1 - alpha).add(alpha / y.shape[y.ndim - 1]);
}
