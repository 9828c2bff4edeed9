/**
 * Working leaf by leaf on pytrees of tensors: what all transformations share.
 * A `null` gradient (of a frozen parameter, say) yields a `null` update and
 * leaves the parameter and its state as they are.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { keysOf, partsOf, treeMap } from "../base/tree.ts";
import { asTensor, type Tensor, type TensorLike } from "../numpy/mod.ts";

type Leafwise = (...leaves: Tensor[]) => Tensor;

/**
 * Applies `fn` to the tensors of trees of one structure; `null` where any of
 * the trees has `null`.
 */
export function mapTensors<T>(fn: Leafwise, tree: T, ...rest: unknown[]): T {
  const leafwise = (...leaves: TensorLike[]) => fn(...leaves.map(toTensor));
  return treeMap(leafwise, tree, ...rest) as T;
}

/**
 * Advances a tree of parameters or state by a tree of updates: `fn(old,
 * update)` per leaf. Other than with {@link mapTensors}, what has a `null`
 * update keeps its old value.
 *
 * @throws {TreeError} If the structures differ.
 */
export function advance<T>(
  action: string,
  fn: Leafwise,
  old: T,
  updates: unknown,
): T {
  const visit = (before: unknown, update: unknown, path: string): unknown => {
    if (update === null || update === undefined) return before;
    if (before === null || before === undefined) return null;
    const parts = partsOf(before);
    const given = partsOf(update);
    if (parts === null && given === null) {
      return fn(toTensor(before), toTensor(update));
    }
    const keys = parts && keysOf(parts).join(" ");
    const givenKeys = given && keysOf(given).join(" ");
    if (parts === null || given === null || keys !== givenKeys) {
      const at = path === "" ? "the updates" : `the updates at "${path}"`;
      throw new TreeError(
        `Cannot ${action}: ${at} are ${childrenText(givenKeys)}, expected ` +
          `${childrenText(keys)}: give updates of the structure that the ` +
          `optimizer was initialized with`,
        path,
      );
    }
    return parts.rebuild(
      parts.children.map((child, i) =>
        visit(child, given.children[i], path + parts.key(i))
      ),
    );
  };
  return visit(old, updates, "") as T;
}

function childrenText(keys: string | null): string {
  if (keys === null) return "a leaf";
  return keys === "" ? "an empty node" : `a node with ${keys}`;
}

function toTensor(leaf: unknown): Tensor {
  return asTensor(leaf as TensorLike);
}
