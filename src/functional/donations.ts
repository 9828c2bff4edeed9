/**
 * The memory of params across a jitted call: a new value goes where the old one
 * was, where it fits.
 *
 * @module
 */
import { sameShape } from "../base/shape.ts";
import { DynamicParam } from "../core/param.ts";
import { Tensor } from "../numpy/tensor.ts";
import type { CallParts, Change, TracedCall } from "./traced_call.ts";

/** Which outputs can take over the memory of the tensor they replace. */
export function donations(
  parts: CallParts,
  call: TracedCall,
): Map<number, number> {
  const donated = new Map<number, number>();
  const first: number[] = [];
  let next = parts.positional.reduce((n, t) => n + t.tensors.length, 0);
  for (const { tree } of parts.slots) {
    first.push(next);
    next += tree.tensors.length;
  }
  const used = new Set<number>();
  for (const { slot, tree, start } of call.changes) {
    const { tensors } = parts.slots[slot].tree;
    tree.tensors.forEach((t, i) => {
      const old = tensors[i]?.value.aval;
      const { aval } = t.value;
      const input = first[slot] + i;
      if (
        old && old.dtype === aval.dtype && sameShape(old.shape, aval.shape) &&
        !used.has(input)
      ) {
        used.add(input);
        donated.set(start + i, input);
      }
    });
  }
  return donated;
}

/** Frees the device memory of param tensors that nothing took over. */
export function releaseReplaced(
  slots: readonly { readonly param: DynamicParam }[],
  changes: readonly Change[],
  donated: ReadonlyMap<number, number>,
): void {
  for (const { slot, tree, start } of changes) {
    const old = DynamicParam.peek(slots[slot].param);
    if (!(old instanceof Tensor) || donated.has(start)) continue;
    if (tree.tensors.includes(old)) continue;
    const { storage } = old.value;
    if (storage !== null && !storage.escaped) storage.release();
  }
}
