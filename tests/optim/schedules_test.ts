/**
 * Schedules against optax's values at counts 0 to 14, both as numbers and as
 * tensors, and at their edges.
 */
import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { tensor } from "../../src/numpy/mod.ts";
import * as optax from "../../src/optim/mod.ts";
import type { Schedule } from "../../src/optim/mod.ts";
import optim from "../goldens/optim.json" with { type: "json" };
import { loadGolden } from "../support/npz.ts";

const { constantSchedule, cosineDecaySchedule, linearSchedule } = optax;

const CASES: Record<string, Schedule> = {
  sched01: cosineDecaySchedule(0.1, 8, { alpha: 0.1 }),
  sched02: cosineDecaySchedule(0.1, 8, { exponent: 2 }),
  sched03: optax.warmupCosineDecaySchedule(1e-2, 0.11, 3, 9, {
    endValue: 1e-3,
  }),
  sched04: optax.warmupCosineDecaySchedule(1e-2, 0.11, 2.5, 9, {
    endValue: 1e-3,
  }),
  sched05: optax.exponentialDecay(0.1, 3, 0.5),
  sched06: optax.exponentialDecay(0.1, 3, 0.5, { staircase: true }),
  sched07: optax.exponentialDecay(0.1, 3, 0.5, {
    transitionBegin: 2,
    endValue: 0.03,
  }),
  sched08: linearSchedule(0.1, 0.01, 8, { transitionBegin: 2 }),
  sched09: optax.polynomialSchedule(0.1, 0.01, 2, 8, { transitionBegin: 1 }),
  sched10: optax.piecewiseConstantSchedule(0.1, { 3: 0.5, 7: 0.1 }),
  sched11: optax.piecewiseInterpolateSchedule("cosine", 0.1, {
    3: 0.5,
    7: 0.1,
  }),
  sched12: optax.piecewiseInterpolateSchedule("linear", 0.1, {
    3: 0.5,
    7: 0.1,
  }),
  sched13: optax.warmupConstantSchedule(0, 0.1, 4),
  sched14: optax.warmupExponentialDecaySchedule(0, 0.1, 3, 4, 0.5),
  sched15: optax.cosineOnecycleSchedule(10, 0.1),
  sched16: optax.linearOnecycleSchedule(10, 0.1),
  sched17: optax.joinSchedules(
    [linearSchedule(0, 0.1, 3), cosineDecaySchedule(0.1, 6)],
    [3],
  ),
  sched18: optax.sgdrSchedule([
    {
      initValue: 0,
      peakValue: 0.1,
      warmupSteps: 2,
      decaySteps: 6,
      endValue: 0.01,
    },
    { initValue: 0.01, peakValue: 0.05, warmupSteps: 1, decaySteps: 5 },
  ]),
};

const counts = Array.from({ length: 15 }, (_, count) => count);

describe("schedules equal optax's", () => {
  const names: Record<string, string> = optim.meta.schedules;
  const load = () =>
    loadGolden({ npz: optim.npz, f32_vs_f64: optim.f32_vs_f64 });
  it("all of the goldens", () => {
    assertEquals(["sched00", ...Object.keys(CASES)], Object.keys(names));
  });
  for (const [key, schedule] of Object.entries(CASES)) {
    it(`${names[key]}, of numbers`, async () => {
      const values = counts.map((count) => schedule(count));
      (await load()).assertClose(key, values);
    });
    it(`${names[key]}, of tensors`, async () => {
      const values = counts.map((count) => {
        const value = schedule(tensor(count, "i32"));
        assertEquals([value.dtype, value.shape.length], ["f32", 0]);
        return value.dataSync()[0];
      });
      (await load()).assertClose(key, values);
    });
  }
  it("constant_schedule(0.3)", async () => {
    const schedule = constantSchedule(0.3);
    const expected = (await load()).values("sched00");
    assertEquals(counts.map((count) => schedule(count)), [...expected]);
    assertEquals(schedule(tensor(3, "i32")), 0.3);
  });
});

describe("linearSchedule()", () => {
  it("equals optax's linear_schedule(1, .1, 1)", () => {
    const schedule = linearSchedule(1, 0.1, 1);
    assertEquals([0, 1, 2, 5].map((count) => schedule(count)), [
      1,
      0.1,
      0.1,
      0.1,
    ]);
  });
  it("stays at its first value without steps", () => {
    for (const steps of [0, -3]) {
      const schedule = linearSchedule(0.5, 0.1, steps);
      assertEquals([0, 9].map((count) => schedule(count)), [0.5, 0.5]);
      assertEquals(schedule(tensor(9, "i32")).dataSync()[0], 0.5);
    }
  });
});

describe("cosineDecaySchedule()", () => {
  it("refuses a decay without steps", () => {
    assertThrows(
      () => cosineDecaySchedule(0.1, 0),
      ShapeError,
      "Cannot make a cosine schedule: decaySteps is 0, expected a number " +
        "above 0: give the number of updates that the decay takes",
    );
  });
});
