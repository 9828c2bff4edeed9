import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import type { DType } from "../../src/base/dtype.ts";
import { Builder, type Program, type ValueId } from "../../src/ir/program.ts";
import { Draft, simplified } from "../support/simplified.ts";

/** A Program inside: its inputs have the given dtypes and shape [2]. */
function programOf(
  dtypes: readonly DType[],
  write: (o: Draft, ...inputs: ValueId[]) => readonly ValueId[],
): Program {
  const b = new Builder();
  const o = new Draft(b);
  return b.build(write(o, ...dtypes.map((dtype) => o.in([2], dtype))));
}

const number = (o: Draft, value: number) =>
  o.full({ dtype: "i32", shape: [] }, value);

describe("a choice", () => {
  const branches = [
    programOf(["f32", "f32"], (o, x, y) => [o.add(x, y), y]),
    programOf(["f32", "f32"], (o, x, y) => [o.mul(x, x), y]),
    programOf(["f32", "f32"], (o, x, y) => [o.neg(x), y]),
  ];

  it("by a known number is its branch, clamped", () => {
    const by = (value: number) =>
      simplified((o) => {
        const operands = [o.in([2]), o.in([2])];
        return o.target.emit("cond", [number(o, value), ...operands], {
          branches,
        })[0];
      });
    assertEquals(by(-3), ["c:f32[2] = add a b", "return (c)"]);
    assertEquals(by(1), ["c:f32[2] = square a", "return (c)"]);
    assertEquals(by(9), ["c:f32[2] = neg a", "return (c)"]);
  });

  it("among equal branches is no choice", () => {
    assertEquals(
      simplified((o) =>
        o.target.emit("cond", [o.in([], "i32"), o.in([2]), o.in([2])], {
          branches: [branches[2], branches[2]],
        })
      ),
      ["d:f32[2] = neg b", "return (d c)"],
    );
  });

  it("gives back what all branches pass on, takes known numbers in", () => {
    assertEquals(
      simplified((o) => {
        const x = o.in([2]);
        const operands = [o.in([], "i32"), x, o.of(3, x)];
        return o.target.emit("cond", operands, { branches });
      }),
      [
        "c:f32[2] = broadcast{axes []} 3.0",
        "d:f32[2] = cond b a",
        "branch 0 { inputs a:f32[2]",
        "b:f32[2] = broadcast{axes []} 3.0",
        "c:f32[2] = add a b",
        "return (c)",
        "branch 1 { inputs a:f32[2]",
        "b:f32[2] = square a",
        "return (b)",
        "branch 2 { inputs a:f32[2]",
        "b:f32[2] = neg a",
        "return (b)",
        "return (d c)",
      ],
    );
  });

  it("loses results and operands that nothing needs", () => {
    const wide = [
      programOf(["f32", "f32"], (o, x, y) => [o.neg(x), o.neg(y)]),
      programOf(["f32", "f32"], (_, x, y) => [x, y]),
    ];
    assertEquals(
      simplified((o) => {
        const [, y] = o.target.emit(
          "cond",
          [o.in([], "i32"), o.in([2]), o.in([2])],
          { branches: wide },
        );
        return y;
      }).slice(0, 2),
      ["d:f32[2] = cond a c", "branch 0 { inputs a:f32[2]"],
    );
  });
});

describe("a loop that ends by itself", () => {
  const condition = programOf(["f32", "f32", "f32"], (o, c, _, x) => [
    o.bind("cast", [o.reduce("max", o.sub(x, c), [0])], { dtype: "bool" }),
  ]);
  const body = programOf(["f32", "f32", "f32"], (o, c, kept, x) => [
    kept,
    o.add(x, o.mul(c, kept)),
  ]);
  const loop = (
    o: Draft,
    operands: readonly ValueId[],
    params: { condition?: Program; maxSteps?: number } = {},
  ) =>
    o.target.emit("while", operands, {
      condition,
      body,
      constants: 1,
      maxSteps: null,
      ...params,
    });

  it("without a turn yields the initial carries", () => {
    const three = (o: Draft) => [o.in([2]), o.in([2]), o.in([2])];
    assertEquals(
      simplified((o) => loop(o, three(o), { maxSteps: 0 })),
      ["return (b c)"],
    );
    const never = programOf(["f32", "f32", "f32"], (o) => [
      o.full({ dtype: "bool", shape: [] }, 0),
    ]);
    assertEquals(
      simplified((o) => loop(o, three(o), { condition: never })),
      ["return (b c)"],
    );
  });

  it("keeps carries that never change outside, takes known numbers in", () => {
    assertEquals(
      simplified((o) => {
        const kept = o.in([2]);
        return loop(o, [o.of(2, kept), kept, o.in([2])]);
      }),
      [
        "c:f32[2] = while{constants 1} a b",
        "condition { inputs a:f32[2] b:f32[2]",
        "c:f32[2] = broadcast{axes []} 2.0",
        "d:f32[2] = sub b c",
        "e:f32[] = reduce_max{axes [0]} d",
        "f:bool[] = cast e",
        "return (f)",
        "body { inputs a:f32[2] b:f32[2]",
        "c:f32[2] = broadcast{axes []} 2.0",
        "d:f32[2] = mul a c",
        "e:f32[2] = add b d",
        "return (e)",
        "return (a c)",
      ],
    );
  });

  it("loses carries that neither results nor the condition need", () => {
    const counts = programOf(["f32", "f32"], (o, _, n) => [
      o.bind("cast", [o.reduce("max", n, [0])], { dtype: "bool" }),
    ]);
    const both = programOf(["f32", "f32"], (o, x, n) => [
      o.mul(x, n),
      o.addNumber(n, -1),
    ]);
    assertEquals(
      simplified((o) =>
        o.target.emit("while", [o.in([2]), o.in([2])], {
          condition: counts,
          body: both,
          constants: 0,
          maxSteps: 5,
        })[1]
      )[0],
      "c:f32[2] = while{constants 0, at most 5} b",
    );
  });
});
