/**
 * Parts of a tensor by ranges and indices, read and written: what JAX spells
 * `x.at[index].set(values)`.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import type { ScatterMode } from "../ir/primitives.ts";
import { asTensor } from "./convert.ts";
import { arange } from "./creation.ts";
import { where } from "./elementwise.ts";
import { broadcastTo } from "./movement.ts";
import { Tensor } from "./tensor.ts";
import { type TensorLike, toValue } from "./values/host.ts";
import type { Range } from "./values/index.ts";
import {
  locate,
  type Place,
  positions,
  readPlace,
  writePlace,
} from "./values/places.ts";

/**
 * What to take of one axis: a range as in `x.slice`, or a tensor of integers;
 * several tensors go together, element by element. A tensor of bools takes the
 * place of as many axes as it has.
 */
export type Index = Range | Tensor;

/**
 * A part of a tensor. All methods but `get` return a whole tensor, in which
 * that part is replaced; nothing changes in place. An index outside is clamped
 * by `get`, and left out by the others.
 */
export interface Part {
  /** The part itself. A tensor of bools gives no shape, and cannot be read. */
  get(): Tensor;
  /** With `values`, which broadcast to the part. */
  set(values: TensorLike): Tensor;
  /** With `values` added; an index that occurs twice counts twice. */
  add(values: TensorLike): Tensor;
  /** With `values` taken off. */
  subtract(values: TensorLike): Tensor;
  /** Multiplied by `values`; an index that occurs twice counts twice. */
  multiply(values: TensorLike): Tensor;
  /** Divided by `values`, in f32. */
  divide(values: TensorLike): Tensor;
  /** Raised to the powers `values`. */
  power(values: TensorLike): Tensor;
  /** The larger of both. */
  max(values: TensorLike): Tensor;
  /** The smaller of both. */
  min(values: TensorLike): Tensor;
  /** With a function of the part. */
  apply(fn: (part: Tensor) => TensorLike): Tensor;
}

/**
 * The part of `x` at an index per leading axis; JAX's `x.at[i, :, 2:5].add(v)`
 * is `at(x, i, null, [2, 5]).add(v)`.
 *
 * @example
 * ```ts
 * import { at, tensor, zeros } from "@vodes/vodes/numpy";
 * const x = zeros([2, 3]);
 * console.log(at(x, 1).set([7, 8, 9]).toArray()); // [[0, 0, 0], [7, 8, 9]]
 * console.log(at(x, null, [0, 2]).add(1).toArray()); // [[1, 1, 0], [1, 1, 0]]
 * const counts = at(zeros(3), tensor([0, 2, 2])).add(1);
 * console.log(counts.toArray()); // [1, 0, 2]
 * ```
 *
 * @throws {ShapeError} If there are too many indices, or they do not fit.
 * @see `jax.numpy.ndarray.at`
 */
export function at(x: TensorLike, ...index: readonly Index[]): Part {
  const t = asTensor(x);
  const [first] = index;
  if (index.length === 1 && first instanceof Tensor && first.dtype === "bool") {
    return masked(t, first);
  }
  const place = locate(
    t.value,
    index.map((i) => i instanceof Tensor ? i.value : i),
  );
  return placed(t, place);
}

function placed(t: Tensor, place: Place): Part {
  const get = () => new Tensor(readPlace(t.value, place));
  const write = (values: TensorLike, mode: ScatterMode = "set") =>
    new Tensor(writePlace(t.value, place, toValue(values), mode));
  const set = (values: TensorLike) => write(values);
  // Where nothing is there twice, the part is combined by itself, which has
  // derivatives in all cases.
  const combine = (
    mode: ScatterMode,
    values: TensorLike,
    both: (a: Tensor) => Tensor,
  ) => place.unique ? set(both(get())) : write(values, mode);
  return {
    get,
    set,
    add: (values) => combine("add", values, (a) => a.add(values)),
    subtract: (values) => {
      const negative = asTensor(values).neg();
      return combine("add", negative, (a) => a.add(negative));
    },
    multiply: (values) =>
      place.unique ? set(get().mul(values)) : t.mul(factors(t, place, values)),
    divide: (values) => {
      const float = t.astype("f32");
      return place.unique
        ? placed(float, place).set(get().div(values))
        : float.div(factors(float, place, values));
    },
    power: (values) => set(get().pow(values)),
    max: (values) => combine("max", values, (a) => a.maximum(values)),
    min: (values) => combine("min", values, (a) => a.minimum(values)),
    apply: (fn) => set(fn(get())),
  };
}

/**
 * What each element is multiplied by. Scatter knows no products, so each
 * element looks at all values: exact, but slow for large parts.
 */
function factors(t: Tensor, place: Place, values: TensorLike): Tensor {
  const spread = broadcastTo(values, place.shape).flatten().astype(t.dtype);
  const targets = new Tensor(positions(t.value, place, false)).flatten();
  const own = arange(t.size).reshape(-1, 1);
  return where(own.equal(targets), spread, 1).prod(1).astype(t.dtype)
    .reshape(t.shape);
}

/** The part where a mask is true: every update is a choice. */
function masked(t: Tensor, mask: Tensor): Part {
  const fits = mask.ndim <= t.ndim &&
    mask.shape.every((n, i) => n === t.shape[i]);
  if (!fits) {
    throw new ShapeError(
      `Cannot index ${formatAval(t.value.aval)} with ` +
        `${formatAval(mask.value.aval)}: expected a mask of the same leading ` +
        "sizes",
    );
  }
  const rest = t.shape.slice(mask.ndim).map(() => 1);
  const here = mask.reshape([...mask.shape, ...rest]);
  const choose = (values: TensorLike, whole: Tensor = t) =>
    where(here, values, whole).astype(whole.dtype);
  return {
    get: () => {
      throw new ShapeError(
        `Cannot read the part of ${formatAval(t.value.aval)} where ` +
          `${formatAval(mask.value.aval)} is true: its size is not known ` +
          "beforehand, expected ranges or integers: use where, or nonzero " +
          "with a size",
      );
    },
    set: (values) => choose(values),
    add: (values) => choose(t.add(values)),
    subtract: (values) => choose(t.sub(values)),
    multiply: (values) => choose(t.mul(values)),
    divide: (values) => choose(t.div(values), t.astype("f32")),
    power: (values) => choose(t.pow(values)),
    max: (values) => choose(t.maximum(values)),
    min: (values) => choose(t.minimum(values)),
    apply: (fn) => choose(fn(t)),
  };
}
