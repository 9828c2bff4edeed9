/**
 * Emptying params, so that the next pass makes them anew.
 *
 * @module
 */
import { partsOf } from "../base/tree.ts";
import { type Filter, toPredicate } from "../core/filter.ts";
import { BaseParam } from "../core/mod.ts";

/** Empties every param of a tree that matches. */
export function clearParams(tree: unknown, filter: Filter): void {
  const matches = toPredicate(filter);
  const visit = (x: unknown): void => {
    if (!(x instanceof BaseParam)) partsOf(x)?.children.forEach(visit);
    else if (matches(x)) x.set(null);
  };
  visit(tree);
}
