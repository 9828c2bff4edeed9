/**
 * Full tensors of derivatives, through one batched pullback or pushforward.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { eye } from "./creation.ts";
import { grad, linearize, vjp } from "./grad.ts";
import { Tensor } from "./tensor.ts";
import { nameOf, vmap } from "./vmap.ts";

/** Options of {@link jacrev} and its kin. */
export interface JacobianOptions<
  N extends number | readonly number[] = number,
> {
  /** Argument or arguments to differentiate by; 0 by default. */
  readonly argnums?: N;
}

/** One tensor of derivatives, or one per argument. */
export type Jacobian<N extends number | readonly number[]> = N extends number
  ? Tensor
  : Tensor[];

/** Calls `of` for each argument to differentiate by, with the others fixed. */
function perArgument<A extends unknown[], N extends number | readonly number[]>(
  fn: (...args: A) => Tensor,
  argnums: N | undefined,
  of: (fn: (x: Tensor) => Tensor, x: Tensor) => Tensor,
): (...args: A) => Jacobian<N> {
  const wanted = argnums ?? 0;
  return (...args: A): Jacobian<N> => {
    const one = (i: number): Tensor => {
      const x = args[i];
      if (!(x instanceof Tensor)) {
        throw new ShapeError(
          `Cannot differentiate "${nameOf(fn)}": argument ${i} is no tensor, ` +
            "expected one: a tree is differentiated by grad",
        );
      }
      const partial = (y: Tensor): Tensor => {
        const all = [...args];
        all[i] = y;
        return fn(...all as A);
      };
      Object.defineProperty(partial, "name", { value: nameOf(fn) });
      return of(partial, x);
    };
    const list = typeof wanted === "number"
      ? one(wanted)
      : (wanted as readonly number[]).map(one);
    return list as Jacobian<N>;
  };
}

/**
 * The derivative of each element of the result by each element of an argument:
 * a tensor with the axes of the result, then those of the argument. In reverse
 * mode, which takes as long as there are elements of the result.
 *
 * @throws {ShapeError} If the argument or the result is no f32 tensor.
 * @see `jax.jacrev`
 */
export function jacrev<
  A extends unknown[],
  const N extends number | readonly number[] = 0,
>(
  fn: (...args: A) => Tensor,
  { argnums }: JacobianOptions<N> = {},
): (...args: A) => Jacobian<N> {
  return perArgument(fn, argnums, (partial, x) => {
    const [out, pullback] = vjp(partial, x);
    needTensor(fn, out);
    const unit = eye(out.size).reshape([out.size, ...out.shape]);
    const rows = vmap((row: Tensor) => pullback(row)[0])(unit);
    return rows.reshape([...out.shape, ...x.shape]);
  });
}

/**
 * As {@link jacrev}, in forward mode, which takes as long as there are elements
 * of the argument.
 *
 * @throws {ShapeError} If the argument or the result is no f32 tensor.
 * @see `jax.jacfwd`
 */
export function jacfwd<
  A extends unknown[],
  const N extends number | readonly number[] = 0,
>(
  fn: (...args: A) => Tensor,
  { argnums }: JacobianOptions<N> = {},
): (...args: A) => Jacobian<N> {
  return perArgument(fn, argnums, (partial, x) => {
    const [out, push] = linearize(partial, x);
    needTensor(fn, out);
    const unit = eye(x.size).reshape([x.size, ...x.shape]);
    const columns = vmap((column: Tensor) => push(column), {
      outAxes: out.ndim,
    })(unit);
    return columns.reshape([...out.shape, ...x.shape]);
  });
}

function needTensor(fn: { readonly name: string }, out: unknown): void {
  if (out instanceof Tensor && out.dtype === "f32") return;
  const what = out instanceof Tensor ? formatAval(out.value.aval) : "a tree";
  throw new ShapeError(
    `Cannot differentiate "${nameOf(fn)}": it returned ${what}, expected one ` +
      "f32 tensor",
  );
}

/** {@link jacrev} under its plain name. */
export function jacobian<
  A extends unknown[],
  const N extends number | readonly number[] = 0,
>(
  fn: (...args: A) => Tensor,
  options: JacobianOptions<N> = {},
): (...args: A) => Jacobian<N> {
  return jacrev(fn, options);
}

/** Options of {@link hessian}. */
export interface HessianOptions {
  /** The argument to differentiate by twice; 0 by default. */
  readonly argnums?: number;
}

/** The second derivatives of a scalar function by one tensor. */
export function hessian<A extends unknown[]>(
  fn: (...args: A) => Tensor,
  { argnums = 0 }: HessianOptions = {},
): (...args: A) => Tensor {
  const gradient = (...args: A): Tensor =>
    grad(fn, { argnums })(...args) as Tensor;
  return jacrev(gradient, { argnums });
}
