/**
 * Functions of trees: nested arrays and plain objects with tensors, or anything
 * else, as leaves. As in `jax.tree`.
 *
 * @module
 */
import {
  treeFlatten,
  treeLeaves,
  treeMap,
  treeMapWithPath,
  type TreeStructure,
  treeUnflatten,
} from "../base/tree.ts";
import { TreeError } from "../base/errors.ts";

export type { TreeStructure } from "../base/tree.ts";

/** The leaves from left to right; children of objects in order of their keys. */
export function leaves(tree: unknown): unknown[] {
  return treeLeaves(tree);
}

/** What a tree is besides its leaves. */
export function structure(tree: unknown): TreeStructure {
  return treeFlatten(tree)[1];
}

/** Leaves and structure. */
export function flatten(tree: unknown): [unknown[], TreeStructure] {
  return treeFlatten(tree);
}

/**
 * The tree of a structure with other leaves.
 *
 * @throws {TreeError} If there are more or fewer leaves than places.
 */
export function unflatten(
  structure: TreeStructure,
  leaves: readonly unknown[],
): unknown {
  if (leaves.length !== structure.size) {
    throw new TreeError(
      `Cannot make a tree of ${leaves.length} leaves: its structure has ` +
        `${structure.size} places, expected as many leaves`,
    );
  }
  return treeUnflatten(structure, leaves);
}

/**
 * A tree with `fn(leaf, ...rest)` in the place of each leaf, for further trees
 * of the same structure.
 *
 * @example
 * ```ts
 * import { jax } from "@vodes/vodes/numpy";
 * const double = jax.tree.map((x: number) => 2 * x, { a: 1, b: [2, 3] });
 * console.log(double); // { a: 2, b: [4, 6] }
 * ```
 */
export function map(
  fn: (...leaves: never[]) => unknown,
  tree: unknown,
  ...rest: unknown[]
): unknown {
  return treeMap(fn, tree, ...rest);
}

/** {@link map}, with the path of each leaf, such as `['w'][0]`, first. */
export function mapWithPath(
  fn: (path: string, ...leaves: never[]) => unknown,
  tree: unknown,
  ...rest: unknown[]
): unknown {
  return treeMapWithPath(fn, tree, ...rest);
}

/** Paths and leaves from left to right. */
export function leavesWithPath(tree: unknown): [string, unknown][] {
  return flattenWithPath(tree)[0];
}

/** Paths and leaves, and the structure. */
export function flattenWithPath(
  tree: unknown,
): [[string, unknown][], TreeStructure] {
  const [list, made] = treeFlatten(tree);
  return [list.map((leaf, i) => [made.paths[i], leaf]), made];
}

/** The leaves combined from left to right, from an initial value. */
export function reduce<T>(
  fn: (total: T, leaf: never) => T,
  tree: unknown,
  initial: T,
): T {
  const call = fn as (total: T, leaf: unknown) => T;
  return leaves(tree).reduce<T>((total, leaf) => call(total, leaf), initial);
}

/** Whether all leaves are truthy. */
export function all(tree: unknown): boolean {
  return leaves(tree).every(Boolean);
}
