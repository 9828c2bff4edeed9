/**
 * Products: how their operands are read, and that what is packed is packed
 * once. Operands are small integers, whose sums are exact.
 */
import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { range, sizeOf } from "../../src/base/shape.ts";
import type { Program, ValueId } from "../../src/ir/program.ts";
import { check } from "../device/compare.ts";
import { openWasm } from "../../src/device/wasm/mod.ts";
import { evaluate } from "../support/evaluate.ts";
import { B, f32, kinds, linesOf, planOf, run } from "../support/lowering.ts";

/** Runs a Program on the reference and on the wasm device; gives its lines. */
async function lines(program: Program): Promise<string[]> {
  const args = program.inputs.map((id, i) =>
    range(sizeOf(program.avals[id].shape)).map((j) => (7 * j + i) % 5 - 2)
  );
  assertEquals(run(program, args), evaluate(program, args));
  const data = args.map((x) => Float32Array.from(x));
  await check(openWasm(), planOf(program), data, "on wasm", 0);
  return linesOf(program);
}

/** `x @ y`, `x @ y^T`, `x^T @ y`. */
const forms = (b: B) => ({
  nn: (x: ValueId, y: ValueId) => b.matmul(x, y),
  nt: (x: ValueId, y: ValueId) => b.matmul(x, b.transpose(y)),
  tn: (x: ValueId, y: ValueId) => b.matmul(b.transpose(x), y),
});

describe("products", () => {
  it("pack a right operand once for all that use it alike", async () => {
    const b = new B();
    const { nn, nt } = forms(b);
    const x = b.input(f32(40, 150)), w = b.input(f32(150, 121));
    const y = b.unary("neg", nn(x, w));
    const program = b.build([nn(nt(y, w), w), nt(y, w)]);
    assertEquals(kinds(planOf(program).steps), [
      ...["pack", "pack"],
      ...["dot", "map", "dot", "dot", "dot"],
    ]);
    assertEquals(
      (await lines(program)).filter((line) => line.includes("pack")),
      [
        "t0:f32[1,18600] = pack[1x150x121](in1:f32[1,150,121])",
        "t74432:f32[1,18392] = pack[1x121x150](in1:f32[1,121,150])",
      ],
    );
  });

  it("read small right operands, and those for few rows, in place", async () => {
    const inPlace = [[50, 120, 130], [32, 120, 150], [4, 1024, 20]];
    for (const [m, n, k] of inPlace) {
      const b = new B();
      const program = b.build([
        b.matmul(b.input(f32(m, k)), b.input(f32(k, n))),
      ]);
      assertEquals(await lines(program), [
        `out0:f32[1,${m},${n}] = dot[1x${m}x${n}x${k}]` +
        `(in0:f32[1,${m},${k}], in1:f32[1,${k},${n}])`,
      ]);
    }
    for (const [m, n, k] of [[33, 120, 150], [5, 1024, 20]]) {
      const b = new B();
      const program = b.build([
        b.matmul(b.input(f32(m, k)), b.input(f32(k, n))),
      ]);
      await lines(program);
      assertEquals(kinds(planOf(program).steps), ["pack", "dot"]);
    }
    for (const [m, expected] of [[3, "dot"], [4, "pack dot"]] as const) {
      const b = new B();
      const program = b.build([
        forms(b).nt(b.input(f32(m, 9)), b.input(f32(5, 9))),
      ]);
      await lines(program);
      assertEquals(kinds(planOf(program).steps).join(" "), expected);
    }
  });

  it("read left operands in place, unless their steps are far apart", async () => {
    const cases = [[80, "dot"], [600, "map dot"]] as const;
    for (const [m, expected] of cases) {
      const b = new B();
      const x = b.input(f32(65, m)), y = b.input(f32(65, 64));
      const program = b.build([forms(b).tn(x, y)]);
      await lines(program);
      assertEquals(kinds(planOf(program).steps).join(" "), expected);
    }
  });

  it("with one column have one row instead", async () => {
    const b = new B();
    const x = b.input(f32(100, 90)), y = b.input(f32(90, 1));
    assertEquals(await lines(b.build([b.matmul(x, y)])), [
      "out0:f32[1,1,100] = dot[1x1x100x90]" +
      "(in1:f32[1,1,90], in0:f32[1,90,100])",
    ]);
  });

  it("of a batch with one right operand are one product", async () => {
    const b = new B();
    const x = b.input(f32(3, 20, 150)), w = b.input(f32(150, 120));
    const [y] = b.emit("dot", [x, w], {
      contract: [[2], [0]],
      batch: [[], []],
    });
    const [many] = b.emit("broadcast", [w], {
      shape: [3, 150, 120],
      axes: [1, 2],
    });
    const [z] = b.emit("dot", [x, many], {
      contract: [[2], [1]],
      batch: [[0], [0]],
    });
    assertEquals(await lines(b.build([y, z])), [
      "t0:f32[1,18000] = pack[1x150x120](in1:f32[1,150,120])",
      "out0:f32[1,60,120] = dot[1x60x120x150]" +
      "(in0:f32[1,60,150], t0:f32[1,18000])",
      "out1:f32[1,60,120] = dot[1x60x120x150]" +
      "(in0:f32[1,60,150], t0:f32[1,18000])",
    ]);
  });

  it("of a batch pack one right operand each", async () => {
    const b = new B();
    const x = b.input(f32(3, 40, 150)), w = b.input(f32(3, 150, 120));
    const [y] = b.emit("dot", [x, w], {
      contract: [[2], [1]],
      batch: [[0], [0]],
    });
    assertEquals(await lines(b.build([y])), [
      "t0:f32[3,18000] = pack[3x150x120](in1:f32[3,150,120])",
      "out0:f32[3,40,120] = dot[3x40x120x150]" +
      "(in0:f32[3,40,150], t0:f32[3,18000])",
    ]);
  });

  it("in loops pack what stays the same before the loop", async () => {
    const inner = new B();
    const w = inner.input(f32(130, 130)), c = inner.input(f32(130, 130));
    const next = inner.matmul(inner.binary("mul", c, c), w);
    const body = inner.build([
      inner.binary("min", inner.matmul(next, c), inner.number(2, [130, 130])),
    ]);
    const b = new B();
    const program = b.build(b.emit(
      "scan",
      [b.input(f32(130, 130)), b.input(f32(130, 130))],
      { body, length: 2, reverse: false, constants: 1, carries: 1 },
    ));
    await lines(program);
    const { steps } = planOf(program);
    assertEquals(kinds(steps.slice(0, 2)), ["pack", "map"]);
    assertEquals(kinds(steps.slice(2)), ["pack", "map", "dot", "dot", "map"]);
  });
});
