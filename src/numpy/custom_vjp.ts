/**
 * Functions with a reverse rule of their own.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { Builder, inline, type Program, type ValueId } from "../ir/program.ts";
import { Ops } from "../transform/ops.ts";
import {
  bind,
  currentTrace,
  trace,
  type Traced,
  type Value,
} from "../transform/trace.ts";
import { flattenTree, type FlatTree, sameTree } from "./pytree.ts";
import { asValue, compute } from "./values/operand.ts";
import { nameOf } from "./vmap.ts";

/**
 * `fn` with its own derivative. `forward` returns `[result, residuals]`;
 * `backward` takes the residuals and the cotangent of the result and returns
 * an array with the cotangent of each argument, or `null` for zero. All three
 * take and return trees of tensors.
 *
 * @example
 * ```ts
 * import { jax, round, type Tensor, tensor } from "@vodes/vodes/numpy";
 * // Rounds, with the derivative of the identity.
 * const snap = jax.customVjp(
 *   (x: Tensor) => round(x),
 *   (x: Tensor): [Tensor, null] => [round(x), null],
 *   (_, cotangent) => [cotangent],
 * );
 * console.log(jax.grad((x: Tensor) => snap(x).sum())(tensor([0.2], "f32")));
 * ```
 *
 * @throws {TreeError} If `forward` and `fn` return different structures, or
 * `backward` does not return one cotangent per argument.
 */
export function customVjp<A extends unknown[], R, S>(
  fn: (...args: A) => R,
  forward: (...args: A) => readonly [R, S],
  backward: (residuals: S, cotangent: R) => readonly unknown[],
): (...args: A) => R {
  const custom = (...args: A): R => {
    if (currentTrace() === null) return fn(...args);
    const flat = flattenTree(args, "static");
    const parts = traceParts(nameOf(fn), flat, fn, forward, backward);
    const { captured } = parts;
    const operands = [...flat.values, ...captured];
    const outputs = bind("customVjp", operands, {
      primal: parts.primal,
      forward: parts.forward,
      backward: parts.backward,
    });
    return parts.out.rebuild(outputs) as R;
  };
  Object.defineProperty(custom, "name", { value: nameOf(fn) });
  return custom;
}

interface Parts {
  readonly primal: Program;
  readonly forward: Program;
  readonly backward: Program;
  /** Outside values that any of the three uses: further operands. */
  readonly captured: readonly Value[];
  readonly out: FlatTree;
}

function traceParts<A extends unknown[], R, S>(
  name: string,
  flat: FlatTree,
  fn: (...args: A) => R,
  forward: (...args: A) => readonly [R, S],
  backward: (residuals: S, cotangent: R) => readonly unknown[],
): Parts {
  const avals = flat.values.map((v) => v.aval);
  let out: FlatTree | undefined;
  const primal = trace(name, avals, (values) => {
    out = flattenTree(fn(...flat.rebuild(values) as A), "tensors");
    return out.values;
  });
  let residuals: FlatTree | undefined;
  const forth = trace(`${name} forward`, avals, (values) => {
    const [result, rest] = forward(...flat.rebuild(values) as A);
    const made = flattenTree(result, "tensors");
    residuals = flattenTree(rest, "static");
    if (!sameTree(made, out!)) {
      throw new TreeError(
        `Cannot differentiate "${name}": its forward rule returns tensors at ` +
          `[${made.paths}], expected what the function returns, ` +
          `[${out!.paths}]: return [result, residuals]`,
      );
    }
    return [...made.values, ...residuals.values];
  });
  const results = out!.values.length;
  const given = [
    ...residuals!.values.map((v) => v.aval),
    ...out!.values.map((v) => v.aval),
  ];
  const back = trace(`${name} backward`, given, (values) => {
    const count = residuals!.values.length;
    const cotangents = backward(
      residuals!.rebuild(values.slice(0, count)) as S,
      out!.rebuild(values.slice(count)) as R,
    );
    return argumentCotangents(name, flat, cotangents);
  });
  const captured = [
    ...new Set([...primal.captured, ...forth.captured, ...back.captured]),
  ];
  const shared = avals.length;
  const widened = (traced: Traced, extra: readonly Value[] = []) =>
    rewire(traced, [...flat.values, ...captured], shared, captured, extra);
  return {
    primal: widened(primal),
    forward: widened(forth, back.captured),
    backward: backwardProgram(back, given.length - results, captured),
    captured,
    out: out!,
  };
}

/** The Program with all captured values as inputs, and some as outputs. */
function rewire(
  { program, captured }: Traced,
  operands: readonly Value[],
  args: number,
  all: readonly Value[],
  extra: readonly Value[],
): Program {
  const builder = new Builder();
  const inputs = operands.map((v) => builder.input(v.aval));
  const idOf = (v: Value): ValueId => inputs[args + all.indexOf(v)];
  const outputs = inline(builder, program, [
    ...inputs.slice(0, args),
    ...captured.map(idOf),
  ]);
  return builder.build([...outputs, ...extra.map(idOf)]);
}

/**
 * What the backward rule captured comes after its own residuals, and captured
 * values get cotangents of zero.
 */
function backwardProgram(
  { program, captured }: Traced,
  residuals: number,
  all: readonly Value[],
): Program {
  const split = program.inputs.length - captured.length;
  const { inputs } = program;
  const builder = new Builder();
  const take = (ids: readonly ValueId[]) =>
    ids.map((id) => builder.input(program.avals[id]));
  const own = take(inputs.slice(0, residuals));
  const outside = take(inputs.slice(split));
  const cotangents = take(inputs.slice(residuals, split));
  const outputs = inline(builder, program, [...own, ...cotangents, ...outside]);
  const o = new Ops(builder);
  return builder.build([...outputs, ...all.map((v) => o.full(v.aval, 0))]);
}

function argumentCotangents(
  name: string,
  flat: FlatTree,
  cotangents: readonly unknown[],
): Value[] {
  const owner = flat.paths.map((p) => Number(/^\[(\d+)\]/.exec(p)?.[1]));
  const given = cotangents.map((tree) =>
    tree === null ? null : [...flattenTree(tree, "tensors").values]
  );
  const values = flat.values.map(({ aval }, i) => {
    const list = given[owner[i]];
    if (list === null) return compute([], (o) => o.full(aval, 0));
    const value = list?.shift();
    if (!value) throw wrongCount(name, flat.paths[i]);
    return asValue(value, aval.dtype);
  });
  if (given.some((list) => list && list.length > 0)) throw wrongCount(name, "");
  return values;
}

function wrongCount(name: string, path: string): TreeError {
  return new TreeError(
    `Cannot differentiate "${name}": its backward rule returned other trees ` +
      `than the arguments${path && ` (nothing for argument ${path})`}, ` +
      "expected an array with one tree per argument, or null for zero",
    path,
  );
}
