/**
 * Trees of tensors as transforms see them: a list of values, and what is
 * needed to make the tree again. Leaves that are no tensors (strings,
 * functions, and JS scalars unless asked for) are static: part of the
 * structure.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { sameFingerprint, treeFlatten } from "../base/tree.ts";
import type { Value } from "../transform/trace.ts";
import { Tensor } from "./tensor.ts";
import {
  describe,
  fromHost,
  isTensorSource,
  type NumericArray,
  type TensorSource,
} from "./values/host.ts";

/** A tree taken apart. */
export interface FlatTree {
  /** Its tensors, from left to right. */
  readonly values: readonly Value[];
  /** Where each is, such as `['w'][0]`. */
  readonly paths: readonly string[];
  /** Which leaves are JS scalars that were made tensors. */
  readonly weak: readonly boolean[];
  /** Equal lists mean equal structures and static leaves. */
  readonly fingerprint: readonly unknown[];
  /** The tree with other tensors, or `null` in their places. */
  rebuild(values: readonly (Value | null)[]): unknown;
}

/** What becomes of JS numbers and booleans in a tree. */
export type ScalarLeaves = "static" | "tensors";

/** Takes a tree apart; see the file's comment for what is a tensor. */
export function flattenTree(tree: unknown, scalars: ScalarLeaves): FlatTree {
  const [leaves, structure] = treeFlatten(tree);
  const values: Value[] = [];
  const paths: string[] = [];
  const weak: boolean[] = [];
  const statics: unknown[] = [];
  const slots = leaves.map((leaf, i) => {
    const isScalar = typeof leaf === "number" || typeof leaf === "boolean";
    if (!isTensorLeaf(leaf) && !(isScalar && scalars === "tensors")) {
      statics.push(i, leaf);
      return null;
    }
    values.push(leafValue(leaf as TensorSource | NumericArray | number));
    paths.push(structure.paths[i]);
    weak.push(isScalar);
    return values.length - 1;
  });
  return {
    values,
    paths,
    weak,
    fingerprint: [...structure.fingerprint, ...statics],
    rebuild: (next) =>
      structure.rebuild(
        slots.map((slot, i) => {
          if (slot === null) return leaves[i];
          const value = next[slot];
          return value && new Tensor(value);
        }),
      ),
  };
}

function isTensorLeaf(x: unknown): boolean {
  return isTensorSource(x) || ArrayBuffer.isView(x);
}

function leafValue(x: TensorSource | NumericArray | number): Value {
  return isTensorSource(x) ? x.toTensor().value : fromHost(x);
}

/** Whether two trees have equal structures and static leaves. */
export function sameTree(a: FlatTree, b: FlatTree): boolean {
  return sameFingerprint(a.fingerprint, b.fingerprint);
}

/**
 * The entry of `axes` for each tensor of `flat`, which is the tree `tree`
 * taken apart: `axes` is a number or `null` for all, or an array or object
 * with an entry per child.
 */
export function axisPerLeaf(
  what: string,
  axes: AxisTree,
  tree: unknown,
): (number | null)[] {
  if (axes === null || typeof axes === "number") {
    return flattenTree(tree, "static").values.map(() => axes);
  }
  if (Array.isArray(axes)) {
    if (!Array.isArray(tree) || tree.length !== axes.length) {
      throw mismatch(what, `[${axes.length} entries]`, tree);
    }
    return axes.flatMap((a, i) => axisPerLeaf(`${what}[${i}]`, a, tree[i]));
  }
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) {
    throw mismatch(what, "an object", tree);
  }
  const children = tree as Record<string, unknown>;
  const entries = axes as Readonly<Record<string, AxisTree>>;
  return Object.keys(children).sort().flatMap((k) => {
    if (!(k in entries)) throw mismatch(`${what}.${k}`, "nothing", children[k]);
    return axisPerLeaf(`${what}.${k}`, entries[k], children[k]);
  });
}

/** An axis for all tensors below, or one entry per child of a tree. */
export type AxisTree =
  | number
  | null
  | readonly AxisTree[]
  | { readonly [key: string]: AxisTree };

function mismatch(what: string, axes: string, tree: unknown): ShapeError {
  return new ShapeError(
    `Cannot vmap: ${what} has axes ${axes} for ${describe(tree)}, expected a ` +
      "number, null, or one entry per child",
  );
}
