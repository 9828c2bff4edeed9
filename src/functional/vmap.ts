/**
 * pxf.vmap: write a function for one sample, run it on a batch.
 *
 * @module
 */
import { ShapeError, TreeError } from "../base/errors.ts";
import { type Aval, formatAval } from "../base/shape.ts";
import { RKG } from "../core/random.ts";
import { configuration, split } from "../numpy/random.ts";
import type { Program } from "../ir/program.ts";
import { Tensor } from "../numpy/tensor.ts";
import { splitRow } from "../numpy/values/random.ts";
import { batchInto } from "../transform/batch.ts";
import { withNamedAxis } from "../transform/named_axes.ts";
import { emitInto, markPerSample } from "../transform/trace.ts";
import type { TensorTree } from "./collect.ts";
import { functionName } from "./checks.ts";
import { type KwargsMask, maskEntries } from "./mask_entries.ts";
import {
  type CallParts,
  takeApart,
  toTensors,
  traceCall,
  trackedOf,
  writeBack,
} from "./traced_call.ts";

/** An axis, null for a value all samples share, or one per child. */
export type Axes = number | null | readonly Axes[];

/** Options of {@link vmap}. */
export interface VmapOptions {
  /** Axis of each tracked param: a number, or null for a shared one. */
  readonly mask?: KwargsMask;
  /** Axis of each positional argument; 0 for all by default. */
  readonly inAxes?: Axes;
  /** Axis of the result, or of each of its parts; 0 by default. */
  readonly outAxes?: Axes;
  /** Name for `lax.pmean`, `lax.psum` and `lax.axisIndex`. */
  readonly axisName?: string;
}

/**
 * Vectorises `fn` over a batch axis. Every call draws one key per sample from
 * the random state, as pcax does.
 *
 * @param fn Written for one sample; its last plain-object argument is tracked.
 * @throws {ShapeError} If arguments disagree on the batch size, or a value per
 * sample is to be shared.
 * @throws {TreeError} If axes do not fit the arguments, the result or the mask.
 * @see pcax `pxf.vmap`
 */
export function vmap<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: VmapOptions = {},
): (...args: A) => R {
  const name = functionName("vmap", fn);
  const { mask, inAxes = 0, outAxes = 0, axisName } = options;
  return (...args: A): R => {
    const parts = takeApart(args);
    const entries = maskEntries(
      `vmap "${name}"`,
      parts.tracked,
      mask,
      trackedOf(parts),
    );
    const axes = inputAxes(name, parts, inAxes);
    const slotAxes = parts.slots.map(({ param, path }) =>
      param === RKG.key ? 0 : paramAxis(name, path, entries.get(param))
    );
    parts.slots.forEach(({ tree }, i) =>
      axes.push(...tree.tensors.map(() => slotAxes[i]))
    );
    const size = batchSize(name, parts, axes);
    const last = parts.tensors.length - 1;
    const avals = parts.tensors.map(({ value: { aval } }, i) =>
      // The key becomes one key per sample.
      i === last ? aval : sampleAval(aval, axes[i])
    );
    const call = traceCall(
      name,
      (...samples: unknown[]): unknown => {
        markPerSample();
        const one = fn as unknown as (...args: unknown[]) => unknown;
        return withNamedAxis(axisName, size, () => one(...samples));
      },
      parts,
      avals,
    );
    const draws = readsInput(call.program, last);
    const tensors = draws ? withLaneKeys(parts, size) : parts.tensors;
    if (!draws) axes[last] = null;
    const outs = spreadAxes(outAxes, call.result, `outAxes of "${name}"`);
    for (const { slot, tree } of call.changes) {
      outs.push(...tree.tensors.map(() => slotAxes[slot]));
    }
    const how = {
      size,
      axisName,
      inAxes: [...axes, ...call.captured.map(() => null)],
      outAxes: outs,
      describeOutput: (i: number) => describe(name, call, parts, i),
    };
    const values = emitInto(
      [...tensors.map((t) => t.value), ...call.captured],
      (builder, ids) => batchInto(builder, call.program, ids, how),
    );
    const results = toTensors(values);
    writeBack(parts.slots, call.changes, results);
    const changed = call.changes.some((c) => isKey(parts, c.slot));
    keepFirstLane(parts, size, changed, draws ? tensors[last] : null);
    return call.result.rebuild(results) as R;
  };
}

const isKey = (parts: CallParts, slot: number) =>
  slot === parts.slots.length - 1;

/** Replaces the random key by one key per sample. */
function withLaneKeys(parts: CallParts, size: number): Tensor[] {
  const tensors = [...parts.tensors];
  const keys = split(tensors.at(-1)!, size + 1);
  tensors[tensors.length - 1] = keys.slice([1, size + 1]);
  return tensors;
}

/**
 * After the call the random state is the first sample's key: what it was set
 * to, or its key as drawn from `lanes`, which nobody made if nobody used it.
 */
function keepFirstLane(
  parts: CallParts,
  size: number,
  changed: boolean,
  lanes: Tensor | null,
): void {
  const { param } = parts.slots.at(-1)!;
  const first = changed
    ? (param.get() as Tensor).at(0)
    : lanes?.at(0) ?? firstKey(parts.tensors.at(-1)!, size);
  param.set(first);
}

/** The first sample's key, without those of the others. */
function firstKey(key: Tensor, size: number): Tensor {
  const { threefryPartitionable } = configuration();
  return new Tensor(splitRow(key.value, 1, size + 1, threefryPartitionable));
}

/** Whether anything depends on an input. */
function readsInput({ inputs, nodes, outputs }: Program, i: number): boolean {
  const id = inputs[i];
  return outputs.includes(id) ||
    nodes.some((node) => node.inputs.includes(id));
}

/** The axis of each tensor among the positional arguments. */
function inputAxes(
  name: string,
  { positional }: CallParts,
  inAxes: Axes,
): (number | null)[] {
  const what = `inAxes of "${name}"`;
  if (!Array.isArray(inAxes)) {
    return positional.flatMap((tree) => spreadAxes(inAxes, tree, what));
  }
  if (inAxes.length !== positional.length) {
    throw new ShapeError(
      `Cannot vmap "${name}": inAxes has ${inAxes.length} entries for ` +
        `${positional.length} positional arguments, expected one for each: ` +
        "tracked arguments have their axes in the mask",
    );
  }
  return positional.flatMap((tree, i) =>
    spreadAxes(inAxes[i], tree, `${what}[${i}]`)
  );
}

/** What the mask says about a param, which must be an axis or null. */
function paramAxis(name: string, path: string, entry: unknown): number | null {
  if (entry === null || Number.isInteger(entry)) return entry as number | null;
  throw new TreeError(
    `Cannot vmap "${name}": the mask says ${String(entry)} for ${path}, ` +
      "expected an axis or null: use new pxu.Mask(..., [null, 0])",
    path,
  );
}

/** One axis per tensor of a tree, from a prefix of it. */
function spreadAxes(
  axes: Axes,
  tree: TensorTree,
  what: string,
): (number | null)[] {
  return tree.paths.map((path) => {
    let at: unknown = axes;
    for (const [, index] of path.matchAll(/\[(\d+)\]/g)) {
      if (!Array.isArray(at)) break;
      at = at[Number(index)];
    }
    if (at === null || Number.isInteger(at)) return at as number | null;
    throw new TreeError(
      `Cannot vmap: ${what} say ${JSON.stringify(at) ?? "nothing"} for ` +
        `${path || "the value"}, expected an axis or null: give one for all, ` +
        "or an array with one for each part",
      path,
    );
  });
}

function sampleAval(aval: Aval, axis: number | null): Aval {
  if (axis === null) return aval;
  const at = axis < 0 ? axis + aval.shape.length : axis;
  return { dtype: aval.dtype, shape: aval.shape.filter((_, i) => i !== at) };
}

function batchSize(
  name: string,
  parts: CallParts,
  axes: readonly (number | null)[],
): number {
  let size = -1, first = -1;
  const text = (i: number) =>
    `${parts.paths[i]} has size ${sizeAt(i)} on axis ${axes[i]}`;
  const sizeAt = (i: number) => parts.tensors[i].shape.at(axes[i]!);
  // The last tensor is the random key, which adapts.
  for (let i = 0; i < parts.tensors.length - 1; i++) {
    if (axes[i] === null || axes[i] === undefined) continue;
    const n = sizeAt(i);
    if (n === undefined) {
      throw new ShapeError(
        `Cannot vmap "${name}": ${parts.paths[i]} is ` +
          `${formatAval(parts.tensors[i].value.aval)}, expected an axis ` +
          `${axes[i]}: give it one, or use null in inAxes`,
      );
    }
    if (size < 0) {
      size = n;
      first = i;
    } else if (n !== size) {
      const slot = parts.slots.some((s) => parts.paths[i].startsWith(s.path));
      const fix = slot
        ? "call model.clearParams(VodeParam) first"
        : "give all the same number of samples";
      throw new ShapeError(
        `Cannot vmap "${name}": ${text(i)}, ${text(first)}: ${fix}`,
      );
    }
  }
  if (size < 0) {
    throw new ShapeError(
      `Cannot vmap "${name}": no argument has a batch axis, expected at least ` +
        "one axis in inAxes or in the mask that is not null",
    );
  }
  return size;
}

function describe(
  name: string,
  call: ReturnType<typeof traceCall>,
  parts: CallParts,
  index: number,
): string {
  const count = call.result.tensors.length;
  if (index < count) return `result${call.result.paths[index]} of "${name}"`;
  const change = call.changes.findLast((c) => c.start <= index)!;
  return `${parts.slots[change.slot].path}, set in "${name}"`;
}
