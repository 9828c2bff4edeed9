/**
 * Running a Plan on a device and on the reference device, and comparing.
 */
import { assert, assertEquals } from "@std/assert";
import type { TypedArray } from "../../src/base/dtype.ts";
import { type Device, HostStorage } from "../../src/device/device.ts";
import type { Plan } from "../../src/device/plan.ts";
import { openReference } from "../../src/device/reference/mod.ts";

/** Runs `plan` on a device; gives the elements of the outputs. */
export function runPlan(
  device: Device,
  plan: Plan,
  inputs: readonly TypedArray[],
): TypedArray[] {
  const executable = device.compile(plan);
  const storages = inputs.map((data) => new HostStorage(data));
  const outputs = executable.run(storages).map((storage) => {
    const data = storage.readSync();
    storage.release();
    return data;
  });
  executable.dispose();
  return outputs;
}

const reference = openReference();

/**
 * Checks that a device gives what the reference device gives.
 *
 * @param tolerance Largest error of a float, relative to the larger of its
 *   size and `scale`; integers must be equal.
 */
export function check(
  device: Device,
  plan: Plan,
  inputs: readonly TypedArray[],
  what: string,
  tolerance = 0,
  scale = 0,
): void {
  const expected = runPlan(reference, plan, inputs);
  const actual = runPlan(device, plan, inputs);
  actual.forEach((data, j) => {
    assertEquals(data.constructor, expected[j].constructor, what);
    assertEquals(data.length, expected[j].length, what);
    data.forEach((x, i) => {
      const y = expected[j][i];
      const bound = tolerance * Math.max(Math.abs(y), scale);
      const fits = x === y || Number.isNaN(x) && Number.isNaN(y) ||
        Math.abs(x - y) <= bound;
      assert(fits, `${what}: output ${j}[${i}] is ${x}, expected ${y}`);
    });
  });
}
