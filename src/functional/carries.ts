/**
 * What goes round in loops, and comes out of branches: trees of tensors that
 * keep their structure, and JS numbers in them as tensors.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { partsOf } from "../base/tree.ts";
import { tensor } from "../numpy/convert.ts";
import { Tensor } from "../numpy/tensor.ts";
import { flattenTensors, isData, type TensorTree } from "./collect.ts";
import type { CallParts, TracedCall } from "./traced_call.ts";

/** JS numbers that became tensors: they take the dtype of what they meet. */
export class Numbers {
  readonly #made = new WeakSet<Tensor>();

  /** The tree with tensors for its numbers and booleans. */
  toTensors(tree: unknown): unknown {
    if (typeof tree === "number" || typeof tree === "boolean") {
      const made = tensor(tree);
      this.#made.add(made);
      return made;
    }
    if (tree instanceof Tensor || isData(tree)) return tree;
    const parts = partsOf(tree);
    if (parts === null || parts.children.length === 0) return tree;
    return parts.rebuild(parts.children.map((child) => this.toTensors(child)));
  }

  /** Whether a tensor was a number. */
  isWeak(x: Tensor): boolean {
    return this.#made.has(x);
  }

  /** The tree in which numbers have the given dtypes; null if they have. */
  adopt(tree: TensorTree, dtypes: readonly DType[]): unknown | null {
    const takes = (x: Tensor, i: number) =>
      this.isWeak(x) && x.dtype !== dtypes[i];
    if (!tree.tensors.some(takes)) return null;
    return tree.rebuild(
      tree.tensors.map((x, i) => takes(x, i) ? x.astype(dtypes[i]) : x),
    );
  }
}

/** Refuses a tree that is not as it was, and names the first odd place. */
export function needSameTree(
  action: string,
  when: string,
  before: TensorTree,
  after: TensorTree,
): void {
  const text = (tree: TensorTree, path: string) => {
    const i = tree.paths.indexOf(path);
    return i < 0 ? "nothing" : formatAval(tree.tensors[i].value.aval);
  };
  const paths = [...new Set([...before.paths, ...after.paths])];
  const odd = paths.find((path) => text(before, path) !== text(after, path));
  if (odd === undefined) return;
  throw new ShapeError(
    `Cannot ${action}: ${odd} was ${text(before, odd)} and is ` +
      `${
        text(after, odd)
      } ${when}, expected no change of structure, shape or ` +
      "dtype: give back what is like the initial value, and clear in the body " +
      "what it creates",
  );
}

/**
 * For each tensor of the params the output of the body that it becomes; -1 for
 * those of a param that stays as it is.
 */
export function slotOutputs(
  action: string,
  parts: CallParts,
  { changes }: TracedCall,
): number[] {
  return parts.slots.flatMap(({ tree }, slot) => {
    const change = changes.find((c) => c.slot === slot);
    if (change === undefined) return tree.tensors.map(() => -1);
    needSameTree(action, "after the body", tree, change.tree);
    return tree.tensors.map((_, i) => change.start + i);
  });
}

/**
 * The carry that a body gives back: one value of one argument, or an array with
 * a value for each. An array of one argument that is itself an array is that.
 */
export function carryOf(before: TensorTree, returned: unknown): TensorTree {
  const isOne = before.paths.every((path) => path.startsWith("carry[0]"));
  const one = flattenTensors([returned], "carry");
  if (!Array.isArray(returned)) return one;
  const list = flattenTensors(returned, "carry");
  const alike = ({ paths }: TensorTree) =>
    paths.filter((path) => before.paths.includes(path)).length;
  return isOne && alike(one) > alike(list) ? one : list;
}
