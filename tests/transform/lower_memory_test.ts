import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { formatPlan } from "../../src/device/format_plan.ts";
import { simplify } from "../../src/transform/simplify.ts";
import { B, f32, planOf } from "../support/lowering.ts";
import { pcStep } from "../support/pc_step.ts";

describe("memory", () => {
  it("a long chain of kernels needs two temporaries", () => {
    const b = new B();
    let x = b.input(f32(4, 4));
    for (let i = 0; i < 10; i++) x = b.cumsum(x);
    const bytes = Math.ceil((4 * 16 + 16) / 64) * 64;
    assertEquals(planOf(b.build([x])).arenaBytes, 2 * bytes);
  });

  it("a loop overwrites an operand that dies there", () => {
    const b = new B();
    const x = b.cumsum(b.input(f32(4, 4)));
    const y = b.cumsum(b.unary("neg", x));
    const plan = planOf(b.build([y]));
    assertEquals(
      formatPlan(plan).split("\n")[2],
      "  t0:f32[16] = map{neg(r0)}(t0:f32[16])",
    );
    assertEquals(plan.arenaBytes, 128);
  });

  it("temporaries start at multiples of 64 bytes", () => {
    const b = new B();
    const x = b.input(f32(3, 5));
    const sums = [0, 1].map((axis) =>
      b.cumsum(b.reshape(b.sum(x, axis), [1, axis === 0 ? 5 : 3]))
    );
    const { buffers } = planOf(b.build(sums));
    const temporaries = buffers.filter(({ base }) => base === 0);
    assertEquals(temporaries.length > 0, true);
    for (const { offset } of temporaries) assertEquals(offset % 64, 0);
  });

  it("a training step copies nothing, and more steps need no more", () => {
    const plan = (steps: number) =>
      planOf(simplify(pcStep({ batch: 256, layers: [2, 32, 32, 2], steps })));
    const { steps, arenaBytes } = plan(8);
    const copies = steps.filter((step) =>
      step.step === "call" && step.kernel.kind === "map" &&
      step.kernel.instructions.length === 0
    );
    assertEquals(copies, []);
    assertEquals(plan(32).arenaBytes, arenaBytes);
    // Two states, what clamps the first, two errors, what comes back, a mask.
    assert(arenaBytes < 7 * 4 * 256 * 32, `${arenaBytes} bytes`);
  });
});
