/**
 * Pytrees: nested arrays, plain objects (children in sorted key order), `null`
 * (a node without children) and every object that implements
 * {@link TreeNode}; anything else is a leaf.
 *
 * @module
 */
import { TreeError } from "./errors.ts";

/** Method name by which an object takes part in trees. */
export const TREE_NODE: unique symbol = Symbol.for("vodes.tree");

/** A node's children and how to make the node again from other children. */
export interface NodeParts {
  /** Path text of a child, such as `.weight` or `[0]`. */
  key(index: number): string;
  /** The children. */
  readonly children: readonly unknown[];
  /** What besides the children must be equal for two nodes to be alike. */
  readonly metadata: readonly unknown[];
  /** A node of the same kind with other children. */
  rebuild(children: readonly unknown[]): unknown;
}

/** An object that takes part in trees. */
export interface TreeNode {
  /** The object as a node. */
  [TREE_NODE](): NodeParts;
}

/** Whether `x` is an object literal (or has no prototype). */
export function isPlainObject(x: unknown): x is Record<string, unknown> {
  if (typeof x !== "object" || x === null) return false;
  const prototype = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
}

/** Whether `x` implements {@link TreeNode}. */
export function isTreeNode(x: unknown): x is TreeNode {
  return x !== null && (typeof x === "object" || typeof x === "function") &&
    TREE_NODE in x;
}

const NOTHING: NodeParts = {
  key: String,
  children: [],
  metadata: [null],
  rebuild: () => null,
};

/** The parts of a node, or null for a leaf. `null` itself is a node. */
export function partsOf(x: unknown): NodeParts | null {
  if (x === null || x === undefined) return NOTHING;
  if (Array.isArray(x)) {
    return {
      key: (i) => `[${i}]`,
      children: x,
      metadata: [Array, x.length],
      rebuild: (children) => [...children],
    };
  }
  if (isTreeNode(x)) return x[TREE_NODE]();
  if (!isPlainObject(x)) return null;
  const names = Object.keys(x).sort();
  return {
    key: (i) => `['${names[i]}']`,
    children: names.map((k) => x[k]),
    metadata: [Object, ...names],
    rebuild: (children) => {
      const copy = { ...x };
      for (let i = 0; i < names.length; i++) copy[names[i]] = children[i];
      return copy;
    },
  };
}

/** What a tree is besides its leaves. */
export interface TreeStructure {
  /** Number of leaves. */
  readonly size: number;
  /** Path of each leaf. */
  readonly paths: readonly string[];
  /** Text-free fingerprint: equal lists mean equal structures. */
  readonly fingerprint: readonly unknown[];
  /** Makes the tree again. */
  rebuild(leaves: readonly unknown[]): unknown;
}

/**
 * Leaves of a tree from left to right, and its structure.
 *
 * @example
 * ```ts
 * import { treeFlatten } from "./tree.ts";
 * const [leaves, structure] = treeFlatten({ b: [1, null], a: 2 });
 * console.log(leaves, structure.paths); // [2, 1] ["['a']", "['b'][0]"]
 * ```
 */
export function treeFlatten(tree: unknown): [unknown[], TreeStructure] {
  const leaves: unknown[] = [];
  const paths: string[] = [];
  const fingerprint: unknown[] = [];
  const visit = (x: unknown, path: string): Rebuild => {
    const parts = partsOf(x);
    if (parts === null) {
      fingerprint.push(LEAF);
      paths.push(path);
      const index = leaves.push(x) - 1;
      return (values) => values[index];
    }
    fingerprint.push(parts.children.length, ...parts.metadata);
    const build = parts.children.map((c, i) => visit(c, path + parts.key(i)));
    return (values) => parts.rebuild(build.map((b) => b(values)));
  };
  const rebuild = visit(tree, "");
  return [leaves, { size: leaves.length, paths, fingerprint, rebuild }];
}

type Leafwise = (...leaves: unknown[]) => unknown;
type Rebuild = (leaves: readonly unknown[]) => unknown;
const LEAF = Symbol("leaf");

/** Leaves of a tree from left to right. */
export function treeLeaves(tree: unknown): unknown[] {
  return treeFlatten(tree)[0];
}

/** A tree of the given structure with other leaves. */
export function treeUnflatten(
  structure: TreeStructure,
  leaves: readonly unknown[],
): unknown {
  return structure.rebuild(leaves);
}

/** Whether two fingerprints are equal. */
export function sameFingerprint(
  a: readonly unknown[],
  b: readonly unknown[],
): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/**
 * Applies `fn` leaf by leaf to trees of one structure; attributes are matched by
 * name. Where any of the trees has `null`, so has the result.
 *
 * @throws {TreeError} If the structures differ.
 */
export function treeMap(
  fn: (...leaves: never[]) => unknown,
  tree: unknown,
  ...rest: unknown[]
): unknown {
  return mapLeaves((_, ...leaves) => (fn as Leafwise)(...leaves), [
    tree,
    ...rest,
  ]);
}

/**
 * Like {@link treeMap}; `fn` is given the path of the leaf before the leaves.
 *
 * @throws {TreeError} If the structures differ.
 * @example
 * ```ts
 * import { px } from "@vodes/vodes";
 * console.log(px.treeMapWithPath((path) => path, { a: [1, null] }));
 * // { a: ["['a'][0]", null] }
 * ```
 * @see `jax.tree_util.tree_map_with_path`
 */
export function treeMapWithPath(
  fn: (path: string, ...leaves: never[]) => unknown,
  tree: unknown,
  ...rest: unknown[]
): unknown {
  return mapLeaves(fn as (path: string, ...leaves: unknown[]) => unknown, [
    tree,
    ...rest,
  ]);
}

function mapLeaves(
  fn: (path: string, ...leaves: unknown[]) => unknown,
  trees: readonly unknown[],
): unknown {
  const visit = (xs: readonly unknown[], path: string): unknown => {
    if (xs.some((x) => x === null || x === undefined)) return null;
    const parts = xs.map(partsOf);
    const first = parts[0];
    if (first === null && parts.every((p) => p === null)) {
      return fn(path, ...xs);
    }
    const aligned = parts.map((other) => {
      const children = childrenLike(first, other);
      if (children !== null) return children;
      throw new TreeError(
        `Cannot map over trees: at "${path}" one has ${describeKeys(first)} ` +
          `and another ${describeKeys(other)}, expected equal structures: ` +
          "give trees that were made alike",
        path,
      );
    });
    return first!.rebuild(
      first!.children.map((_, i) =>
        visit(aligned.map((children) => children[i]), path + first!.key(i))
      ),
    );
  };
  return visit(trees, "");
}

/**
 * The children of `node` in the order in which `model` has those of the same
 * keys: attributes may have been assigned in another one. Null if the keys
 * differ.
 */
function childrenLike(
  model: NodeParts | null,
  node: NodeParts | null,
): readonly unknown[] | null {
  if (model === null || node === null) return null;
  if (model.children.length !== node.children.length) return null;
  if (model.children.every((_, i) => model.key(i) === node.key(i))) {
    return node.children;
  }
  const byKey = new Map(node.children.map((c, i) => [node.key(i), c]));
  const keys = keysOf(model);
  return keys.every((key) => byKey.has(key))
    ? keys.map((key) => byKey.get(key))
    : null;
}

/** Path texts of all children. */
export function keysOf(parts: NodeParts): string[] {
  return parts.children.map((_, i) => parts.key(i));
}

function describeKeys(parts: NodeParts | null): string {
  return parts === null
    ? "a leaf"
    : `the children {${keysOf(parts).join(", ")}}`;
}
