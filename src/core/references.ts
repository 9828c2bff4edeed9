/**
 * px.treeRef and treeUnref: a graph in which params are shared, as a tree in
 * which each is once, and back.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { partsOf } from "../base/tree.ts";
import type { BaseParam } from "./param.ts";
import { StaticParam } from "./static_param.ts";
import { isParam } from "./values.ts";

/**
 * Stands for a param that a tree has already: holds its number among the params
 * of the tree, or another reference that was there before.
 */
export class ParamReference extends StaticParam<number | ParamReference> {}

/**
 * A copy of a tree in which every further occurrence of a param, static ones
 * too, is a {@link ParamReference}. The params are the same objects, the
 * modules and containers around them are copies.
 *
 * @example
 * ```ts
 * import { px } from "@vodes/vodes";
 * const p = new px.Param(null);
 * console.log(px.treeRef([p, p]).map(String));
 * // ["Param(None)", "ParamReference(0)"]
 * ```
 * @see pcax `px.tree_ref`
 */
export function treeRef<T>(tree: T): T {
  const numbers = new Map<BaseParam | StaticParam, number>();
  const visit = (x: unknown): unknown => {
    if (x instanceof ParamReference) return new ParamReference(x);
    if (isParam(x)) {
      const known = numbers.get(x);
      if (known !== undefined) return new ParamReference(known);
      numbers.set(x, numbers.size);
      return x;
    }
    const parts = partsOf(x);
    return parts === null ? x : parts.rebuild(parts.children.map(visit));
  };
  return visit(tree) as T;
}

/**
 * The inverse of {@link treeRef}: a copy of the tree with the params in place
 * of references to them.
 *
 * @throws {TreeError} If a reference is to a param that the tree does not have
 * before it.
 * @see pcax `px.tree_unref`
 */
export function treeUnref<T>(tree: T): T {
  const params: unknown[] = [];
  const visit = (x: unknown, path: string): unknown => {
    if (x instanceof ParamReference) {
      const target = x.get();
      if (target instanceof ParamReference) return target;
      if (target < params.length) return params[target];
      throw new TreeError(
        `Cannot resolve references: ${path} refers to param ${target}, ` +
          `expected one of the ${params.length} before it: give the whole ` +
          "tree that px.treeRef made",
        path,
      );
    }
    if (isParam(x)) {
      params.push(x);
      return x;
    }
    const parts = partsOf(x);
    return parts === null ? x : parts.rebuild(
      parts.children.map((child, i) => visit(child, path + parts.key(i))),
    );
  };
  return visit(tree, "") as T;
}
