/**
 * Choices between tensors, element by element.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { asTensor } from "./convert.ts";
import { arange, zerosLike } from "./creation.ts";
import { clip, where } from "./elementwise.ts";
import { stack } from "./movement.ts";
import { broadcastArrays } from "./shapes.ts";
import type { Tensor } from "./tensor.ts";
import { needList } from "./values/given.ts";
import type { TensorLike } from "./values/host.ts";

/**
 * The choice of the first condition that is true, else `otherwise` (0).
 *
 * @throws {ShapeError} If there are not as many choices as conditions.
 */
export function select(
  conditions: readonly TensorLike[],
  choices: readonly TensorLike[],
  otherwise: TensorLike = 0,
): Tensor {
  const [some, values] = [conditions, choices]
    .map((list) => needList("select", list));
  needEqual("select", some.length, values.length);
  return conditions.reduceRight<Tensor>(
    (rest, condition, i) => where(condition, choices[i], rest),
    asTensor(otherwise),
  );
}

function needEqual(what: string, conditions: number, choices: number): void {
  if (conditions === choices && conditions > 0) return;
  throw new ShapeError(
    `Cannot ${what}: ${conditions} conditions and ${choices} choices were ` +
      "given, expected as many of both, and at least one",
  );
}

/** For each element of `indices`, which are clamped, that of one choice. */
export function choose(
  indices: TensorLike,
  choices: readonly TensorLike[],
): Tensor {
  const count = needList("choose", choices).length;
  needEqual("choose", count, count);
  const [at, ...parts] = broadcastArrays(indices, ...choices);
  const all = stack(parts);
  const place = clip(at, 0, count - 1);
  const own = arange(count).reshape([count, ...at.shape.map(() => 1)]);
  return where(own.equal(place), all, zerosLike(all)).sum(0)
    .astype(all.dtype);
}

/**
 * `functions[i](x)` where condition i is true (the last true one counts), and
 * the function after those of the conditions, or 0, elsewhere. A number stands
 * for itself.
 *
 * @throws {ShapeError} If there are too few or too many functions.
 */
export function piecewise(
  x: TensorLike,
  conditions: readonly TensorLike[],
  functions: readonly (number | ((x: Tensor) => Tensor))[],
): Tensor {
  const t = asTensor(x);
  const extra = functions.length - conditions.length;
  if (extra !== 0 && extra !== 1) {
    needEqual("select piecewise", conditions.length, functions.length);
  }
  const value = (i: number): Tensor => {
    const fn = functions[i];
    return typeof fn === "number" ? asTensor(fn).astype(t.dtype) : fn(t);
  };
  const rest = extra === 1 ? value(conditions.length) : zerosLike(t);
  return conditions.reduce<Tensor>(
    (out, condition, i) => where(condition, value(i), out),
    rest,
  );
}
