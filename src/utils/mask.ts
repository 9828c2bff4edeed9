/**
 * Masks: trees that say for every param whether it is meant.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { partsOf } from "../base/tree.ts";
import { type Filter, filterName, toPredicate } from "../core/filter.ts";
import { BaseParam, paramsOf, StaticParam } from "../core/mod.ts";

/**
 * The mask of a tree: the same modules, arrays and objects, with what the mask
 * says in place of params, so that single entries can be read and changed.
 */
export type MaskOf<T> = T extends
  BaseParam | StaticParam | number | string | boolean | null | undefined
  ? unknown
  : T extends readonly (infer Item)[] ? MaskOf<Item>[]
  : T extends object ? { [Name in keyof T]: MaskOf<T[Name]> }
  : unknown;

/** How many params a message lists at most. */
const LISTED = 8;

/**
 * Says for every param of a tree whether it is meant.
 *
 * With `mapTo`, `apply` gives the tree with every param replaced by
 * `mapTo[1]` if it is meant, else by `mapTo[0]`: `[null, 0]` for the axes of
 * `pxf.vmap`, `[false, true]` for `pxf.valueAndGrad`. Without it, params that
 * are meant stay and the others become null, which selects what `pxu.Optim`
 * optimises. A param reached a second time and a static param are never meant.
 *
 * @example
 * ```ts
 * import { pxnn, pxu } from "@vodes/vodes";
 *
 * const layer = new pxnn.Linear(2, 3);
 * const weights = new pxu.Mask(pxnn.LayerParam).apply(layer);
 * console.log(`${weights}`); // both params of the layer
 * ```
 * @see pcax `pxu.Mask`
 */
export class Mask {
  /** Which params are meant. */
  readonly filter: Filter;
  /** What stands for a param that is not meant, and for one that is. */
  readonly mapTo: readonly [unknown, unknown] | null;
  readonly #matches: (node: unknown) => boolean;

  /**
   * Makes a mask.
   *
   * @param filter A class, several, a predicate or a mask expression; null
   * means everything.
   * @param mapTo What to put for params not meant, and for params meant.
   * @throws {TreeError} If the filter is none, or `mapTo` no pair.
   */
  constructor(
    filter: Filter,
    mapTo: readonly [unmatched: unknown, matched: unknown] | null = null,
  ) {
    if (mapTo !== null && (!Array.isArray(mapTo) || mapTo.length !== 2)) {
      throw new TreeError(
        `Cannot make a mask that maps to ${JSON.stringify(mapTo)}, expected ` +
          "two values: give [unmatched, matched], such as [false, true]",
      );
    }
    this.filter = filter;
    this.mapTo = mapTo;
    // A wrong filter should fail here and not in the first use.
    this.#matches = toPredicate(filter);
  }

  /** What the mask says about one param. */
  of(param: unknown): unknown {
    const meant = this.#matches(param);
    return this.mapTo === null
      ? meant ? param : null
      : this.mapTo[meant ? 1 : 0];
  }

  /**
   * The mask of a tree: a copy in which single entries may be changed before
   * it is given to a transform.
   *
   * @example One state more
   * ```ts
   * import { pxc, pxu } from "@vodes/vodes";
   *
   * const vodes = [new pxc.Vode([3]), new pxc.Vode([3])];
   * const mask = pxu.m(null).to([false, false]).apply(vodes);
   * mask[1].h = true; // for pxf.valueAndGrad(..., { mask: { vodes: mask } })
   * ```
   * @throws {TreeError} If the mask selects params, for an optimiser or for
   * gradients, and none is meant.
   */
  apply<T>(tree: T): MaskOf<T> {
    const { mapTo } = this;
    const matches = this.#matches;
    const seen = new Set<unknown>();
    let found = false;
    const mark = (x: unknown, meant: boolean): unknown => {
      found ||= meant;
      return mapTo === null ? meant ? x : null : mapTo[meant ? 1 : 0];
    };
    const visit = (x: unknown): unknown => {
      if (x instanceof StaticParam) return mark(x, false);
      const isParam = x instanceof BaseParam;
      const parts = partsOf(x);
      if (!isParam && parts !== null) {
        return parts.rebuild(parts.children.map(visit));
      }
      const first = !isParam || !seen.has(x);
      seen.add(x);
      return mark(x, first && matches(x));
    };
    const mask = visit(tree);
    const selects = mapTo === null ||
      (mapTo[0] === false && mapTo[1] === true);
    if (selects && !found) throw nothingMatches(this, tree);
    return mask as MaskOf<T>;
  }

  /** The mask as text. */
  toString(): string {
    return `Mask(${filterName(this.filter)})`;
  }
}

function nothingMatches(mask: Mask, tree: unknown): TreeError {
  const params = paramsOf(tree)
    .filter(({ param }) => param instanceof BaseParam)
    .map(({ path, param }) => `${path}: ${param.constructor.name}`);
  const more = params.length - LISTED;
  const list = params.slice(0, LISTED).join(", ") +
    (more > 0 ? ` and ${more} more` : "");
  return new TreeError(
    `Cannot select params with ${mask}: none of the ${params.length} params ` +
      `given matches, expected at least one: ` +
      (params.length > 0 ? `choose among ${list}` : "give a tree with params"),
  );
}
