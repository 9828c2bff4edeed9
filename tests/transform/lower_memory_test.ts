import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { formatPlan } from "../../src/device/format_plan.ts";
import { B, f32, planOf } from "../support/lowering.ts";

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
});
