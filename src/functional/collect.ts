/**
 * Arguments of a tracked call taken apart. Positional arguments are pure
 * values; the last argument, when it is a plain object, is tracked: the params
 * in it may change during the call.
 *
 * @module
 */
import type { TypedArray } from "../base/dtype.ts";
import { isPlainObject, partsOf } from "../base/tree.ts";
import { TreeError } from "../base/errors.ts";
import { BaseParam, DynamicParam } from "../core/param.ts";
import { RKG } from "../core/random.ts";
import { StaticParam } from "../core/static_param.ts";
import { tensor } from "../numpy/convert.ts";
import { Tensor } from "../numpy/tensor.ts";

/** Tracked arguments by name. */
export type Tracked = Record<string, unknown>;

/** Splits the tracked arguments off. */
export function splitArguments(
  args: readonly unknown[],
): { positional: readonly unknown[]; tracked: Tracked | null } {
  const last = args.at(-1);
  return isPlainObject(last)
    ? { positional: args.slice(0, -1), tracked: last }
    : { positional: args, tracked: null };
}

/** A tree of tensors and static leaves. */
export interface TensorTree {
  /** The tensors, in order. */
  readonly tensors: readonly Tensor[];
  /** Path of each tensor. */
  readonly paths: readonly string[];
  /** The tree with other tensors. */
  rebuild(tensors: readonly Tensor[]): unknown;
}

type Rebuild = (tensors: readonly Tensor[]) => unknown;

/** Whether a leaf is numeric data that is not a tensor yet. */
export function isData(x: unknown): x is TypedArray {
  return ArrayBuffer.isView(x) && !(x instanceof DataView);
}

/** Takes a tree of tensors apart; typed arrays become tensors. */
export function flattenTensors(tree: unknown, root = ""): TensorTree {
  // What params hold, nearly always.
  if (tree === null) return { tensors: [], paths: [], rebuild: () => null };
  if (tree instanceof Tensor) {
    return { tensors: [tree], paths: [root], rebuild: ([value]) => value };
  }
  const tensors: Tensor[] = [];
  const paths: string[] = [];
  const visit = (x: unknown, path: string): Rebuild => {
    if (x instanceof Tensor || isData(x)) {
      const index = tensors.push(x instanceof Tensor ? x : tensor(x)) - 1;
      paths.push(path);
      return (values) => values[index];
    }
    const parts = partsOf(x);
    if (parts === null) return () => x;
    const build = parts.children.map((c, i) => visit(c, path + parts.key(i)));
    return (values) => parts.rebuild(build.map((b) => b(values)));
  };
  const rebuild = visit(tree, root);
  return { tensors, paths, rebuild };
}

/**
 * A copy of a tree in which params, and what else is among the copies, are
 * replaced. Static params stay the same objects: who runs code on the copy
 * restores their values.
 */
export function replaceParams(
  tree: unknown,
  copies: ReadonlyMap<unknown, unknown>,
): unknown {
  if (tree instanceof DynamicParam) return copies.get(tree);
  if (tree instanceof StaticParam) return tree;
  if (tree instanceof Tensor || isData(tree)) return copies.get(tree) ?? tree;
  const parts = partsOf(tree);
  if (parts === null) return tree;
  return parts.rebuild(parts.children.map((c) => replaceParams(c, copies)));
}

/** Tensors and numeric data that tracked arguments hold outside params. */
export function looseData(tracked: Tracked | null): (Tensor | TypedArray)[] {
  const found: (Tensor | TypedArray)[] = [];
  const visit = (x: unknown): void => {
    if (x instanceof BaseParam || x instanceof StaticParam) return;
    if (x instanceof Tensor || isData(x)) found.push(x);
    else partsOf(x)?.children.forEach(visit);
  };
  visit(tracked);
  return found;
}

/** The params below tracked arguments. */
export interface TrackedParams {
  /** Path of each tracked param, at its first place; the random state last. */
  readonly dynamic: ReadonlyMap<DynamicParam, string>;
  /** The static params. */
  readonly statics: ReadonlySet<StaticParam>;
}

/** Finds the params below tracked arguments. */
export function trackedParams(tracked: Tracked | null): TrackedParams {
  const dynamic = new Map<DynamicParam, string>();
  const statics = new Set<StaticParam>();
  const visit = (x: unknown, path: string): void => {
    if (x instanceof DynamicParam) {
      if (!dynamic.has(x)) dynamic.set(x, path);
      return;
    }
    if (x instanceof StaticParam) {
      statics.add(x);
      return;
    }
    const parts = partsOf(x);
    parts?.children.forEach((c, i) => visit(c, path + parts.key(i)));
  };
  for (const name of Object.keys(tracked ?? {}).sort()) {
    visit(tracked![name], name);
  }
  dynamic.set(RKG.key, "px.RKG.key");
  return { dynamic, statics };
}

/**
 * Refuses raw functions and other untraceable leaves in what jit is given.
 *
 * @throws {TreeError} Naming the path.
 */
export function rejectRawLeaves(
  fnName: string,
  tree: unknown,
  root: string,
): void {
  const visit = (x: unknown, path: string): void => {
    if (x instanceof BaseParam || x instanceof Tensor || isData(x)) return;
    const parts = partsOf(x);
    if (parts !== null) {
      parts.children.forEach((c, i) => visit(c, path + parts.key(i)));
      return;
    }
    if (typeof x === "function" || typeof x === "object") {
      const what = typeof x === "function"
        ? `the function ${x.name || "(anonymous)"}`
        : `a ${x?.constructor?.name ?? "object"}`;
      throw new TreeError(
        `Cannot jit "${fnName}": ${path} is ${what}, expected tensors, params ` +
          "or plain values: wrap it in px.static(...), or list the argument in " +
          "staticArgnums",
        path,
      );
    }
  };
  visit(tree, root);
}
