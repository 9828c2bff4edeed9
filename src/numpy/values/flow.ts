/**
 * Choices and loops on values: what `lax` and `pxf` have in common.
 *
 * @module
 */
import { type DType, promote } from "../../base/dtype.ts";
import { ShapeError, TraceError, TreeError } from "../../base/errors.ts";
import { type Aval, formatAval, sameShape } from "../../base/shape.ts";
import { joinTraces } from "../../transform/join_traces.ts";
import { bind, type Traced, type Value } from "../../transform/trace.ts";
import { asValue } from "./operand.ts";

/**
 * The name of a function, for messages.
 *
 * @param what Which argument it is.
 * @throws {TraceError} If it is none.
 */
export function nameOf(
  action: string,
  what: string,
  fn: unknown,
  fallback: string = what,
): string {
  if (typeof fn === "function") return fn.name || fallback;
  throw new TraceError(
    `Cannot ${action}: ${String(fn)} was given as ${what}, expected a function`,
  );
}

/** The names of branches; of those without, their numbers. */
export function branchNames(action: string, fns: unknown): string[] {
  if (!Array.isArray(fns) || fns.length === 0) {
    const given = Array.isArray(fns) ? "no functions were" : `${fns} was`;
    throw new TreeError(
      `Cannot ${action}: ${given} given, expected an array of at least one ` +
        "function",
    );
  }
  return fns.map((fn, k) => nameOf(action, `branch ${k}`, fn));
}

/** A scalar by which a branch is chosen, as an i32. */
export function branchNumber(action: string, x: Value): Value {
  if (x.aval.shape.length > 0 || x.aval.dtype === "f32") {
    throw notScalar(action, x.aval, "a bool or integer scalar");
  }
  return asValue(x, "i32");
}

/** A scalar that is false where it is 0, as an i32 0 or 1. */
export function predicateNumber(action: string, x: Value): Value {
  if (x.aval.shape.length > 0) throw notScalar(action, x.aval, "a bool scalar");
  return asValue(asValue(x, "bool"), "i32");
}

function notScalar(action: string, aval: Aval, expected: string): ShapeError {
  return new ShapeError(
    `Cannot ${action}: ${formatAval(aval)} was given to decide, expected ` +
      `${expected}: compare, reduce with .any() or .all(), or choose per ` +
      "element with jnp.where",
  );
}

/** A traced branch, and what its outputs are called. */
export interface TracedBranch {
  /** Its Program. */
  readonly traced: Traced;
  /** Names the branch in errors. */
  readonly name: string;
  /** Path of each output. */
  readonly paths: readonly string[];
  /** Which outputs were JS numbers, that take the dtype of other branches. */
  readonly weak: readonly boolean[];
}

const avalsOf = ({ program }: Traced) =>
  program.outputs.map((id) => program.avals[id]);

/** Numbers take the dtype of tensors; those alone their common dtype. */
function dtypeOf(avals: readonly Aval[], weak: readonly boolean[]): DType {
  const strong = avals.find((_, k) => !weak[k]);
  const given = avals.map(({ dtype }) => dtype);
  if (strong === undefined) return given.reduce(promote);
  const fits = given.every((dtype, k) =>
    weak[k] && promote(dtype, strong.dtype) === strong.dtype ||
    dtype === strong.dtype
  );
  // Any other dtype is refused with the tensor's.
  return fits ? strong.dtype : given.find((d) => d !== strong.dtype)!;
}

/**
 * Runs the branch whose number `index` is, clamped.
 *
 * @param args The arguments with which the branches were traced.
 * @throws {ShapeError} If the branches yield different shapes or dtypes.
 */
export function choose(
  action: string,
  index: Value,
  args: readonly Value[],
  branches: readonly TracedBranch[],
): Value[] {
  const avals = branches.map(({ traced }) => avalsOf(traced));
  const [first] = branches;
  const dtypes = avals[0].map((_, i) =>
    dtypeOf(avals.map((list) => list[i]), branches.map(({ weak }) => weak[i]))
  );
  branches.forEach((branch, k) => {
    avals[k].forEach((aval, i) => {
      const isSame = sameShape(aval.shape, avals[0][i].shape) &&
        [0, k].every((j) =>
          avals[j][i].dtype === dtypes[i] ||
          branches[j].weak[i] && promote(avals[j][i].dtype, dtypes[i]) ===
              dtypes[i]
        );
      if (isSame) return;
      throw new ShapeError(
        `Cannot ${action}: ${first.paths[i]} is ${
          formatAval(avals[0][i])
        } in ` +
          `${first.name} and ${formatAval(aval)} in ${branch.name}, expected ` +
          "equal shapes and dtypes: convert or broadcast one of them",
      );
    });
  });
  const { programs, captured } = joinTraces(
    branches.map(({ traced }) => traced),
    branches.map(() => (o, outs) => outs.map((id, i) => o.cast(id, dtypes[i]))),
  );
  return bind("cond", [index, ...captured, ...args], { branches: programs });
}

/** A loop's traced condition and body. */
export interface TracedLoop {
  /** Yields a bool scalar. */
  readonly condition: Traced;
  /** Yields the next carries. */
  readonly body: Traced;
  /** The most turns; null for any number. */
  readonly maxSteps: number | null;
}

/**
 * Runs the body as long as the condition holds.
 *
 * @param carries The carries with which both were traced.
 * @param next The body's output that is the next value of each carry; -1 for
 * one that does not change.
 */
export function repeat(
  action: string,
  carries: readonly Value[],
  { condition, body, maxSteps }: TracedLoop,
  next: readonly number[] = carries.map((_, i) => i),
): Value[] {
  const [goesOn] = avalsOf(condition);
  if (goesOn.shape.length > 0) {
    throw notScalar(action, goesOn, "a condition that gives a bool scalar");
  }
  const { programs, captured } = joinTraces([condition, body], [
    (o, [id]) => [o.cast(id, "bool")],
    (_, outs, args) => next.map((k, i) => k < 0 ? args[i] : outs[k]),
  ]);
  return bind("while", [...captured, ...carries], {
    condition: programs[0],
    body: programs[1],
    constants: captured.length,
    maxSteps,
  });
}

/** The most turns as given, or null. */
export function mostTurns(action: string, maxSteps?: number): number | null {
  if (maxSteps === undefined) return null;
  if (Number.isInteger(maxSteps) && maxSteps >= 0) return maxSteps;
  throw new ShapeError(
    `Cannot ${action}: maxSteps is ${maxSteps}, expected a whole number of at ` +
      "least 0",
  );
}
