import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import type { Aval } from "../../src/base/shape.ts";
import type { Program, ValueId } from "../../src/ir/program.ts";
import { B, f32, kinds, linesOf, planOf, run } from "../support/lowering.ts";

interface ScanParts {
  readonly length?: number;
  readonly reverse?: boolean;
  readonly constants?: number;
  readonly carries: number;
}

/** The Program that is one scan of the inputs. */
function scanOf(
  inputs: readonly Aval[],
  { length = 3, reverse = false, constants = 0, carries }: ScanParts,
  body: (b: B, ids: readonly ValueId[]) => readonly ValueId[],
  given: (b: B, ids: ValueId[]) => ValueId[] = (_, ids) => ids,
): Program {
  const b = new B();
  const args = given(b, inputs.map((aval) => b.input(aval)));
  const inner = new B();
  const ids = args.map((id, i) => {
    const { dtype, shape } = b.avals[id];
    const stacked = i >= constants + carries;
    return inner.input({ dtype, shape: stacked ? shape.slice(1) : shape });
  });
  const outs = body(inner, ids);
  return b.build(
    b.emit("scan", args, {
      body: inner.build(outs),
      length,
      reverse,
      constants,
      carries,
    }),
  );
}

describe("loops", () => {
  it("carry, read slices and stack slices, forwards and backwards", () => {
    const program = (reverse: boolean) =>
      scanOf([f32(2), f32(3, 2)], { reverse, carries: 1 }, (b, [c, x]) => {
        const next = b.binary("add", c, x);
        return [next, next];
      });
    const args = [[0, 100], [1, 2, 3, 4, 5, 6]];
    assertEquals(run(program(false), args), [
      [9, 112],
      [1, 102, 4, 106, 9, 112],
    ]);
    assertEquals(run(program(true), args), [
      [9, 112],
      [9, 112, 8, 110, 5, 106],
    ]);
    assertEquals(linesOf(program(true)), [
      "out0:f32[2] = map{}(in0:f32[2])",
      "loop 0 x 3",
      "  out0:f32[2], out1@16+-8*l0:f32[2] = map{add(r0,r1)}" +
      "(out0:f32[2], in1@16+-8*l0:f32[2])",
    ]);
  });

  it("update donated carries in place all the way", () => {
    const program = scanOf([f32(2), f32(2)], { carries: 1, constants: 1 }, (
      b,
      [k, c],
    ) => [b.binary("add", c, k)]);
    assertEquals(linesOf(program, [[0, 1]]), [
      "loop 0 x 3",
      "  in1:f32[2] = map{add(r0,r1)}(in1:f32[2], in0:f32[2])",
    ]);
  });

  it("swap carries", () => {
    const program = scanOf([f32(1), f32(1)], { carries: 2 }, (b, [p, q]) => [
      q,
      b.binary("add", p, q),
    ]);
    assertEquals(run(program, [[0], [1]]), [[2], [3]]);
    const swap = scanOf(
      [f32(1), f32(1)],
      { carries: 2 },
      (_, [p, q]) => [q, p],
    );
    assertEquals(run(swap, [[0], [1]]), [[1], [0]]);
    assertEquals(run(swap, [[0], [1]], [[0, 1], [1, 0]]), [[1], [0]]);
  });

  it("of no iterations yield the initial carries", () => {
    const program = scanOf(
      [f32(2), f32(0, 2)],
      { length: 0, carries: 1 },
      (b, [c, x]) => [b.binary("add", c, x), c],
    );
    assertEquals(run(program, [[1, 2], []]), [[1, 2], []]);
    assertEquals(kinds(planOf(program).steps), ["map"]);
  });

  it("slice operands that start inside an input", () => {
    const program = scanOf(
      [f32(1), f32(5, 1)],
      { length: 2, carries: 1 },
      (b, [c, x]) => [b.binary("add", c, x)],
      (b, [c, x]) => [c, b.rows(x, 2, 4)],
    );
    assertEquals(run(program, [[0], [1, 2, 4, 8, 16]]), [[12]]);
    assertEquals(kinds(planOf(program).steps), ["map", "map"]);
  });

  it("slice constants and indices", () => {
    const program = scanOf(
      [f32(2)],
      { carries: 1 },
      (b, [c, ...slices]) => [
        slices.reduce((sum, x) => b.binary("add", sum, x), c),
      ],
      (b, [c]) => [
        c,
        b.number(10, [3, 2]),
        ...[0, 1].map((axis) =>
          b.emit("iota", [], { dtype: "f32", shape: [3, 2], axis })[0]
        ),
      ],
    );
    assertEquals(run(program, [[0, 0]]), [[33, 36]]);
  });

  it("copy strided constants before the loop, strided carries inside", () => {
    const program = scanOf(
      [f32(2, 2), f32(2, 2)],
      { constants: 1, carries: 1 },
      (b, [k, c]) => [
        b.binary("add", b.cumsum(b.transpose(k)), b.cumsum(b.transpose(c))),
      ],
    );
    const { steps } = planOf(program);
    const loop = steps.at(-1)!;
    assertEquals(loop.step === "loop" && kinds(loop.body), [
      "map",
      "cumsum",
      "cumsum",
      "map",
    ]);
    assertEquals(kinds(steps).length, 6);
    assertEquals(run(program, [[1, 0, 0, 0], [0, 1, 0, 0]]), [[3, 4, 3, 5]]);
  });

  it("nest, with slices of slices", () => {
    const b = new B();
    const x = b.input(f32(2, 3)), c = b.input(f32());
    const row = new B();
    const rc = row.input(f32()), rx = row.input(f32());
    const rowBody = row.build([row.binary("add", rc, rx), rc]);
    const all = new B();
    const ac = all.input(f32()), ax = all.input(f32(3));
    const common = { constants: 0, carries: 1, reverse: false };
    const outs = all.emit("scan", [ac, ax], {
      body: rowBody,
      length: 3,
      ...common,
    });
    const program = b.build(
      b.emit("scan", [c, x], { body: all.build(outs), length: 2, ...common }),
    );
    assertEquals(run(program, [[1, 2, 3, 4, 5, 6], [0]]), [
      [21],
      [0, 1, 3, 6, 10, 15],
    ]);
  });

  it("do not compute slices that nobody needs", () => {
    const b = new B();
    const inner = new B();
    const c = inner.input(f32(2));
    const body = inner.build([inner.unary("neg", c), inner.unary("exp", c)]);
    const [last] = b.emit("scan", [b.input(f32(2))], {
      body,
      length: 3,
      constants: 0,
      carries: 1,
      reverse: false,
    });
    const lines = linesOf(b.build([last]));
    assertEquals(lines.at(-1), "  out0:f32[2] = map{neg(r0)}(out0:f32[2])");
  });

  it("keep alive what they read from outside", () => {
    const program = scanOf([f32(40), f32(40)], { constants: 1, carries: 1 }, (
      b,
      [k, c],
    ) => {
      const wide = b.reshape(b.binary("mul", c, k), [5, 8]);
      const summed = b.cumsum(b.transpose(wide));
      return [b.unary("tanh", b.reshape(b.transpose(summed), [40]))];
    }, (b, [k, c]) => [b.unary("exp", k), c]);
    const plan = planOf(program);
    const [exp] = plan.steps;
    const kept = exp.step === "call"
      ? plan.buffers[exp.writes[0].buffer]
      : null;
    const inside = plan.steps.flatMap((s) => s.step === "loop" ? s.body : [])
      .flatMap((s) => s.step === "call" ? s.writes : [])
      .map((v) => plan.buffers[v.buffer]).filter(({ base }) => base === 0);
    assertEquals(inside.length > 0, true);
    assertEquals(inside.every(({ offset }) => offset !== kept?.offset), true);
  });
});
