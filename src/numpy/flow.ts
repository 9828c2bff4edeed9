/**
 * `lax.cond`, `lax.switch` and `lax.whileLoop` on trees of tensors.
 *
 * @module
 */
import { ShapeError, TreeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { trace, type Traced, type Value } from "../transform/trace.ts";
import { flattenTree, type FlatTree, sameTree } from "./pytree.ts";
import { adoptDtypes } from "./scan.ts";
import { type TensorLike, toValue } from "./values/host.ts";
import {
  branchNames,
  branchNumber,
  choose,
  mostTurns,
  nameOf,
  predicateNumber,
  repeat,
  type TracedBranch,
} from "./values/flow.ts";

/** A function of a choice. */
type Fn<A extends readonly unknown[], R> = (...args: A) => R;

/**
 * `trueFn(...operands)` where the predicate, a traced scalar, is true, else
 * `falseFn(...operands)`. Both are traced and must yield trees of one
 * structure; only one of them runs, unless the predicate differs from sample to
 * sample of a `vmap`: then both do, and each sample takes its own.
 *
 * @example
 * ```ts
 * import { jax, lax, type Tensor } from "@vodes/vodes/numpy";
 * const f = jax.jit((x: Tensor) =>
 *   lax.cond(x.sum().less(0), (x) => x.neg(), (x) => x.mul(2), x)
 * );
 * ```
 *
 * @throws {ShapeError} If the predicate is no scalar, or results differ in
 * shape or dtype.
 * @throws {TreeError} If results differ in structure.
 */
export function cond<A extends readonly unknown[], R>(
  pred: TensorLike,
  trueFn: (...operands: A) => R,
  falseFn: (...operands: A) => R,
  ...operands: A
): R {
  const index = predicateNumber("run cond", toValue(pred));
  return branch("run cond", index, [falseFn, trueFn], operands);
}

/**
 * `branches[index](...operands)`, the index a traced integer that is clamped.
 * As for {@link cond}, all branches are traced.
 *
 * @throws {TreeError} If there are no branches, or results differ in structure.
 * @throws {TraceError} If a branch is no function.
 * @throws {ShapeError} If the index is no integer scalar, or results differ in
 * shape or dtype.
 */
function switchBranches<A extends readonly unknown[], R>(
  index: TensorLike,
  branches: readonly ((...operands: A) => R)[],
  ...operands: A
): R {
  branchNames("run switch", branches);
  const number = branchNumber("run switch", toValue(index));
  return branch("run switch", number, branches, operands);
}
export { switchBranches as switch };

function branch<A extends readonly unknown[], R>(
  action: string,
  index: Value,
  fns: readonly Fn<A, R>[],
  operands: A,
): R {
  const names = branchNames(action, fns);
  const given = flattenTree(operands, "static");
  const trees: FlatTree[] = [];
  const traced = fns.map((fn, k): TracedBranch => {
    const name = names[k];
    const own = trace(name, given.values.map((v) => v.aval), (args) => {
      const result = fn(...given.rebuild(args) as unknown as A);
      trees[k] = flattenTree(result, "tensors");
      return trees[k].values;
    });
    const { weak, paths } = trees[k];
    return {
      traced: own,
      name: JSON.stringify(name),
      weak,
      paths: paths.map((path) => `result${path}`),
    };
  });
  trees.forEach((tree, k) => {
    if (sameTree(tree, trees[0])) return;
    throw new TreeError(
      `Cannot ${action}: ${traced[0].name} gives tensors at ` +
        `[${trees[0].paths}], ${traced[k].name} at [${tree.paths}], expected ` +
        "results of one structure and equal static values",
      tree.paths.find((path, i) => path !== trees[0].paths[i]) ?? "",
    );
  });
  return trees[0].rebuild(choose(action, index, given.values, traced)) as R;
}

/** Options of {@link whileLoop}. */
export interface WhileOptions {
  /**
   * The most runs of the body: needed on webgpu, where the host encodes as many
   * and nobody waits for the GPU. The loop then ends without notice.
   */
  readonly maxSteps?: number;
}

/**
 * Runs `carry = body(carry)` as long as `condition(carry)` holds. The carry is
 * a tree of tensors that keeps its shapes and dtypes; JS numbers in the initial
 * one take the dtypes that the body gives them. There is no reverse-mode
 * derivative: use {@link scan} for that.
 *
 * @example
 * ```ts
 * import { lax, type Tensor } from "@vodes/vodes/numpy";
 * const power = lax.whileLoop(
 *   (x: Tensor) => x.less(100),
 *   (x: Tensor) => x.mul(2),
 *   3,
 * );
 * console.log(power.toArray()); // 192
 * ```
 *
 * @throws {TreeError} If the carry changes its structure.
 * @throws {ShapeError} If a carry changes its shape or dtype, or the condition
 * gives no scalar.
 * @throws {DeviceError} On webgpu without `maxSteps`.
 */
export function whileLoop<C>(
  condition: (carry: C) => TensorLike,
  body: (carry: C) => C,
  init: C | number,
  { maxSteps }: WhileOptions = {},
): C {
  const name = nameOf("run whileLoop", "the body", body, "body");
  const action = `run whileLoop "${name}"`;
  nameOf(action, "the condition", condition);
  const most = mostTurns(action, maxSteps);
  const start = flattenTree(init, "tensors");
  let initial = start.values;
  for (;;) {
    const avals = initial.map((v) => v.aval);
    let after: FlatTree | undefined;
    const runs = trace(`${name}" of "whileLoop`, avals, (args) => {
      after = flattenTree(body(start.rebuild(args) as C), "tensors");
      return after.values;
    });
    needSameTree(action, start, after!);
    const results = runs.program.outputs.map((id) => runs.program.avals[id]);
    const dtypes = results.map((a) => a.dtype);
    const next = adoptDtypes(initial, start.weak, dtypes);
    if (next !== null) {
      initial = next;
      continue;
    }
    needSameCarries(action, start, initial, runs);
    const asks = trace(`condition" of "whileLoop`, avals, (args) => [
      toValue(condition(start.rebuild(args) as C)),
    ]);
    const loop = { condition: asks, body: runs, maxSteps: most };
    return start.rebuild(repeat(action, initial, loop)) as C;
  }
}

function needSameTree(action: string, from: FlatTree, to: FlatTree): void {
  if (sameTree(from, to)) return;
  throw new TreeError(
    `Cannot ${action}: the carry goes in with tensors at [${from.paths}] and ` +
      `comes out with [${to.paths}], expected the same structure: give back a ` +
      "carry like the initial one",
    from.paths.find((p, i) => p !== to.paths[i]) ?? "",
  );
}

function needSameCarries(
  action: string,
  start: FlatTree,
  initial: readonly Value[],
  { program }: Traced,
): void {
  initial.forEach(({ aval }, i) => {
    const given = formatAval(aval);
    const made = formatAval(program.avals[program.outputs[i]]);
    if (given === made) return;
    throw new ShapeError(
      `Cannot ${action}: carry${
        start.paths[i]
      } goes in as ${given} and comes ` +
        `out as ${made}, expected the same: convert one of them`,
    );
  });
}
