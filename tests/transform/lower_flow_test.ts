/** Plans of choices and of loops that end by themselves. */
import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { Builder, type Program, type ValueId } from "../../src/ir/program.ts";
import { Ops } from "../../src/transform/ops.ts";
import { linesOf, run } from "../support/lowering.ts";

const f32 = (...shape: number[]) => ({ dtype: "f32", shape }) as const;
const i32 = { dtype: "i32", shape: [] } as const;

function programOf(
  inputs: number,
  write: (o: Ops, ...xs: ValueId[]) => readonly ValueId[],
): Program {
  const b = new Builder();
  const xs = Array.from({ length: inputs }, () => b.input(f32(3)));
  return b.build(write(new Ops(b), ...xs));
}

describe("loops that end by themselves", () => {
  const below = (limit: number) =>
    programOf(1, (o, x) => [
      o.compareNumber("lt", o.reduce("max", x, [0]), limit),
    ]);
  const loop = (maxSteps: number | null) => {
    const b = new Builder();
    const outs = b.emit("while", [b.input(f32(3))], {
      condition: below(20),
      body: programOf(1, (o, x) => [o.scale(x, 2)]),
      constants: 0,
      maxSteps,
    });
    return b.build(outs);
  };

  it("turn in the memory of their carries, of a donated input too", () => {
    assertEquals(linesOf(loop(5)), [
      "out0:f32[3] = map{}(in0:f32[3])",
      "repeat, at most 5 times",
      "  t64:f32[] = max[0]{}(out0:f32[3])",
      "  t0:bool[1] = map{20 lt(r0,r1)}(t64:f32[1])",
      "while t0:bool[]",
      "  out0:f32[3] = map{2 mul(r0,r1)}(out0:f32[3])",
    ]);
    assertEquals(linesOf(loop(null), [[0, 0]]), [
      "repeat",
      "  t64:f32[] = max[0]{}(in0:f32[3])",
      "  t0:bool[1] = map{20 lt(r0,r1)}(t64:f32[1])",
      "while t0:bool[]",
      "  in0:f32[3] = map{2 mul(r0,r1)}(in0:f32[3])",
    ]);
    assertEquals(run(loop(null), [[1, 2, 3]], [[0, 0]]), [[8, 16, 24]]);
  });
});

describe("choices", () => {
  const choice = (index: number | null) => {
    const b = new Builder();
    const o = new Ops(b);
    const x = b.input(f32(3)), i = b.input(i32);
    const outs = b.emit("cond", [index === null ? i : o.full(i32, index), x], {
      branches: [
        programOf(1, (o, x) => [o.neg(x), o.unary("exp", o.neg(x))]),
        programOf(1, (o, x) => [x, o.full(f32(3), 7)]),
      ],
    });
    return b.build([outs[0], o.add(outs[1], x)]);
  };

  it("compute results where they are wanted", () => {
    assertEquals(linesOf(choice(null)), [
      "if in1:i32[] is 0",
      "  out0:f32[3], t0:f32[3] = map{neg(r0) neg(r0) exp(r2)}(in0:f32[3])",
      "if in1:i32[] is 1",
      "  out0:f32[3] = map{}(in0:f32[3])",
      "  t0:f32[3] = map{7}()",
      "out1:f32[3] = map{add(r0,r1)}(t0:f32[3], in0:f32[3])",
    ]);
    assertEquals(run(choice(null), [[1, 2, 3], [5]]), [[1, 2, 3], [8, 9, 10]]);
    assertEquals(run(choice(-1), [[0, 0, 0], [1]]), [[-0, -0, -0], [1, 1, 1]]);
  });

  it("do not write over what they read", () => {
    const program = choice(null);
    const [first] = run(program, [[1, 2, 3], [0]], [[0, 0]]);
    assertEquals(first, [-1, -2, -3]);
    const e = [1, 2, 3].map((x) => Math.fround(Math.fround(Math.exp(-x)) + x));
    assertEquals(run(program, [[1, 2, 3], [0]], [[1, 0]])[1], e);
  });
});
