/**
 * Running Plans on a device and on the reference device, and comparing.
 */
import { assert, assertEquals } from "@std/assert";
import type { TypedArray } from "../../src/base/dtype.ts";
import { type Device, HostStorage } from "../../src/device/device.ts";
import type { Plan } from "../../src/device/plan.ts";
import { openReference } from "../../src/device/reference/mod.ts";
import { mergePlans } from "./merge_plans.ts";

/**
 * Runs `plan` on a device; gives the elements of the outputs. All of them are
 * asked for before any is waited for.
 */
export function runPlan(
  device: Device,
  plan: Plan,
  inputs: readonly TypedArray[],
): Promise<TypedArray[]> {
  const executable = device.compile(plan);
  const storages = inputs.map((data) => new HostStorage(data));
  const reads = executable.run(storages).map((storage) => {
    const read = storage.read();
    storage.release();
    return read;
  });
  executable.dispose();
  return Promise.all(reads);
}

const reference = openReference();

/** A Plan, its inputs, and how exact its outputs must be. */
export interface Case {
  readonly plan: Plan;
  readonly inputs: readonly TypedArray[];
  /** Says which case it is when it fails. */
  readonly what: string;
  /**
   * Largest error of a float, relative to the larger of its size and `scale`;
   * integers must be equal.
   */
  readonly tolerance: number;
  readonly scale: number;
}

/** Cases as one Plan, and what the reference device makes of it. */
export interface Prepared {
  readonly cases: readonly Case[];
  readonly plan: Plan;
  readonly inputs: readonly TypedArray[];
  readonly expected: readonly TypedArray[];
}

/** Makes one Plan of all cases and runs it on the reference device. */
export async function prepare(cases: readonly Case[]): Promise<Prepared> {
  const plan = mergePlans(cases.map((c) => c.plan));
  const inputs = cases.flatMap((c) => c.inputs);
  const expected = await runPlan(reference, plan, inputs);
  return { cases, plan, inputs, expected };
}

/** How a device may differ from the reference device in every case. */
export interface Allowance {
  /** Whether floats too small to be normal may be zero. */
  readonly flushesSubnormals?: boolean;
}

const SMALLEST_NORMAL = 2 ** -126;
const MOST_TOLD = 12;

/** Checks that a device gives what the reference device gave. */
export async function checkPrepared(
  device: Device,
  { cases, plan, inputs, expected }: Prepared,
  { flushesSubnormals = false }: Allowance = {},
): Promise<void> {
  const actual = await runPlan(device, plan, inputs);
  const least = flushesSubnormals ? SMALLEST_NORMAL : 0;
  const wrong: string[] = [];
  let j = 0;
  for (const { plan: { outputs }, what, tolerance, scale } of cases) {
    for (const output of outputs.keys()) {
      const name = `${what}: output ${output}`;
      const [data, right] = [actual[j], expected[j]];
      j++;
      assertEquals(data.constructor, right.constructor, name);
      assertEquals(data.length, right.length, name);
      const fits = (x: number, i: number): boolean => {
        const y = right[i];
        const bound = tolerance * Math.max(Math.abs(y), scale);
        return x === y || Number.isNaN(x) && Number.isNaN(y) ||
          Math.abs(x - y) <= Math.max(bound, least);
      };
      const at = data.findIndex((x, i) => !fits(x, i));
      if (at < 0) continue;
      wrong.push(`${name}[${at}] is ${data[at]}, expected ${right[at]}`);
    }
  }
  const more = wrong.length - MOST_TOLD;
  const told = wrong.slice(0, MOST_TOLD).join("\n");
  assert(wrong.length === 0, more > 0 ? `${told}\nand ${more} more` : told);
}

/** Checks that a device gives what the reference device gives. */
export async function check(
  device: Device,
  plan: Plan,
  inputs: readonly TypedArray[],
  what: string,
  tolerance = 0,
  scale = 0,
): Promise<void> {
  const one = { plan, inputs, what, tolerance, scale };
  await checkPrepared(device, await prepare([one]));
}
