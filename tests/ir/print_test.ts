import { test } from "node:test";
import { assertEquals } from "@std/assert";
import type { Aval } from "../../src/base/shape.ts";
import { formatProgram } from "../../src/ir/print.ts";
import { Builder } from "../../src/ir/program.ts";
import { verify } from "../../src/ir/verify.ts";

const f32 = (...shape: number[]): Aval => ({ dtype: "f32", shape });

test("a program prints one node a line with constants in place", () => {
  const p = new Builder();
  const x = p.input(f32(32, 2)), w = p.input(f32(3, 2));
  const [h] = p.emit("dot", [x, w], { contract: [[1], [1]], batch: [[], []] });
  const [half] = p.emit("constant", [], { dtype: "f32", value: 0.5 });
  const [halves] = p.emit("broadcast", [half], { shape: [32, 3], axes: [] });
  const [y] = p.emit("binary", [h, halves], { op: "mul" });
  const [s] = p.emit("reduce", [y], { op: "sum", axes: [0, 1] });
  assertEquals(
    formatProgram(p.build([s, half])),
    `{ inputs a:f32[32,2] b:f32[3,2]
  c:f32[32,3] = dot{contract [1]x[1]} a b
  d:f32[32,3] = broadcast{axes []} 0.5
  e:f32[32,3] = mul c d
  f:f32[] = reduce_sum{axes [0,1]} e
  return (f 0.5) }`,
  );
});

test("literals show their dtype", () => {
  const p = new Builder();
  const values = [["f32", 1], ["f32", -0], ["f32", Infinity], ["i32", 3], [
    "u32",
    7,
  ], ["bool", 1]] as const;
  const ids = values.map(([dtype, value]) =>
    p.emit("constant", [], { dtype, value })[0]
  );
  assertEquals(
    formatProgram(p.build(ids)),
    "{ inputs\n  return (1.0 -0.0 Infinity 3:i32 7:u32 true) }",
  );
});

test("the 27th value is called aa", () => {
  const p = new Builder();
  const ids = Array.from({ length: 27 }, () => p.input(f32()));
  const [, last] = formatProgram(p.build([ids[25], ids[26]])).split("\n");
  assertEquals(last, "  return (z aa) }");
});

test("the body of a scan is indented", () => {
  const body = new Builder();
  const c = body.input(f32(2)), x = body.input(f32(2));
  const [d] = body.emit("binary", [c, x], { op: "add" });
  const p = new Builder();
  const init = p.input(f32(2)), xs = p.input(f32(5, 2));
  const outs = p.emit("scan", [init, xs], {
    body: body.build([d, c]),
    length: 5,
    constants: 0,
    carries: 1,
    reverse: true,
  });
  assertEquals(
    formatProgram(p.build(outs)),
    `{ inputs a:f32[2] b:f32[5,2]
  c:f32[2] d:f32[5,2] = scan{length 5, constants 0, carries 1, reverse} a b
    body { inputs a:f32[2] b:f32[2]
      c:f32[2] = add a b
      return (c a) }
  return (c d) }`,
  );
});

test("a while loop and a choice show their programs", () => {
  const program = (write: (b: Builder, x: number) => number) => {
    const b = new Builder();
    return b.build([write(b, b.input(f32()))]);
  };
  const p = new Builder();
  const x = p.input(f32()), i = p.input({ dtype: "i32", shape: [] });
  const [y] = p.emit("while", [x], {
    condition: program((b, x) => b.emit("cast", [x], { dtype: "bool" })[0]),
    body: program((b, x) => b.emit("unary", [x], { op: "floor" })[0]),
    constants: 0,
    maxSteps: 7,
  });
  const [z] = p.emit("cond", [i, y], {
    branches: [
      program((_, x) => x),
      program((b, x) => b.emit("unary", [x], { op: "exp" })[0]),
    ],
  });
  const [s] = p.emit("sort", [p.input(f32(2, 3))], { axis: 1, keys: 1 });
  assertEquals(
    formatProgram(verify(p.build([z, s]))),
    `{ inputs a:f32[] b:i32[] c:f32[2,3]
  d:f32[] = while{constants 0, at most 7} a
    condition { inputs a:f32[]
      b:bool[] = cast a
      return (b) }
    body { inputs a:f32[]
      b:f32[] = floor a
      return (b) }
  e:f32[] = cond b d
    branch 0 { inputs a:f32[]
      return (a) }
    branch 1 { inputs a:f32[]
      b:f32[] = exp a
      return (b) }
  f:f32[2,3] = sort{axis 1, keys 1} c
  return (e f) }`,
  );
});

test("a customVjp prints its primal, and its rules when asked", () => {
  const square = (scale: number) => {
    const b = new Builder();
    const x = b.input(f32());
    const [y] = b.emit("affine", [x], { scale, shift: 0 });
    return b.build([y]);
  };
  const p = new Builder();
  const x = p.input(f32());
  const outs = p.emit("customVjp", [x], {
    primal: square(2),
    forward: square(3),
    backward: square(4),
  });
  const program = p.build(outs);
  const block = (label: string, scale: number) =>
    `    ${label} { inputs a:f32[]\n      b:f32[] = affine{* ${scale} + 0} a\n` +
    `      return (b) }\n`;
  const head = "{ inputs a:f32[]\n  b:f32[] = customVjp a\n";
  assertEquals(
    formatProgram(program),
    `${head}${block("primal", 2)}  return (b) }`,
  );
  assertEquals(
    formatProgram(program, { rules: true }),
    head + block("primal", 2) + block("forward", 3) + block("backward", 4) +
      "  return (b) }",
  );
});

test("parameters print in a readable form", () => {
  const p = new Builder();
  const x = p.input(f32(4, 6)), fill = p.input(f32());
  const key = p.input({ dtype: "u32", shape: [2] });
  p.emit("slice", [x], { start: [0, 1], limit: [4, 6], stride: [1, 2] });
  p.emit("pad", [x, fill], { lo: [1, 0], hi: [0, 2], inner: [0, 1] });
  p.emit("random", [key], {
    partitionable: true,
    path: [[1, 3], [7, 0]],
    draw: { kind: "split", start: 2, count: 4, total: 8 },
  });
  p.emit("debugPrint", [x], { format: "x {}" });
  const lines = formatProgram(p.build([])).split("\n").slice(1, -1);
  assertEquals(lines, [
    "  d:f32[4,3] = slice{0:4, 1:6:2} a",
    "  e:f32[5,13] = pad{lo [1,0], hi [0,2], inner [0,1]} a b",
    "  f:u32[4,2] = random{1 of 3, fold 7, split 2:6 of 8, partitionable} c",
    '  debugPrint{"x {}"} a',
  ]);
});
