/**
 * Where the tests of the conformance suite are declared: for one device, which
 * is opened once, and without the tests that it is known not to pass.
 */
import { assert } from "@std/assert";
import type { TypedArray } from "../../src/base/dtype.ts";
import type { Device } from "../../src/device/device.ts";
import type { Plan } from "../../src/device/plan.ts";
import {
  type Allowance,
  type Case,
  checkPrepared,
  prepare,
  type Prepared,
} from "./compare.ts";

/** Tests that a device does not run, and why. */
export interface Skip {
  readonly reason: string;
  /** How their names begin; a name is `group: test`. */
  readonly tests: readonly string[];
}

/** A device to be checked. */
export interface Candidate extends Allowance {
  readonly name: string;
  /** Opens it: once, before the first test. */
  readonly open: () => Device | Promise<Device>;
  readonly skip?: readonly Skip[];
}

/** Adds a case to a test; without a tolerance it must be met exactly. */
export type Add = (
  plan: Plan,
  inputs: readonly TypedArray[],
  what: string,
  tolerance?: number,
  scale?: number,
) => void;

/**
 * The scale of functions whose results may be zero where they are too small to
 * be normal, with a tolerance of 1e-6.
 */
export const TINY = 2 ** -126 / 1e-6;

/** Runs tests: `node:test`, or what stands in for it. */
export interface Runner {
  readonly describe: (name: string, declare: () => void) => unknown;
  readonly before: (prepare: () => Promise<void>) => void;
  readonly it: Test & {
    readonly skip: (name: string, test: () => void) => unknown;
  };
}

type Test = (
  name: string,
  options: { readonly timeout: number },
  test: () => void | Promise<void>,
) => unknown;

/** Declares tests. */
export interface Suite {
  /** A group of tests. */
  describe(name: string, declare: (suite: Suite) => void): void;
  /** A test of the device. */
  it(name: string, test: (device: Device) => void | Promise<void>): void;
  /**
   * A test of cases, which run as one Plan. They must be the same for each
   * device: they are made once.
   */
  cases(name: string, make: (add: Add) => void): void;
}

/** GPUs in software take seconds to compile what one test asks for. */
const TIMEOUT_MS = 300_000;

/** Cases by the name of their test, for all devices that one process checks. */
const known = new Map<string, Promise<Prepared>>();

function casesOf(name: string, make: (add: Add) => void): Promise<Prepared> {
  let prepared = known.get(name);
  if (prepared === undefined) {
    const cases: Case[] = [];
    make((plan, inputs, what, tolerance = 0, scale = 0) => {
      cases.push({ plan, inputs, what, tolerance, scale });
    });
    known.set(name, prepared = prepare(cases));
  }
  return prepared;
}

/** Declares the tests of a device. */
export function declareOn(
  { describe, before, it }: Runner,
  candidate: Candidate,
  declare: (suite: Suite) => void,
): void {
  const skipped = (candidate.skip ?? []).flatMap(({ reason, tests }) =>
    tests.map((start) => ({ reason, start, names: [] as string[] }))
  );
  let device: Device | undefined;
  const group = (path: string): Suite => ({
    describe: (name, declare) =>
      describe(name, () => declare(group(`${path}${name}: `))),
    it(name, test) {
      const skip = skipped.find(({ start }) =>
        `${path}${name}`.startsWith(start)
      );
      if (skip !== undefined) {
        skip.names.push(`${path}${name}`);
        it.skip(`${name} (${skip.reason})`, () => {});
        return;
      }
      it(name, { timeout: TIMEOUT_MS }, () => {
        assert(device !== undefined, "the device was not opened");
        return test(device);
      });
    },
    cases(name, make) {
      this.it(name, async (device) => {
        const prepared = await casesOf(`${path}${name}`, make);
        await checkPrepared(device, prepared, candidate);
      });
    },
  });
  describe(`device ${candidate.name}`, () => {
    before(async () => {
      device = await candidate.open();
    });
    declare(group(""));
    if (skipped.length === 0) return;
    it("has the tests that it skips", { timeout: TIMEOUT_MS }, () => {
      for (const { reason, start, names } of skipped) {
        console.log(`${candidate.name} skips ${names.join(", ")}: ${reason}`);
        assert(names.length > 0, `no test is called "${start}"`);
      }
    });
  });
}
