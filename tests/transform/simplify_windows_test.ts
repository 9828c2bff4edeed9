import { assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import { formatProgram } from "../../src/ir/print.ts";
import { Builder } from "../../src/ir/program.ts";
import { Ops } from "../../src/transform/ops.ts";
import { simplify } from "../../src/transform/simplify.ts";

const params = {
  strides: [1],
  dilation: [1],
  lo: [1],
  hi: [1],
  inner: [0],
  groups: 1,
  batchGroups: 1,
  outsFirst: false,
};

function building() {
  const b = new Builder();
  const o = new Ops(b);
  const input = (...shape: number[]) => b.input({ dtype: "f32", shape });
  return { b, o, input };
}

describe("convolutions", () => {
  it("that are equal are one, and those that differ stay apart", () => {
    const { b, o, input } = building();
    const [x, w] = [input(1, 2, 4), input(3, 2, 3)];
    const outputs = [params, { ...params }, { ...params, lo: [0], hi: [2] }]
      .map((p) => o.bind("conv", [x, w], p));
    const windows = [2, 2, 3].map((k) =>
      o.bind("reduceWindow", [x], { ...params, op: "max", window: [k] })
    );
    const program = simplify(b.build([...outputs, ...windows]));
    assertEquals(
      formatProgram(program),
      "{ inputs a:f32[1,2,4] b:f32[3,2,3]\n" +
        "  c:f32[1,3,4] = conv{lo [1], hi [1]} a b\n" +
        "  d:f32[1,3,4] = conv{hi [2]} a b\n" +
        "  e:f32[1,2,5] = reduceWindow_max{window [2], lo [1], hi [1]} a\n" +
        "  f:f32[1,2,4] = reduceWindow_max{window [3], lo [1], hi [1]} a\n" +
        "  return (c c d e e f) }",
    );
  });
  it("with zeros are zeros where nothing is infinite or NaN", () => {
    const { b, o, input } = building();
    const w = input(3, 2, 3);
    const zeros = o.full({ dtype: "f32", shape: [1, 2, 4] }, 0);
    const program = b.build([o.bind("conv", [zeros, w], params)]);
    const primitives = (finiteMath: boolean) =>
      simplify(program, { finiteMath }).nodes.map((node) => node.primitive);
    assertEquals(primitives(true), ["constant", "broadcast"]);
    assertEquals(primitives(false), ["constant", "broadcast", "conv"]);
  });
  it("and pools of zeros have gradients of zeros", () => {
    const { b, o, input } = building();
    const x = input(2, 6);
    const zeros = o.full({ dtype: "f32", shape: [2, 6] }, 0);
    const window = { op: "max", window: [2], ...params } as const;
    const place = o.bind("argWindow", [x], window);
    const d = o.full({ dtype: "f32", shape: [2, 7] }, 0);
    const scattered = o.bind("scatter", [zeros, place, d], {
      axis: 1,
      batchDims: 1,
      mode: "add",
    });
    const sums = o.bind("reduceWindow", [zeros], { ...window, op: "sum" });
    const program = simplify(b.build([scattered, sums]));
    assertEquals(
      formatProgram(program),
      "{ inputs a:f32[2,6]\n" +
        "  b:f32[2,6] = broadcast{axes []} 0.0\n" +
        "  c:f32[2,7] = broadcast{axes []} 0.0\n" +
        "  return (b c) }",
    );
  });
});
