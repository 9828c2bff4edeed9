/**
 * px.treeApply, treeExtract and treeInject: doing something with the nodes of a
 * tree in place, in the order in which trees are flattened.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { partsOf } from "../base/tree.ts";
import { type Filter, toPredicate } from "./filter.ts";
import { BaseParam, DynamicParam } from "./param.ts";
import { get } from "./values.ts";

/** How {@link treeApply} walks. */
export interface TreeApplyOptions {
  /** Whether to go on below nodes that match; true by default. */
  readonly recursive?: boolean;
}

/**
 * Calls `fn` on every node of a tree that matches, from the top down: first on
 * those that no other match is above of, then on those below them. A node
 * reached twice is visited twice.
 *
 * @param filter Which nodes: a class, a predicate, several, or null for all.
 * @throws {TreeError} If `fn` is no function.
 * @example
 * ```ts
 * import { px, pxnn } from "@vodes/vodes";
 * const layer = new pxnn.Linear(2, 3);
 * px.treeApply((p) => p.frozen = true, pxnn.LayerParam, layer);
 * console.log(layer.nn.weight.frozen); // true
 * ```
 * @see pcax `px.tree_apply`
 */
export function treeApply<T = BaseParam>(
  fn: (node: T) => void,
  filter: Filter,
  tree: unknown,
  { recursive = true }: TreeApplyOptions = {},
): void {
  if (typeof fn !== "function") {
    throw new TreeError(
      `Cannot apply ${String(fn)} to a tree, expected a function of a node: ` +
        "give it first, then the filter, then the tree",
    );
  }
  const matches = toPredicate(filter);
  let generation: unknown[] = [tree];
  while (generation.length > 0) {
    const found: unknown[] = [];
    const visit = (x: unknown): void => {
      if (matches(x)) found.push(x);
      else partsOf(x)?.children.forEach(visit);
    };
    generation.forEach(visit);
    for (const node of found) fn(node as T);
    generation = recursive
      ? found.flatMap((node) => partsOf(node)?.children ?? [])
      : [];
  }
}

/** What {@link treeExtract} takes out. */
export interface TreeExtractOptions<R> {
  /** Which params; those that transforms track by default. */
  readonly filter?: Filter;
  /** What to take of each; itself by default. */
  readonly extractFn?: (param: BaseParam) => R;
}

/**
 * The params of a tree in flatten order, each once.
 *
 * @example
 * ```ts
 * import { px, pxnn } from "@vodes/vodes";
 * const layer = new pxnn.Linear(2, 3);
 * console.log(px.treeExtract(layer).map(String)); // weight and bias
 * ```
 * @see pcax `px.tree_extract`
 */
export function treeExtract<R = BaseParam>(
  tree: unknown,
  { filter = DynamicParam, extractFn }: TreeExtractOptions<R> = {},
): R[] {
  const matches = toPredicate(filter);
  const found = new Set<BaseParam>();
  const visit = (x: unknown): void => {
    if (x instanceof BaseParam && matches(x)) found.add(x);
    else partsOf(x)?.children.forEach(visit);
  };
  visit(tree);
  return [...found].map((param) =>
    extractFn === undefined ? param as R : extractFn(param)
  );
}

/** What {@link treeInject} puts in. */
export interface TreeInjectOptions {
  /** A tree whose params give the values. */
  readonly params?: unknown;
  /** The values, or params that hold them. */
  readonly values?: readonly unknown[];
  /** How to put a value in; `param.set(value)` by default. */
  readonly injectFn?: (param: BaseParam, value: unknown) => void;
  /** Which params; those that transforms track by default. */
  readonly filter?: Filter;
  /** Whether there must be as many values as params; true by default. */
  readonly strict?: boolean;
}

/**
 * Gives the params of a tree values, in flatten order, each param once. Nothing
 * is changed unless the numbers fit.
 *
 * @returns The tree.
 * @throws {TreeError} If there are not as many values as params, or not one
 * source of values.
 * @example
 * ```ts
 * import { px } from "@vodes/vodes";
 * const tree = { a: new px.Param(), b: [new px.Param()] };
 * px.treeInject(tree, { values: [1, 2] });
 * console.log(`${tree.a} ${tree.b[0]}`); // Param(1) Param(2)
 * ```
 * @see pcax `px.tree_inject`
 */
export function treeInject<T>(tree: T, options: TreeInjectOptions): T {
  const { params, values, filter = DynamicParam, strict = true } = options;
  const injectFn = options.injectFn ?? ((param, value) => param.set(value));
  if ((params === undefined) === (values === undefined)) {
    throw new TreeError(
      `Cannot inject values into a tree: ${
        params === undefined ? "none were" : "both params and values were"
      } given, expected one source: pass { params: tree } or { values: [...] }`,
    );
  }
  const targets = treeExtract(tree, { filter });
  const sources: readonly unknown[] = values ?? treeExtract(params, { filter });
  if (strict && sources.length !== targets.length) {
    throw new TreeError(
      `Cannot inject ${sources.length} values into a tree of ` +
        `${targets.length} params, expected as many: give one value for each ` +
        "param, or pass { strict: false } to inject as many as there are",
    );
  }
  targets.slice(0, sources.length)
    .forEach((param, i) => injectFn(param, get(sources[i])));
  return tree;
}
