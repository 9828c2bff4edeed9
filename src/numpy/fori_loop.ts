/**
 * `lax.foriLoop`.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { whileLoop, type WhileOptions } from "./flow.ts";
import { scan } from "./scan.ts";
import { Tensor } from "./tensor.ts";
import { nameOf } from "./values/flow.ts";
import { asValue } from "./values/operand.ts";

/**
 * Runs `carry = fn(i, carry)` for i from `lower` up to but without `upper`.
 * Between numbers it is a {@link scan}, which has derivatives; where a bound is
 * a tensor it is a {@link whileLoop}, which has none.
 *
 * @example
 * ```ts
 * import { lax, type Tensor } from "@vodes/vodes/numpy";
 * const sum = lax.foriLoop(2, 5, (i, s: Tensor) => s.add(i), 0);
 * console.log(sum.toArray()); // 9
 * ```
 *
 * @throws {ShapeError} If a bound is no integer scalar.
 * @throws {DeviceError} On webgpu with a tensor as bound, without `maxSteps`.
 */
export function foriLoop<C>(
  lower: number | Tensor,
  upper: number | Tensor,
  fn: (i: Tensor, carry: C) => C,
  init: C | number,
  options: WhileOptions = {},
): C {
  nameOf("run foriLoop", "the body", fn);
  const start: [Tensor, C] = [bound("lower", lower), init as C];
  const end = bound("upper", upper);
  const next = ([i, carry]: [Tensor, C]): [Tensor, C] => [
    i.add(1),
    fn(i, carry),
  ];
  const body = ([i, carry]: [Tensor, C]): [[Tensor, C], null] => [
    next([i, carry]),
    null,
  ];
  for (const named of [next, body]) {
    Object.defineProperty(named, "name", { value: fn.name });
  }
  if (typeof lower === "number" && typeof upper === "number") {
    const length = Math.max(0, upper - lower);
    return scan(body, start, null, { length })[0][1];
  }
  return whileLoop(([i]: [Tensor, C]) => i.less(end), next, start, options)[1];
}

function bound(which: string, x: number | Tensor): Tensor {
  const value = typeof x === "number" ? asValue(x, "i32") : x.value;
  const { dtype, shape } = value.aval;
  if (shape.length === 0 && dtype !== "f32") {
    return new Tensor(asValue(value, "i32"));
  }
  throw new ShapeError(
    `Cannot run foriLoop: its ${which} bound is ${formatAval(value.aval)}, ` +
      'expected an integer scalar: convert it with .astype("i32")',
  );
}
