/**
 * pxf.whileLoop: a loop that ends by itself, in the Program.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import type { WhileOptions } from "../numpy/flow.ts";
import { type TensorLike, toValue } from "../numpy/values/host.ts";
import { mostTurns, nameOf, repeat } from "../numpy/values/flow.ts";
import { Tensor } from "../numpy/tensor.ts";
import { carryOf, needSameTree, Numbers, slotOutputs } from "./carries.ts";
import { flattenTensors, splitArguments, type TensorTree } from "./collect.ts";
import { takeApart, toTensors, traceCall, writeSlots } from "./traced_call.ts";

export type { WhileOptions } from "../numpy/flow.ts";

/** Arguments, or JS numbers in place of tensors. */
export type OrNumbers<A extends readonly unknown[]> = {
  [K in keyof A]: A[K] | number;
};

/**
 * Runs `fn(...carry, { ...tracked })`, which gives the next carry, one value or
 * an array of them, as long as `condition(...carry, { ...tracked })` holds.
 * Params in the tracked arguments, and the random state, are carried along and
 * must keep their shapes; the condition may only read them. JS numbers in
 * carries are tensors. There is no reverse-mode derivative: use `pxf.scan`.
 *
 * @returns A function of the initial carry (and the tracked arguments) that
 * gives the final carry, always an array.
 * @throws {ShapeError} If the carry or a param changes its structure, or the
 * condition gives no scalar.
 * @throws {TreeError} If the condition changes a param.
 * @throws {TraceError} If one of them is no function.
 * @throws {DeviceError} On webgpu without `maxSteps`.
 * @example
 * ```ts
 * import { pxf, type Tensor } from "@vodes/vodes";
 * const double = pxf.whileLoop(
 *   (x: Tensor) => x.mul(2),
 *   (x) => x.less(100),
 * );
 * console.log(`${double(3)[0]}`); // Tensor i32[] 192
 * ```
 * @see pcax `pxf.while_loop`
 */
export function whileLoop<A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  condition: (...args: A) => TensorLike,
  { maxSteps }: WhileOptions = {},
): (...args: OrNumbers<A>) => unknown[] {
  const name = nameOf("run whileLoop", "the body", fn, "function");
  const action = `run whileLoop "${name}"`;
  nameOf(action, "the condition", condition);
  const most = mostTurns(action, maxSteps);
  return (...args: OrNumbers<A>): unknown[] => {
    const { positional, tracked } = splitArguments(args);
    const numbers = new Numbers();
    let initial = positional.map((x) => numbers.toTensors(x));
    for (;;) {
      const before = flattenTensors(initial, "carry");
      const parts = takeApart([...initial, ...(tracked ? [tracked] : [])]);
      const avals = parts.tensors.map((t) => t.value.aval);
      let after: TensorTree | null = null;
      const step = (...inner: unknown[]): unknown => {
        after = carryOf(
          before,
          numbers.toTensors(fn(...inner as unknown as A)),
        );
        return after.tensors;
      };
      const body = traceCall(name, step, parts, avals);
      const next: TensorTree = after!;
      const adopted = numbers.adopt(before, next.tensors.map((t) => t.dtype));
      if (adopted !== null) {
        initial = adopted as unknown[];
        continue;
      }
      needSameTree(action, "after the body", before, next);
      const ask = (...inner: unknown[]): unknown =>
        new Tensor(toValue(condition(...inner as unknown as A)));
      const asks = traceCall("condition", ask, parts, avals);
      for (const { slot } of asks.changes) {
        const { path } = parts.slots[slot];
        throw new TreeError(
          `Cannot ${action}: its condition changes ${path}, expected one that ` +
            "only reads: change it in the body",
          path,
        );
      }
      const count = before.tensors.length;
      const values = repeat(
        action,
        parts.tensors.map((t) => t.value),
        { condition: asks, body, maxSteps: most },
        [
          ...before.tensors.keys(),
          ...slotOutputs(action, parts, body),
        ],
      );
      const made = toTensors(values);
      writeSlots(parts.slots, made.slice(count));
      return next.rebuild(made.slice(0, count)) as unknown[];
    }
  };
}
