/**
 * Masks of transforms: what a mask says about each tracked param.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { isPlainObject, isTreeNode, partsOf } from "../base/tree.ts";
import { DynamicParam } from "../core/param.ts";
import { StaticParam } from "../core/static_param.ts";
import type { Tracked } from "./collect.ts";

/** Something that maps a tree to the same tree with entries for params. */
export interface TreeMask {
  /** The tree, each param replaced by what the mask says about it. */
  apply(tree: unknown): unknown;
  /** What the mask says about one param: spares making the tree. */
  of?(param: DynamicParam): unknown;
}

/**
 * A mask for tracked arguments: one mask for all of them, or one per name. An
 * entry stands for everything below it.
 */
export type KwargsMask =
  | TreeMask
  | ((tree: unknown) => unknown)
  | { readonly [name: string]: unknown };

/** What the mask says about each tracked param. */
export function maskEntries(
  action: string,
  tracked: Tracked | null,
  mask: KwargsMask | undefined,
  params: readonly DynamicParam[],
): Map<DynamicParam, unknown> {
  const entries = new Map<DynamicParam, unknown>();
  if (tracked === null) return entries;
  if (mask !== undefined && isDirect(mask)) {
    for (const param of params) entries.set(param, mask.of(param));
    // A mask that selects nothing has something to say about it.
    if (![...entries.values()].some((e) => e !== false)) mask.apply(tracked);
    return entries;
  }
  const names = Object.keys(tracked).sort();
  if (mask !== undefined && isApplicable(mask)) {
    // To all arguments at once: a mask need not match in each of them.
    pair(tracked, applyMask(mask, tracked), entries);
    return entries;
  }
  for (const name of names) {
    if (mask === undefined) {
      throw new TreeError(
        `Cannot ${action}: no mask was given for the tracked argument ` +
          `"${name}", expected one that says what to do with its params: pass ` +
          "{ mask: new pxu.Mask(...) }",
      );
    }
    if (!Object.hasOwn(mask, name)) {
      throw new TreeError(
        `Cannot ${action}: the mask has the keys [${Object.keys(mask)}], ` +
          `expected [${names}]: add an entry for "${name}"`,
      );
    }
    const entry = (mask as Record<string, unknown>)[name];
    const tree = tracked[name];
    pair(tree, isApplicable(entry) ? applyMask(entry, tree) : entry, entries);
  }
  return entries;
}

function isDirect(mask: KwargsMask): mask is Required<TreeMask> {
  return "of" in mask && typeof mask.of === "function" && "apply" in mask &&
    !isPlainObject(mask);
}

function isApplicable(
  x: unknown,
): x is TreeMask | ((tree: unknown) => unknown) {
  // A mask that was applied already can be a module, and so a function.
  if (isTreeNode(x)) return false;
  if (typeof x === "function") return true;
  return typeof x === "object" && x !== null && !isPlainObject(x) &&
    "apply" in x;
}

function applyMask(
  mask: TreeMask | ((tree: unknown) => unknown),
  tree: unknown,
): unknown {
  return typeof mask === "function" ? mask(tree) : mask.apply(tree);
}

/** Walks a tree and its mask together; a leaf of the mask covers a subtree. */
function pair(
  tree: unknown,
  entry: unknown,
  entries: Map<DynamicParam, unknown>,
): void {
  if (tree instanceof DynamicParam) {
    if (!entries.has(tree)) entries.set(tree, entry);
    return;
  }
  if (tree instanceof StaticParam) return;
  const parts = partsOf(tree);
  if (parts === null) return;
  const masks = partsOf(entry);
  const prefix = masks === null || entry === null ||
    masks.children.length !== parts.children.length;
  parts.children.forEach((child, i) =>
    pair(child, prefix ? entry : masks.children[i], entries)
  );
}
