/**
 * Derivatives of functions of trees of tensors.
 *
 * @module
 */
import { isFloat } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { formatAval, sameShape } from "../base/shape.ts";
import { apply, emitInto, trace, type Value } from "../transform/trace.ts";
import { gradientInto, vjp as differentiate } from "../transform/vjp.ts";
import type { Tensor } from "./tensor.ts";
import { flattenTree, type FlatTree } from "./pytree.ts";
import { asValue, compute } from "./values/operand.ts";
import { describeArgument, nameOf } from "./vmap.ts";

/** Which arguments to differentiate by. */
export type Argnums = number | readonly number[];

/** Options of {@link grad} and {@link valueAndGrad}. */
export interface GradOptions<N extends Argnums = Argnums> {
  /** Argument or arguments to differentiate by; 0 by default. */
  readonly argnums?: N;
  /** Whether `fn` returns `[loss, ...aux]`; aux has no gradient. */
  readonly hasAux?: boolean;
}

/** A gradient is a tree like the argument; that of a JS number is a tensor. */
export type Gradient<T> = T extends number ? Tensor : T;

/** The gradient of one argument, or those of several as an array. */
export type Gradients<A extends unknown[], N extends Argnums> = N extends number
  ? Gradient<A[N]>
  : { -readonly [K in keyof N]: Gradient<A[N[K] & number]> };

/**
 * A function that returns what `fn` returns, and the gradient of its loss:
 * a tree like the argument, or an array of trees if `argnums` is an array.
 *
 * @example
 * ```ts
 * import { jax, type Tensor, tensor } from "@vodes/vodes/numpy";
 * const loss = (w: Tensor) => w.square().sum();
 * const [value, gradient] = jax.valueAndGrad(loss)(tensor([1, 2], "f32"));
 * console.log(value, gradient); // 5, [2, 4]
 * ```
 *
 * @throws {ShapeError} If the loss is not a scalar, or a tensor to
 * differentiate by is not f32.
 */
export function valueAndGrad<
  A extends unknown[],
  R,
  const N extends Argnums = 0,
>(
  fn: (...args: A) => R,
  options: GradOptions<N> = {},
): (...args: A) => [R, Gradients<A, N>] {
  const name = nameOf(fn);
  const { hasAux = false } = options;
  const argnums: Argnums = options.argnums ?? 0;
  const wanted = typeof argnums === "number" ? [argnums] : argnums;
  return (...args: A): [R, Gradients<A, N>] => {
    const flat = flattenTree(wanted.map((i) => args[i]), "tensors");
    const values = flat.values.map((v, i) =>
      differentiable(name, flat, wanted, v, i)
    );
    let out: FlatTree | undefined;
    const { program, captured } = trace(
      name,
      values.map((v) => v.aval),
      (inputs) => {
        const trees = flat.rebuild(inputs) as unknown[];
        const all = [...args];
        wanted.forEach((i, k) => all[i] = trees[k]);
        out = flattenTree(fn(...all as A), "static");
        const [loss, ...aux] = out.values;
        needScalar(name, out, hasAux);
        return [loss, ...aux];
      },
    );
    const wrt = program.inputs.map((_, i) => i < values.length);
    const results = emitInto([...values, ...captured], (builder, ids) => {
      const run = gradientInto(builder, program, ids, wrt);
      return [...run.outputs, ...run.gradients];
    });
    const outputs = results.slice(0, out!.values.length);
    const trees = flat.rebuild(results.slice(outputs.length)) as unknown[];
    const gradients = typeof argnums === "number" ? trees[0] : trees;
    return [out!.rebuild(outputs) as R, gradients as Gradients<A, N>];
  };
}

/** The gradient alone; see {@link valueAndGrad}, which also gives aux. */
export function grad<A extends unknown[], const N extends Argnums = 0>(
  fn: (...args: A) => unknown,
  options: GradOptions<N> = {},
): (...args: A) => Gradients<A, N> {
  const both = valueAndGrad(fn, options);
  return (...args: A): Gradients<A, N> => both(...args)[1];
}

function differentiable(
  name: string,
  flat: FlatTree,
  argnums: readonly number[],
  value: Value,
  index: number,
): Value {
  if (flat.weak[index]) return asValue(value, "f32");
  if (isFloat(value.aval.dtype)) return value;
  const argument = describeArgument(flat, index)
    .replace(/^argument (\d+)/, (_, i) => `argument ${argnums[Number(i)]}`);
  throw new ShapeError(
    `Cannot differentiate "${name}": ${argument} is ` +
      `${formatAval(value.aval)}, expected f32: make it with ` +
      'tensor(data, "f32") or convert it with .astype("f32")',
  );
}

function needScalar(name: string, out: FlatTree, hasAux: boolean): void {
  const [loss] = out.values;
  const isFirst = out.paths[0] === (hasAux ? "[0]" : "");
  if (loss === undefined || !isFirst || (!hasAux && out.values.length > 1)) {
    throw new ShapeError(
      `Cannot differentiate "${name}": it returned tensors at ` +
        `[${out.paths.map((p) => p || "the root")}], expected ` +
        (hasAux
          ? "[loss, ...aux]"
          : "a scalar: return more with { hasAux: true }"),
    );
  }
  const { aval } = loss;
  if (aval.shape.length === 0 && isFloat(aval.dtype)) return;
  throw new ShapeError(
    `Cannot differentiate "${name}": it returned ${formatAval(aval)}, ` +
      "expected a scalar" +
      (aval.shape.length > 0
        ? ": reduce it with .sum() or .mean()"
        : ' of f32: convert it with .astype("f32")'),
  );
}

/** Takes the cotangent of a result to those of the arguments. */
export type Pullback<A extends readonly unknown[], R> = (cotangent: R) => A;

/**
 * The result of `fn` and its pullback. The pullback gives one tree per
 * argument, with `null` where a tensor is not f32.
 */
export function vjp<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...primals: A
): [R, Pullback<A, R>] {
  const name = nameOf(fn);
  const flat = flattenTree(primals, "static");
  const active = flat.values.map((v) => isFloat(v.aval.dtype));
  let out: FlatTree | undefined;
  const { program, captured } = trace(
    name,
    flat.values.map((v) => v.aval),
    (inputs) => {
      out = flattenTree(fn(...flat.rebuild(inputs) as A), "static");
      return out.values;
    },
  );
  const flags = program.inputs.map((_, i) => active[i] ?? false);
  const rule = differentiate(program, flags);
  const results = apply(rule.forward, [...flat.values, ...captured]);
  const count = program.outputs.length;
  const residuals = results.slice(count);
  const pullback = (cotangent: R): A => {
    const given = flattenTree(cotangent, "tensors").values;
    needCotangents(name, given, results.slice(0, count));
    const gradients = apply(rule.backward, [
      ...residuals,
      ...rule.cotangents.map((i) => given[i]),
    ]);
    let next = 0;
    return flat.rebuild(
      active.map((a) => a ? gradients[next++] : null),
    ) as A;
  };
  return [out!.rebuild(results.slice(0, count)) as R, pullback];
}

function needCotangents(
  name: string,
  given: readonly Value[],
  results: readonly Value[],
): void {
  const fits = given.length === results.length &&
    given.every((v, i) => sameShape(v.aval.shape, results[i].aval.shape));
  if (fits) return;
  const list = (values: readonly Value[]) =>
    values.map((v) => formatAval(v.aval)).join(", ");
  throw new ShapeError(
    `Cannot pull back through "${name}": cotangents ${list(given)} were ` +
      `given, expected ${list(results)}`,
  );
}

/**
 * The result of `fn` and how it changes when the primals change by the
 * tangents: the pullback of the pullback, which is linear.
 */
export function jvp<A extends unknown[], R>(
  fn: (...args: A) => R,
  primals: A,
  tangents: A,
): [R, R] {
  const [out, push] = linearize(fn, ...primals);
  return [out, push(...tangents)];
}

/**
 * The result of `fn` and a linear function, which takes changes of the primals
 * to the change of the result, and can be used many times.
 *
 * @see `jax.linearize`
 */
export function linearize<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...primals: A
): [R, (...tangents: A) => R] {
  const [out, pullback] = vjp(fn, ...primals);
  const flat = flattenTree(out, "static");
  const zeros = flat.rebuild(
    flat.values.map((v) => compute([], (o) => o.full(v.aval, 0))),
  );
  const [, push] = vjp((cotangent: R) => pullback(cotangent), zeros as R);
  return [out, (...tangents: A): R => push(tangents)[0]];
}
