/**
 * pxf.valueAndGrad: the value of a loss and its gradients with respect to the
 * params that a mask selects.
 *
 * @module
 */
import { ShapeError, TreeError } from "../base/errors.ts";
import { formatAval, sizeOf } from "../base/shape.ts";
import { partsOf } from "../base/tree.ts";
import { DynamicParam } from "../core/param.ts";
import { StaticParam } from "../core/static_param.ts";
import type { Tensor } from "../numpy/tensor.ts";
import { emitInto } from "../transform/trace.ts";
import { gradientInto } from "../transform/vjp.ts";
import { functionName } from "./checks.ts";
import { type KwargsMask, maskEntries } from "./mask_entries.ts";
import {
  type CallParts,
  takeApart,
  toTensors,
  traceCall,
  type TracedCall,
  trackedOf,
  writeBack,
} from "./traced_call.ts";

/** Options of {@link valueAndGrad}. */
export interface GradOptions {
  /** True for each tracked param to differentiate. */
  readonly mask?: KwargsMask;
  /** Positional arguments to differentiate. */
  readonly argnums?: number | readonly number[];
  /** Whether `fn` returns `[loss, ...aux]`. */
  readonly hasAux?: boolean;
}

/** The tracked arguments of a function. */
export type TrackedOf<A extends readonly unknown[]> = A extends
  readonly [...unknown[], infer Last] ? Last : never;

/**
 * Value and gradients of `fn`, which returns a scalar `loss`, or
 * `[loss, ...aux]` with `hasAux`. The gradients have the structure of the
 * tracked arguments: a selected param holds its gradient, everything else is
 * null. Params that `fn` sets are set.
 *
 * A selected param that is empty has an empty gradient; one that is there twice
 * has its whole gradient at the first place.
 *
 * @example
 * ```ts
 * import { px, pxf, tensor } from "@vodes/vodes";
 * const p = new px.Param(tensor([3, 4], "f32"));
 * const norm = ({ p }: { p: px.Param }) => p.square().sum();
 * const [value, g] = pxf.valueAndGrad(norm, { mask: { p: true } })({ p });
 * console.log(value.toArray(), g.p.toArray()); // 25 [6, 8]
 * ```
 * @returns `[loss, gradients]`, or `[[loss, ...aux], gradients]` with `hasAux`;
 * with `argnums` the gradients are `[positional, tracked]`.
 * @throws {ShapeError} If the loss is not a scalar.
 * @throws {TreeError} If the mask selects no param, `argnums` no tensor, or
 * what `fn` returns is no loss.
 * @see pcax `pxf.value_and_grad`
 */
export function valueAndGrad<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: GradOptions & { readonly argnums: number | readonly number[] },
): (...args: A) => [R, [Tensor[], TrackedOf<A>]];
/** Value and gradients of the tracked arguments alone. */
export function valueAndGrad<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options?: GradOptions,
): (...args: A) => [R, TrackedOf<A>];
export function valueAndGrad<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: GradOptions = {},
): (...args: A) => [R, unknown] {
  const name = functionName("differentiate", fn);
  const { mask, argnums, hasAux = false } = options;
  const picked = argnums === undefined
    ? []
    : typeof argnums === "number"
    ? [argnums]
    : argnums;
  return (...args: A): [R, unknown] => {
    const parts = takeApart(args);
    const entries = mask === undefined
      ? new Map<DynamicParam, unknown>()
      : maskEntries(
        `differentiate "${name}"`,
        parts.tracked,
        mask,
        trackedOf(parts),
      );
    const wrt = selected(name, parts, entries, picked);
    const call = traceCall(
      name,
      fn as unknown as (...args: unknown[]) => unknown,
      parts,
      parts.tensors.map((t) => t.value.aval),
    );
    checkLoss(name, call, hasAux);
    const count = call.program.outputs.length;
    const results = toTensors(
      emitInto(
        [...parts.tensors.map((t) => t.value), ...call.captured],
        (builder, ids) => {
          const flags = [...wrt, ...call.captured.map(() => false)];
          const run = gradientInto(builder, call.program, ids, flags);
          return [...run.outputs, ...run.gradients];
        },
      ),
    );
    const outputs = results.slice(0, count);
    const gradients = results.slice(count);
    writeBack(parts.slots, call.changes, outputs);
    return [
      call.result.rebuild(outputs) as R,
      gradientTrees(
        parts,
        { entries, wrt, picked, withPositional: argnums !== undefined },
        gradients,
      ),
    ];
  };
}

/** One flag per tensor of the call. */
function selected(
  name: string,
  parts: CallParts,
  entries: ReadonlyMap<DynamicParam, unknown>,
  picked: readonly number[],
): boolean[] {
  for (const i of picked) {
    const tree = parts.positional[i];
    if (tree === undefined || tree.tensors.length === 0) {
      throw new TreeError(
        `Cannot differentiate "${name}": argnums names argument ${i}, ` +
          (tree === undefined
            ? `of ${parts.positional.length} positional ones, expected one of ` +
              "them: tracked arguments are selected by the mask"
            : "which holds no tensor, expected one: leave it out"),
      );
    }
  }
  const flags: boolean[] = parts.positional.flatMap((tree, i) =>
    tree.tensors.map(() => picked.includes(i))
  );
  for (const { param, path, tree } of parts.slots) {
    const entry = entries.get(param) ?? false;
    if (typeof entry !== "boolean") {
      throw new TreeError(
        `Cannot differentiate "${name}": the mask says ${String(entry)} for ` +
          `${path}, expected true or false: use new pxu.Mask(..., [false, true])`,
        path,
      );
    }
    flags.push(...tree.tensors.map(() => entry));
  }
  flags.forEach((flag, i) => {
    const { aval } = parts.tensors[i].value;
    if (flag && aval.dtype !== "f32") {
      throw new ShapeError(
        `Cannot differentiate "${name}": ${parts.paths[i]} is ` +
          `${formatAval(aval)}, expected f32: cast it, or leave it out`,
      );
    }
  });
  if (!flags.includes(true) && entries.size > 0) {
    const all = parts.slots.slice(0, -1).map((s) =>
      `${s.path}: ${s.param.constructor.name}`
    );
    throw new TreeError(
      `Cannot differentiate "${name}": the mask selects no param that holds a ` +
        `tensor, expected at least one of ${all.join(", ")}`,
    );
  }
  return flags;
}

function checkLoss(name: string, call: TracedCall, hasAux: boolean): void {
  const loss = call.program.avals[call.program.outputs[0]];
  const { paths } = call.result;
  if (hasAux ? paths[0] !== "[0]" : paths[0] !== "") {
    throw new TreeError(
      `Cannot differentiate "${name}"${hasAux ? " with hasAux" : ""}: it ` +
        `returned ${
          paths.length === 0
            ? "no tensor"
            : hasAux
            ? "a single value"
            : "several values"
        }, ` +
        `expected ${
          hasAux
            ? "[loss, ...aux]"
            : "one scalar: pass hasAux for [loss, ...aux]"
        }`,
    );
  }
  if (
    sizeOf(loss.shape) !== 1 || loss.shape.length > 0 || loss.dtype !== "f32"
  ) {
    throw new ShapeError(
      `Cannot differentiate "${name}": its loss is ${formatAval(loss)}, ` +
        "expected f32[]: reduce it with .sum() or .mean()",
    );
  }
}

/** What is differentiated. */
interface Selection {
  /** What the mask says about each param. */
  readonly entries: ReadonlyMap<DynamicParam, unknown>;
  /** One flag per tensor of the call. */
  readonly wrt: readonly boolean[];
  /** Positional arguments. */
  readonly picked: readonly number[];
  /** Whether the gradients of positional arguments are asked for. */
  readonly withPositional: boolean;
}

function gradientTrees(
  parts: CallParts,
  { entries, wrt, picked, withPositional }: Selection,
  gradients: readonly Tensor[],
): unknown {
  let next = 0, at = 0;
  const take = (tree: { tensors: readonly Tensor[] }) =>
    tree.tensors.map(() => wrt[at++] ? gradients[next++] : null);
  const positional = parts.positional.map((tree) =>
    tree.rebuild(take(tree) as Tensor[])
  );
  const ofParam = new Map<DynamicParam, unknown>();
  for (const { param, tree } of parts.slots) {
    const values = take(tree);
    // A selected param that is empty has an empty gradient.
    const empty = tree.tensors.length === 0 && entries.get(param) === true;
    if (!empty && values.every((v) => v === null)) continue;
    ofParam.set(
      param,
      DynamicParam.copy(param, tree.rebuild(values as Tensor[])),
    );
  }
  const visit = (x: unknown): unknown => {
    if (x instanceof DynamicParam) {
      const gradient = ofParam.get(x) ?? null;
      ofParam.delete(x);
      return gradient;
    }
    if (x instanceof StaticParam) return x;
    const node = partsOf(x);
    if (node === null) return null;
    return node.rebuild(node.children.map(visit));
  };
  const tracked = Object.fromEntries(
    Object.keys(parts.tracked ?? {}).sort()
      .map((k) => [k, visit(parts.tracked![k])]),
  );
  if (!withPositional) return tracked;
  return [picked.map((i) => positional[i]), tracked];
}
