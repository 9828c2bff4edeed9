/**
 * The protocol all transforms share: replace tensors by symbols, run the
 * user's function on copies of its modules, see what it returned and which
 * params changed; write those back only when everything has succeeded.
 *
 * @module
 */
import type { Aval } from "../base/shape.ts";
import { DynamicParam } from "../core/param.ts";
import { RKG } from "../core/random.ts";
import type { StaticParam } from "../core/static_param.ts";
import { Tensor } from "../numpy/tensor.ts";
import { trace, type Traced, type Value } from "../transform/trace.ts";
import {
  flattenTensors,
  replaceParams,
  splitArguments,
  type TensorTree,
  type Tracked,
  trackedParams,
} from "./collect.ts";

/** A tracked param at the start of a call. */
export interface ParamSlot {
  /** The caller's param. */
  readonly param: DynamicParam;
  /** Path for messages. */
  readonly path: string;
  /** Its value, taken apart. */
  readonly tree: TensorTree;
}

/** A call taken apart: what a transform works on. */
export interface CallParts {
  /** The pure arguments. */
  readonly positional: readonly TensorTree[];
  /** The tracked arguments. */
  readonly tracked: Tracked | null;
  /** The static params below the tracked arguments. */
  readonly statics: ReadonlySet<StaticParam>;
  /** All tracked params, the random state last. */
  readonly slots: readonly ParamSlot[];
  /** Tensors of the positional arguments, then of the slots. */
  readonly tensors: readonly Tensor[];
  /** Path of each tensor. */
  readonly paths: readonly string[];
}

/** Takes the arguments of a call apart. */
export function takeApart(args: readonly unknown[]): CallParts {
  const { positional, tracked } = splitArguments(args);
  const trees = positional.map((x, i) => flattenTensors(x, `argument ${i}`));
  const { dynamic, statics } = trackedParams(tracked);
  const slots = [...dynamic].map(([param, path]) => ({
    param,
    path,
    tree: flattenTensors(DynamicParam.peek(param), path),
  }));
  const all = [...trees, ...slots.map((s) => s.tree)];
  return {
    positional: trees,
    tracked,
    statics,
    slots,
    tensors: all.flatMap((t) => t.tensors),
    paths: all.flatMap((t) => t.paths),
  };
}

/** The caller's tracked params, without the random state. */
export function trackedOf({ slots }: CallParts): DynamicParam[] {
  return slots.slice(0, -1).map((slot) => slot.param);
}

/** A param that holds something else after the call. */
export interface Change {
  /** Index in {@link CallParts.slots}. */
  readonly slot: number;
  /** New value, its tensors at outputs `start` and following. */
  readonly tree: TensorTree;
  /** Output of the first tensor. */
  readonly start: number;
}

/** What a function did when traced. */
export interface TracedCall extends Traced {
  /** The returned tree; its tensors are the first outputs. */
  readonly result: TensorTree;
  /** Params that changed. */
  readonly changes: readonly Change[];
}

/**
 * Traces `fn`.
 *
 * @param avals Avals of `parts.tensors` as the function is to see them, then
 * those of `loose`.
 * @param loose What tensors take the place of in the tracked arguments.
 */
export function traceCall(
  name: string,
  fn: (...args: unknown[]) => unknown,
  parts: CallParts,
  avals: readonly Aval[],
  loose: readonly unknown[] = [],
): TracedCall {
  let result: TensorTree | null = null;
  const changes: Change[] = [];
  const traced = trace(name, avals, (values) => {
    const tensors = values.map((v) => new Tensor(v));
    let next = 0;
    const take = (tree: TensorTree) =>
      tree.rebuild(tensors.slice(next, next += tree.tensors.length));
    const args = parts.positional.map(take);
    const copies = new Map<unknown, unknown>();
    const before: unknown[] = [];
    for (const { param, tree } of parts.slots) {
      const value = take(tree);
      before.push(value);
      copies.set(param, DynamicParam.copy(param, value));
    }
    for (const x of loose) copies.set(x, tensors[next++]);
    if (parts.tracked !== null) args.push(copyTracked(parts.tracked, copies));
    const key = RKG.key;
    const statics = [...parts.statics].map((s): [StaticParam, unknown] => [
      s,
      s.get(),
    ]);
    RKG.key = copies.get(key) as typeof RKG.key;
    try {
      result = flattenTensors(fn(...args));
    } finally {
      RKG.key = key;
      for (const [param, value] of statics) param.set(value);
    }
    const outputs: Value[] = result.tensors.map((t) => t.value);
    parts.slots.forEach(({ param }, slot) => {
      const value = DynamicParam.peek(copies.get(param) as DynamicParam);
      if (value === before[slot]) return;
      const tree = flattenTensors(value, parts.slots[slot].path);
      changes.push({ slot, tree, start: outputs.length });
      outputs.push(...tree.tensors.map((t) => t.value));
    });
    return outputs;
  });
  return { ...traced, result: result!, changes };
}

function copyTracked(
  tracked: Tracked,
  copies: ReadonlyMap<unknown, unknown>,
): Tracked {
  const names = Object.keys(tracked);
  return Object.fromEntries(
    names.map((n) => [n, replaceParams(tracked[n], copies)]),
  );
}

/** Stores new values in the caller's params. */
export function writeBack(
  slots: readonly { readonly param: DynamicParam }[],
  changes: readonly Change[],
  outputs: readonly Tensor[],
): void {
  for (const { slot, tree, start } of changes) {
    const tensors = outputs.slice(start, start + tree.tensors.length);
    DynamicParam.put(slots[slot].param, tree.rebuild(tensors));
  }
}

/** Stores the tensors of all slots, in order. */
export function writeSlots(
  slots: readonly ParamSlot[],
  tensors: readonly Tensor[],
): void {
  let start = 0;
  const changes = slots.map(({ tree }, slot) => {
    const change = { slot, tree, start };
    start += tree.tensors.length;
    return change;
  });
  writeBack(slots, changes, tensors);
}

/** Wraps values as tensors. */
export function toTensors(values: readonly Value[]): Tensor[] {
  return values.map((v) => new Tensor(v));
}
