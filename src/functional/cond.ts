/**
 * pxf.cond and pxf.switch: choices in the Program.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import type { Value } from "../transform/trace.ts";
import {
  branchNames,
  branchNumber,
  choose,
  nameOf,
  predicateNumber,
  type TracedBranch,
} from "../numpy/values/flow.ts";
import { type TensorLike, toValue } from "../numpy/values/host.ts";
import { Numbers } from "./carries.ts";
import type { TensorTree } from "./collect.ts";
import {
  type CallParts,
  takeApart,
  toTensors,
  traceCall,
  type TracedCall,
  writeBack,
} from "./traced_call.ts";

/**
 * A function that runs `trueFn(...args, { ...tracked })` where a predicate is
 * true, else `falseFn`: the predicate, a scalar, is its first argument. Both
 * are traced; their results, and the params that either of them changes, must
 * have one structure. The random state goes on from the branch that ran.
 *
 * @throws {ShapeError} If the predicate is no scalar, or results or params
 * differ in shape or dtype.
 * @throws {TreeError} If results or params differ in structure.
 * @throws {TraceError} If one of them is no function.
 * @example
 * ```ts
 * import { pxf, tensor, type Tensor } from "@vodes/vodes";
 * const f = pxf.cond((x: Tensor) => x.mul(2), (x: Tensor) => x.neg());
 * console.log(f(tensor(true), tensor(3)).toArray()); // 6
 * ```
 * @see pcax `pxf.cond`
 */
export function cond<A extends readonly unknown[], R>(
  trueFn: (...args: A) => R,
  falseFn: (...args: A) => R,
): (pred: TensorLike, ...args: A) => R {
  for (const [what, fn] of Object.entries({ trueFn, falseFn })) {
    nameOf("run cond", what, fn);
  }
  return (pred, ...args) => {
    const index = predicateNumber("run cond", toValue(pred));
    return run("run cond", index, [falseFn, trueFn], args);
  };
}

/**
 * A function that runs one of several, like {@link cond}: the one whose number,
 * an integer scalar that is clamped, is its first argument. It is exported as
 * `switch`.
 *
 * @throws {TreeError} If there are no functions, or results or params differ
 * in structure.
 * @throws {TraceError} If one is no function.
 * @throws {ShapeError} If the number is no integer scalar, or results or params
 * differ in shape or dtype.
 * @example
 * ```ts
 * import { pxf, tensor, type Tensor } from "@vodes/vodes";
 * const f = pxf.switch([(x: Tensor) => x, (x: Tensor) => x.mul(10)]);
 * console.log(f(1, tensor(3)).toArray()); // 30
 * ```
 * @see pcax `pxf.switch`
 */
export function switch_<A extends readonly unknown[], R>(
  fns: readonly ((...args: A) => R)[],
): (index: TensorLike, ...args: A) => R {
  branchNames("run switch", fns);
  return (index, ...args) =>
    run("run switch", branchNumber("run switch", toValue(index)), fns, args);
}

function run<A extends readonly unknown[], R>(
  action: string,
  index: Value,
  fns: readonly ((...args: A) => R)[],
  args: A,
): R {
  const parts = takeApart(args);
  const avals = parts.tensors.map((t) => t.value.aval);
  const numbers = new Numbers();
  const names = branchNames(action, fns);
  const calls = fns.map((fn, k) => {
    const open = (...inner: unknown[]) =>
      numbers.toTensors(fn(...inner as unknown as A));
    return traceCall(names[k], open, parts, avals);
  });
  const changed = [...parts.slots.keys()].filter((slot) =>
    calls.some(({ changes }) => changes.some((c) => c.slot === slot))
  );
  const ends = calls.map((call) => endOf(parts, call, changed));
  ends.forEach(({ tree: { paths } }, k) => {
    const first = ends[0].tree.paths;
    const odd = [...first, ...paths].find((path) =>
      first.includes(path) !== paths.includes(path)
    );
    if (odd === undefined) return;
    const [has, lacks] = first.includes(odd) ? [0, k] : [k, 0];
    throw new TreeError(
      `Cannot ${action}: ${odd} is a tensor after "${
        names[has]
      }" and nothing ` +
        `after "${names[lacks]}", expected one structure: set it in both, or ` +
        "clear it in both",
      odd,
    );
  });
  const branches = ends.map(({ tree, outputs }, k): TracedBranch => {
    const { program, captured } = calls[k];
    return {
      traced: { program: { ...program, outputs }, captured },
      name: JSON.stringify(names[k]),
      paths: tree.paths,
      weak: tree.tensors.map((t) => numbers.isWeak(t)),
    };
  });
  const values = parts.tensors.map((t) => t.value);
  const made = toTensors(choose(action, index, values, branches));
  writeBack(parts.slots, ends[0].changes, made);
  return calls[0].result.rebuild(made) as R;
}

/** What a branch leaves: its result, then the params that any branch changes. */
interface End {
  readonly tree: Pick<TensorTree, "tensors" | "paths">;
  readonly outputs: readonly number[];
  readonly changes: TracedCall["changes"];
}

function endOf(
  parts: CallParts,
  { program, result, changes }: TracedCall,
  changed: readonly number[],
): End {
  const tensors = [...result.tensors];
  const paths = result.paths.map((path) => `result${path}`);
  const outputs = program.outputs.slice(0, tensors.length);
  const own = changed.map((slot) => {
    const change = changes.find((c) => c.slot === slot);
    const { tree } = change ?? parts.slots[slot];
    const start = outputs.length;
    const before = parts.tensors.length - sizeFrom(parts, slot);
    tree.tensors.forEach((t, i) => {
      tensors.push(t);
      paths.push(tree.paths[i]);
      outputs.push(
        change === undefined
          ? program.inputs[before + i]
          : program.outputs[change.start + i],
      );
    });
    return { slot, tree, start };
  });
  return { tree: { tensors, paths }, outputs, changes: own };
}

/** Tensors of a slot and of those after it. */
function sizeFrom({ slots }: CallParts, slot: number): number {
  return slots.slice(slot).reduce((n, { tree }) => n + tree.tensors.length, 0);
}
