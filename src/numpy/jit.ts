/**
 * `jit` on functions of trees of tensors: traced once per kind of arguments,
 * then one call of the device.
 *
 * @module
 */
import { sameShape } from "../base/shape.ts";
import { sameFingerprint, treeMap } from "../base/tree.ts";
import { defaultDevice } from "../devices.ts";
import type { Program } from "../ir/program.ts";
import { Compiled } from "../transform/execute.ts";
import { currentTrace, trace, type Traced, Value } from "../transform/trace.ts";
import { flattenTree, type FlatTree } from "./pytree.ts";
import { Tensor } from "./tensor.ts";
import { nameOf } from "./vmap.ts";

/** Options of {@link jit}. */
export interface JitOptions {
  /** Arguments that are not traced: each new value compiles anew. */
  readonly staticArgnums?: number | readonly number[];
}

/** What a jitted function keeps for one kind of arguments. */
interface Entry {
  readonly arguments: FlatTree;
  readonly statics: readonly unknown[];
  readonly compiled: Compiled;
  readonly captured: readonly Value[];
  readonly out: FlatTree;
}

/** Kinds of arguments that one function remembers. */
const MAX_ENTRIES = 64;

/** Arguments without the static ones, and those. */
function separate(
  args: readonly unknown[],
  staticArgnums: readonly number[],
): { flat: FlatTree; statics: unknown[] } {
  const traced = args.map((x, i) => staticArgnums.includes(i) ? null : x);
  return {
    flat: flattenTree(traced, "static"),
    statics: staticArgnums.map((i) => args[i]),
  };
}

function traceCall<A extends unknown[], R>(
  fn: (...args: A) => R,
  args: A,
  flat: FlatTree,
  staticArgnums: readonly number[],
): { traced: Traced; out: FlatTree } {
  let out: FlatTree | undefined;
  const avals = flat.values.map((v) => v.aval);
  const traced = trace(nameOf(fn), avals, (values) => {
    const all = flat.rebuild(values) as unknown[];
    for (const i of staticArgnums) all[i] = args[i];
    out = flattenTree(fn(...all as A), "static");
    return out.values;
  });
  return { traced, out: out! };
}

/**
 * `fn`, compiled for the shapes, dtypes and structure of its arguments. JS
 * scalars and strings in the arguments are static: each new value compiles
 * anew. The function runs as JavaScript only when it is compiled.
 *
 * @example
 * ```ts
 * import { jax, ones, type Tensor } from "@vodes/vodes/numpy";
 * const step = jax.jit((w: Tensor, x: Tensor) => w.sub(x.mul(0.1)));
 * console.log(step(ones(3), ones(3))); // [0.9, 0.9, 0.9]
 * ```
 */
export function jit<A extends unknown[], R>(
  fn: (...args: A) => R,
  { staticArgnums = [] }: JitOptions = {},
): (...args: A) => R {
  const fixed = typeof staticArgnums === "number"
    ? [staticArgnums]
    : staticArgnums;
  const entries: Entry[] = [];
  const jitted = (...args: A): R => {
    // Inside a trace the nodes go into it: that one is compiled as a whole.
    if (currentTrace() !== null) return fn(...args);
    const { flat, statics } = separate(args, fixed);
    let entry = entries.find((e) => matches(e, flat, statics));
    if (!entry) {
      entry = compile(fn, args, flat, statics, fixed);
      entries.unshift(entry);
      for (const old of entries.splice(MAX_ENTRIES)) old.compiled.dispose();
    }
    const { compiled, captured, out } = entry;
    const inputs = [...flat.values, ...captured]
      .map((v) => v.concrete(`call "${nameOf(fn)}"`));
    const { outputs, avals } = compiled.program;
    return out.rebuild(
      compiled.run(inputs).map((storage, i) =>
        new Value(avals[outputs[i]], storage)
      ),
    ) as R;
  };
  Object.defineProperty(jitted, "name", { value: nameOf(fn) });
  return jitted;
}

function matches(
  entry: Entry,
  flat: FlatTree,
  statics: readonly unknown[],
): boolean {
  const old = entry.arguments;
  return entry.compiled.device === defaultDevice() &&
    sameFingerprint(old.fingerprint, flat.fingerprint) &&
    sameFingerprint(entry.statics, statics) &&
    old.values.every(({ aval }, i) => {
      const other = flat.values[i].aval;
      return aval.dtype === other.dtype && sameShape(aval.shape, other.shape);
    });
}

function compile<A extends unknown[], R>(
  fn: (...args: A) => R,
  args: A,
  flat: FlatTree,
  statics: readonly unknown[],
  staticArgnums: readonly number[],
): Entry {
  const { traced, out } = traceCall(fn, args, flat, staticArgnums);
  return {
    arguments: flat,
    statics,
    compiled: new Compiled(traced.program, defaultDevice()),
    captured: traced.captured,
    out,
  };
}

/**
 * What a call of `fn` would return, without its elements: the dtypes and shapes
 * of its tensors, in the places of these.
 *
 * @see `jax.eval_shape`
 */
export function evalShape<A extends unknown[]>(
  fn: (...args: A) => unknown,
  ...args: A
): unknown {
  const { flat } = separate(args, []);
  const { out } = traceCall(fn, args, flat, []);
  let next = 0;
  return treeMap(
    (leaf: unknown) => leaf instanceof Tensor ? out.values[next++].aval : leaf,
    out.rebuild(out.values),
  );
}

/**
 * The Program that a call of `fn` is traced to, before any pass; print it with
 * `formatProgram`. Its inputs are the tensors of the arguments, then those the
 * function closed over.
 */
export function makeProgram<A extends unknown[]>(
  fn: (...args: A) => unknown,
  { staticArgnums = [] }: JitOptions = {},
): (...args: A) => Program {
  const fixed = typeof staticArgnums === "number"
    ? [staticArgnums]
    : staticArgnums;
  return (...args: A): Program => {
    const { flat } = separate(args, fixed);
    return traceCall(fn, args, flat, fixed).traced.program;
  };
}
