import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { TraceError } from "../../src/base/errors.ts";
import type { ValueId } from "../../src/ir/program.ts";
import {
  B,
  type Donation,
  f32,
  i32,
  kinds,
  linesOf,
  planOf,
  run,
} from "../support/lowering.ts";

describe("fusion", () => {
  it("makes one loop of a chain, over collapsed axes", () => {
    const b = new B();
    const x = b.input(f32(4, 1, 6)), y = b.input(f32(4, 1, 6));
    const z = b.binary("add", b.unary("tanh", x), b.number(0.5, [4, 1, 6]));
    assertEquals(linesOf(b.build([b.binary("mul", z, y)])), [
      "out0:f32[24] = map{tanh(r0) 0.5 add(r2,r3) mul(r4,r1)}" +
      "(in0:f32[24], in1:f32[24])",
    ]);
  });

  it("keeps apart only the axes that broadcasting needs", () => {
    const b = new B();
    const x = b.input(f32(2, 3, 4, 5)), bias = b.input(f32(4, 5));
    const [wide] = b.emit("broadcast", [bias], {
      shape: [2, 3, 4, 5],
      axes: [2, 3],
    });
    assertEquals(linesOf(b.build([b.binary("add", x, wide)])), [
      "out0:f32[6,20] = map{add(r0,r1)}(in0:f32[6,20], in1:f32[6,20])",
    ]);
  });

  it("stores a value once for its readers outside and inside", () => {
    const b = new B();
    const x = b.input(f32(8));
    const d = b.binary("sub", x, b.number(1, [8]));
    const out = b.binary("mul", d, x);
    assertEquals(linesOf(b.build([out, b.sum(d, 0)])), [
      "t0:f32[8], out0:f32[8] = map{1 sub(r0,r1) mul(r2,r0)}(in0:f32[8])",
      "out1:f32[] = sum[0]{}(t0:f32[8])",
    ]);
  });

  it("gives a reduction the chain that only it needs", () => {
    const b = new B();
    const x = b.input(f32(2, 3, 4)), y = b.input(f32(2, 3, 4));
    const e = b.unary("square", b.binary("sub", x, y));
    assertEquals(linesOf(b.build([b.sum(e, 1, 2)])), [
      "out0:f32[2] = sum[1]{sub(r0,r1) square(r2)}" +
      "(in0:f32[2,12], in1:f32[2,12])",
    ]);
  });

  it("does not absorb what the reduction reads out of step", () => {
    const b = new B();
    const x = b.input(f32(2, 2));
    const e = b.unary("exp", x);
    const s = b.sum(b.binary("sub", e, b.transpose(e)), 0);
    const args = [[0, 1, 2, 3]];
    const [[p, q]] = run(b.build([s]), args);
    const exp = (n: number) => Math.fround(Math.exp(n));
    assertEquals(p, Math.fround(exp(2) - exp(1)));
    assertEquals(q, Math.fround(Math.fround(exp(1) - exp(2))));
  });

  it("never fuses around a kernel in between", () => {
    const b = new B();
    const x = b.input(f32(3, 3));
    const a = b.unary("tanh", x);
    const out = b.binary("add", a, b.matmul(a, a));
    assertEquals(kinds(planOf(b.build([out])).steps), ["map", "dot", "map"]);
  });

  it("cuts a chain where the value is stored anyway", () => {
    // tanh(x) feeds a product, its derivative the product's consumer.
    const b = new B();
    const x = b.input(f32(3, 3));
    const a = b.unary("tanh", x);
    const slope = b.binary("sub", b.number(1, [3, 3]), b.unary("square", a));
    const out = b.binary("mul", b.matmul(a, a), slope);
    const [first] = linesOf(b.build([out]));
    assertEquals(first, "t0:f32[9] = map{tanh(r0)}(in0:f32[9])");
  });

  it("joins loops that read the same operand", () => {
    const b = new B();
    const x = b.input(f32(5));
    const outs = [b.unary("exp", x), b.unary("neg", x)];
    assertEquals(linesOf(b.build(outs)), [
      "out0:f32[5], out1:f32[5] = map{exp(r0) neg(r0)}(in0:f32[5])",
    ]);
  });

  it("uses indices, whose axes stay apart", () => {
    const b = new B();
    const x = b.input(i32(2, 3, 4));
    const [i] = b.emit("iota", [], { dtype: "i32", shape: [2, 3, 4], axis: 2 });
    const program = b.build([b.binary("add", x, i)]);
    assertEquals(linesOf(program), [
      "out0:i32[6,4] = map{i1 add(r0,r1)}(in0:i32[6,4])",
    ]);
    const [out] = run(program, [new Array<number>(24).fill(10)]);
    assertEquals(out.slice(0, 6), [10, 11, 12, 13, 10, 11]);
  });

  it("computes slices and turns of indices", () => {
    const b = new B();
    const [i] = b.emit("iota", [], { dtype: "i32", shape: [5], axis: 0 });
    const [back] = b.emit("reverse", [i], { axes: [0] });
    const program = b.build([b.rows(i, 2, 4), b.rows(i, 0, 2), back]);
    assertEquals(run(program, []), [[2, 3], [0, 1], [4, 3, 2, 1, 0]]);
  });

  it("tells the constant 0 from -0", () => {
    const b = new B();
    const x = b.input(f32(1));
    const outs = [0, -0].map((n) => b.binary("div", x, b.number(n, [1])));
    const program = b.build(outs);
    assertEquals(planOf(program).steps.length, 1);
    assertEquals(run(program, [[1]]), [[Infinity], [-Infinity]]);
  });

  it("runs a scalar as one element", () => {
    const b = new B();
    const program = b.build([b.unary("neg", b.input(f32()))]);
    assertEquals(linesOf(program), ["out0:f32[1] = map{neg(r0)}(in0:f32[1])"]);
  });
});

describe("movement", () => {
  it("costs nothing in front of a loop or a product", () => {
    const b = new B();
    const x = b.input(f32(4, 3)), y = b.input(f32(4, 2));
    const [back] = b.emit("reverse", [x], { axes: [1] });
    const out = b.matmul(b.transpose(y), x);
    assertEquals(kinds(planOf(b.build([out, b.unary("neg", back)])).steps), [
      "dot",
      "map",
    ]);
  });

  it("copies a right operand of a product whose strides do not fit", () => {
    const b = new B();
    const x = b.input(f32(4, 6)), y = b.input(f32(3, 2));
    const [every] = b.emit("slice", [x], {
      start: [0, 0],
      limit: [4, 6],
      stride: [2, 2],
    });
    const numbers = Array.from({ length: 24 }, (_, i) => i);
    const args = [numbers, [1, 0, 0, 1, 1, 1]];
    const left = b.build([b.matmul(every, y)]);
    assertEquals(kinds(planOf(left).steps), ["dot"]);
    assertEquals(run(left, args), [[4, 6, 28, 30]]);
    const right = b.build([b.matmul(y, every)]);
    assertEquals(kinds(planOf(right).steps), ["map", "dot"]);
    assertEquals(run(right, args), [[0, 2, 4, 12, 14, 16, 12, 16, 20]]);
  });

  it("merges batch and contracted axes of general products", () => {
    const b = new B();
    const x = b.input(f32(2, 3, 4, 5)), y = b.input(f32(2, 4, 5, 6));
    const [z] = b.emit("dot", [x, y], {
      contract: [[3, 2], [2, 1]],
      batch: [[0], [0]],
    });
    assertEquals(linesOf(b.build([z])), [
      "out0:f32[2,3,6] = dot[2x3x6x20]" +
      "(in0:f32[2,3,20], in1:f32[2,20,6])",
    ]);
  });

  it("a product over no elements is zero, a sum as well", () => {
    const b = new B();
    const x = b.input(f32(2, 0)), y = b.input(f32(0, 2));
    const program = b.build([b.matmul(x, y), b.sum(x, 1)]);
    assertEquals(run(program, [[], []]), [[0, 0, 0, 0], [0, 0]]);
  });

  it("computes the parts of a concat in place", () => {
    const b = new B();
    const x = b.input(f32(2, 3)), y = b.input(f32(3, 3));
    const parts = [b.unary("neg", x), b.matmul(x, y), b.unary("exp", y)];
    const [all] = b.emit("concat", parts, { axis: 0 });
    const plan = planOf(b.build([all]));
    assertEquals(kinds(plan.steps), ["map", "dot", "map"]);
    assertEquals(plan.arenaBytes, 0);
  });

  it("places a part that occurs twice in a concat only once", () => {
    const b = new B();
    const e = b.unary("neg", b.input(f32(2)));
    const [all] = b.emit("concat", [e, e], { axis: 0 });
    assertEquals(run(b.build([all]), [[1, 2]]), [[-1, -2, -1, -2]]);
  });

  it("a reshape that strides cannot express is a copy", () => {
    const b = new B();
    const x = b.input(f32(2, 3));
    const flat = b.reshape(b.transpose(x), [6]);
    const program = b.build([b.unary("neg", flat)]);
    assertEquals(kinds(planOf(program).steps), ["map", "map"]);
    assertEquals(run(program, [[1, 2, 3, 4, 5, 6]]), [[
      -1,
      -4,
      -2,
      -5,
      -3,
      -6,
    ]]);
  });
});

describe("outputs", () => {
  it("are copies where they are inputs, views, constants or repeated", () => {
    const b = new B();
    const x = b.input(f32(2, 2));
    const e = b.unary("neg", x);
    const outs = [x, b.transpose(x), b.number(3, [2]), e, e];
    assertEquals(run(b.build(outs), [[1, 2, 3, 4]]), [
      [1, 2, 3, 4],
      [1, 3, 2, 4],
      [3, 3],
      [-1, -2, -3, -4],
      [-1, -2, -3, -4],
    ]);
  });

  it("a donated input is updated in place, after its other readers", () => {
    const b = new B();
    const w = b.input(f32(3, 3)), x = b.input(f32(3, 3));
    const next = b.binary("sub", w, x);
    const used = b.matmul(x, w);
    assertEquals(linesOf(b.build([next, used]), [[0, 0]]), [
      "out1:f32[1,3,3] = dot[1x3x3x3](in1:f32[1,3,3], in0:f32[1,3,3])",
      "in0:f32[9] = map{sub(r0,r1)}(in0:f32[9], in1:f32[9])",
    ]);
  });

  it("an unchanged donated input needs nothing", () => {
    const b = new B();
    const x = b.input(f32(3));
    assertEquals(linesOf(b.build([x]), [[0, 0]]), []);
  });

  it("a donated input that is read out of order is replaced at the end", () => {
    const b = new B();
    const x = b.input(f32(3, 3));
    const program = b.build([b.unary("neg", b.transpose(x))]);
    assertEquals(kinds(planOf(program, [[0, 0]]).steps), ["map", "map"]);
    const x0 = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    assertEquals(run(program, [x0], [[0, 0]]), [[
      -1,
      -4,
      -7,
      -2,
      -5,
      -8,
      -3,
      -6,
      -9,
    ]]);
  });

  it("donated inputs swap with one temporary", () => {
    const b = new B();
    const x = b.input(f32(2)), y = b.input(f32(2));
    const donate: Donation = [[0, 0], [1, 1]];
    const program = b.build([y, x]);
    assertEquals(planOf(program, donate).steps.length, 3);
    assertEquals(run(program, [[1, 2], [3, 4]], donate), [[3, 4], [1, 2]]);
  });

  it("parts of a donated concat wait for the readers of the input", () => {
    const b = new B();
    const x = b.input(f32(2, 2));
    const parts = [
      b.unary("neg", b.rows(x, 1, 2)),
      b.unary("exp", b.rows(x, 0, 1)),
    ];
    const [swapped] = b.emit("concat", parts, { axis: 0 });
    const program = b.build([swapped]);
    assertEquals(run(program, [[0, 0, 5, 6]], [[0, 0]]), [[-5, -6, 1, 1]]);
  });

  it("an update that reads the donated operand twice is not in place", () => {
    for (const whole of [false, true]) {
      const b = new B();
      const x = b.input(f32(3, 2)), starts = b.input(i32(2));
      const update = whole ? x : b.rows(x, 0, 2);
      const operands = [x, update, starts];
      const program = b.build(
        b.emit("dynamicUpdateSlice", operands, { batchDims: 0 }),
      );
      const args = [[1, 2, 3, 4, 5, 6], [1, 0]];
      const expected = whole ? [1, 2, 3, 4, 5, 6] : [1, 2, 1, 2, 3, 4];
      assertEquals(run(program, args, [[0, 0]]), [expected]);
    }
  });

  it("refuses a donation that does not fit", () => {
    const b = new B();
    const x = b.input(f32(3));
    const program = b.build([b.sum(x, 0), x, x]);
    const refused = (donate: Donation) =>
      assertThrows(() => planOf(program, donate), Error, "Cannot donate input");
    refused([[0, 0]]);
    refused([[1, 1]]);
    refused([[1, 0], [2, 0]]);
  });
});

describe("sub-programs and effects", () => {
  it("customVjp is its primal, stopGradient nothing", () => {
    const sub = new B();
    const primal = sub.build([sub.unary("neg", sub.input(f32(2)))]);
    const b = new B();
    const x = b.input(f32(2));
    const params = { primal, forward: primal, backward: primal };
    const [y] = b.emit(
      "customVjp",
      [b.emit("stopGradient", [x], {})[0]],
      params,
    );
    assertEquals(linesOf(b.build([b.unary("exp", y)])), [
      "out0:f32[2] = map{neg(r0) exp(r1)}(in0:f32[2])",
    ]);
  });

  it("unbound axis names and prints are refused", () => {
    const refused = (emit: (b: B, x: ValueId) => void, message: string) => {
      const b = new B();
      const x = b.input(f32(2));
      emit(b, x);
      assertThrows(() => planOf(b.build([x])), TraceError, message);
    };
    const axisName = "batch";
    refused(
      (b, x) => b.emit("psum", [x], { op: "sum", axisName }),
      'over axis "batch"',
    );
    refused((b) => b.emit("axisIndex", [], { axisName }), 'over axis "batch"');
    refused((b, x) => b.emit("debugPrint", [x], { format: "x" }), "hoist them");
  });
});
