/**
 * Weight sharing: a copy of a module that holds the same params.
 *
 * @module
 */
import { partsOf, treeLeaves } from "../base/tree.ts";
import { type Filter, toPredicate } from "../core/filter.ts";
import { BaseParam, StaticParam } from "../core/mod.ts";
import { share } from "../core/param.ts";

/**
 * A copy of a module whose params that match are the very params of the
 * original, so that both always have the same values. The other params are
 * copies. A module must not appear twice in a tree; its params may.
 *
 * @example
 * ```ts
 * import { pxnn } from "@vodes/vodes";
 *
 * const layer = new pxnn.Linear(2, 3);
 * const twin = pxnn.shared(layer);
 * console.log(twin !== layer, twin.nn.weight === layer.nn.weight); // true true
 * ```
 * @param filter Which params are shared; null, the default, means all.
 * @see pcax `pxnn.shared`
 */
export function shared<T>(module: T, filter: Filter = null): T {
  const matches = toPredicate(filter);
  const copy = (x: unknown): unknown => {
    const parts = partsOf(x);
    if (parts === null) return x;
    if (x instanceof BaseParam || x instanceof StaticParam) {
      if (matches(x)) return x;
      // Two params see these tensors now: neither may overwrite them in place.
      treeLeaves(x).forEach(share);
      return parts.rebuild(parts.children);
    }
    return parts.rebuild(parts.children.map(copy));
  };
  return copy(module) as T;
}
