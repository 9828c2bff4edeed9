import { assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import { formatPlan } from "../../src/device/format_plan.ts";
import { B, f32, kinds, linesOf, planOf } from "../support/lowering.ts";

const sliding = {
  strides: [1, 1],
  dilation: [1, 1],
  lo: [1, 1],
  hi: [1, 1],
  inner: [0, 0],
};
const single = { groups: 1, batchGroups: 1, outsFirst: false };

describe("windows", () => {
  it("slide over a padded copy", () => {
    const b = new B();
    const x = b.input(f32(2, 3, 4, 4));
    const w = b.input(f32(5, 3, 3, 3));
    const program = b.build(b.emit("conv", [x, w], { ...sliding, ...single }));
    assertEquals(linesOf(program), [
      "t0:f32[216] = map{0}()",
      "t0+7:f32[6,4,4] = map{}(in0:f32[6,4,4])",
      "out0:f32[1,2,5,4,4] = conv[3,3](t0:f32[1,2,3,6,6], in1:f32[1,5,3,3,3])",
    ]);
  });
  it("share it with the gradient of the weights", () => {
    const b = new B();
    const x = b.input(f32(2, 3, 8, 8));
    const w = b.input(f32(5, 3, 3, 3));
    const d = b.input(f32(2, 5, 8, 8));
    const [y] = b.emit("conv", [x, w], { ...sliding, ...single });
    const [xt, dt] = [x, d].map((id) =>
      b.emit("transpose", [id], { perm: [1, 0, 2, 3] })[0]
    );
    const params = { ...sliding, ...single, outsFirst: true };
    const [dw] = b.emit("conv", [xt, dt], params);
    const plan = planOf(b.build([y, dw]));
    assertEquals(kinds(plan.steps), ["map", "map", "conv", "conv"]);
    // Weights of 64 elements and more per window are read where they are.
    assertEquals(
      formatPlan(plan).split("\n").at(-1),
      "  out1:f32[1,3,5,3,3] = " +
        "conv[8,8](t0:f32[1,3,2,10,10], in2:f32[1,5,2,8,8])",
    );
  });
  it("are copied out of loops that do not change them", () => {
    const body = new B();
    const bx = body.input(f32(1, 2, 4, 4));
    const bw = body.input(f32(2, 2, 3, 3));
    const bc = body.input(f32(1, 2, 4, 4));
    const [by] = body.emit("conv", [bx, bw], { ...sliding, ...single });
    const b = new B();
    const ids = [f32(1, 2, 4, 4), f32(2, 2, 3, 3), f32(1, 2, 4, 4)]
      .map((aval) => b.input(aval));
    const program = b.build(b.emit("scan", ids, {
      body: body.build([body.binary("add", bc, by)]),
      length: 3,
      constants: 2,
      carries: 1,
      reverse: false,
    }));
    const { steps } = planOf(program);
    const loop = steps.find((s) => s.step === "loop");
    assertEquals(kinds(loop?.step === "loop" ? loop.body : []), [
      "conv",
      "map",
    ]);
  });
  it("go by tiles where there is enough of everything", () => {
    const program = (outs: number, size: number, stride = 1) => {
      const b = new B();
      const x = b.input(f32(4, 16, size, size));
      const w = b.input(f32(outs, 16, 3, 3));
      const strides = [stride, stride];
      const params = { ...sliding, ...single, strides };
      return b.build(b.emit("conv", [x, w], params));
    };
    assertEquals(linesOf(program(17, 4)).slice(2), [
      "t9280:f32[1,16,17,16] = winogradWeights(in1:f32[1,17,16,3,3])",
      "out0:f32[1,4,17,4,4] = " +
      "winograd(t0:f32[1,4,16,6,6], t9280:f32[1,16,17,16])",
    ]);
    for (const other of [program(15, 4), program(17, 5), program(17, 8, 2)]) {
      assertEquals(kinds(planOf(other).steps).at(-1), "conv");
    }
  });
  it("share transformed weights, also with what is mirrored alike", () => {
    const b = new B();
    const x = b.input(f32(4, 16, 4, 4));
    const w = b.input(f32(16, 16, 3, 3));
    const mirrored = () => {
      const [turned] = b.emit("transpose", [w], { perm: [1, 0, 2, 3] });
      return b.emit("reverse", [turned], { axes: [2, 3] })[0];
    };
    const conv = (x: number, w: number) =>
      b.emit("conv", [x, w], { ...sliding, ...single })[0];
    const there = conv(conv(x, w), w);
    const back = conv(conv(there, mirrored()), mirrored());
    const used = kinds(planOf(b.build([back])).steps)
      .filter((kind) => kind !== "map");
    assertEquals(used.filter((kind) => kind === "winograd").length, 4);
    assertEquals(used.filter((kind) => kind === "winogradWeights").length, 2);
  });
  it("have no kernel where nothing is summed", () => {
    const b = new B();
    const x = b.input(f32(2, 0, 4, 4));
    const w = b.input(f32(5, 0, 3, 3));
    const program = b.build(b.emit("conv", [x, w], { ...sliding, ...single }));
    assertEquals(linesOf(program), ["out0:f32[160] = map{0}()"]);
  });
  it("of extremes are padded with what never wins", () => {
    const b = new B();
    const x = b.input(f32(3, 4));
    const program = b.build(b.emit("reduceWindow", [x], {
      op: "max",
      window: [2],
      strides: [2],
      dilation: [1],
      lo: [1],
      hi: [1],
      inner: [0],
    }));
    assertEquals(linesOf(program), [
      "t0:f32[18] = map{-Infinity}()",
      "t0+1:f32[3,4] = map{}(in0:f32[3,4])",
      "out0:f32[3,3] = reduceWindow_max[2](t0:f32[3,6])",
    ]);
  });
});
