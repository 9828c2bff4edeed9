/**
 * pxf.grad: the gradients alone.
 *
 * @module
 */
import type { Tensor } from "../numpy/tensor.ts";
import {
  type GradOptions,
  type TrackedOf,
  valueAndGrad,
} from "./value_and_grad.ts";

/** What `fn` returns besides the loss, with `hasAux`. */
export type AuxOf<R> = R extends readonly [unknown, ...infer Aux] ? Aux : [];

/**
 * Gradients of `fn` as {@link valueAndGrad} gives them, without the loss.
 *
 * @returns The gradients of the tracked arguments.
 * @throws {ShapeError} If the loss is not a scalar.
 * @throws {TreeError} If the mask selects no param, or what `fn` returns is no
 * loss.
 * @example
 * ```ts
 * import { px, pxf, tensor } from "@vodes/vodes";
 * const p = new px.Param(tensor([3, 4], "f32"));
 * const norm = ({ p }: { p: px.Param }) => p.square().sum();
 * const g = pxf.grad(norm, { mask: { p: true } })({ p });
 * console.log(g.p.toArray()); // [6, 8]
 * ```
 * @see `jax.grad`
 */
export function grad<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options?: GradOptions & { readonly argnums?: undefined; hasAux?: false },
): (...args: A) => TrackedOf<A>;
/**
 * With `argnums` alone.
 *
 * @returns `[positional, tracked]`.
 */
export function grad<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: GradOptions & {
    readonly argnums: number | readonly number[];
    hasAux?: false;
  },
): (...args: A) => [Tensor[], TrackedOf<A>];
/**
 * With `hasAux`.
 *
 * @returns `[gradients, ...aux]`.
 */
export function grad<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: GradOptions & { readonly argnums?: undefined; hasAux: true },
): (...args: A) => [TrackedOf<A>, ...AuxOf<R>];
export function grad<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: GradOptions = {},
): (...args: A) => unknown {
  const both = valueAndGrad(fn, options);
  return (...args: A): unknown => {
    const [value, gradients] = both(...args);
    return options.hasAux
      ? [gradients, ...(value as unknown as unknown[]).slice(1)]
      : gradients;
  };
}
