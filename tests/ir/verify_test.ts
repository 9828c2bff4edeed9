import { test } from "node:test";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { Aval } from "../../src/base/shape.ts";
import { Builder, type Program } from "../../src/ir/program.ts";
import { verify } from "../../src/ir/verify.ts";

const f32 = (...shape: number[]): Aval => ({ dtype: "f32", shape });

function chain(): Program {
  const p = new Builder();
  const x = p.input(f32(3));
  const [y] = p.emit("unary", [x], { op: "exp" });
  const [z] = p.emit("binary", [x, y], { op: "add" });
  return p.build([z]);
}

const message = (program: Program) =>
  assertThrows(() => verify(program), Error).message;

test("a well-formed program is returned as it is", () => {
  const program = chain();
  assertStrictEquals(verify(program), program);
});

test("the message shows the line and the program", () => {
  const program = chain();
  const [first, second] = program.nodes;
  assertEquals(
    message({ ...program, nodes: [second, first] }),
    `Cannot verify a program: value 1 is used before it is defined
  at: b:f32[3] = add a c
{ inputs a:f32[3]
  b:f32[3] = add a c
  c:f32[3] = exp a
  return (b) }`,
  );
});

test("defects are named", () => {
  const program = chain();
  const [first, second] = program.nodes;
  const defects: [string, Program][] = [
    ["value 2 is used before it is defined", { ...program, nodes: [first] }],
    ["value 1 is defined twice", { ...program, nodes: [first, first, second] }],
    ["value 0 is defined twice", { ...program, inputs: [0, 0] }],
    ["value 9 has no aval", {
      ...program,
      nodes: [{ ...first, outputs: [9] }, second],
    }],
    ["value 3 has an aval but no definition", {
      ...program,
      avals: [...program.avals, f32()],
    }],
    ["its outputs are (f32[4]), expected (f32[3])", {
      ...program,
      avals: [f32(3), f32(4), f32(3)],
    }],
    ["Cannot add: f32[3] and f32[4] were given", {
      ...program,
      inputs: [0, 3],
      nodes: [first, { ...second, inputs: [0, 3] }],
      avals: [...program.avals, f32(4)],
    }],
  ];
  for (const [expected, broken] of defects) {
    const text = message(broken);
    assertEquals(text.includes(expected), true, `${expected} in ${text}`);
  }
});

test("bodies of scans are verified", () => {
  const scanOf = (body: Program, constants: number, carries: number) => {
    const p = new Builder();
    const x = p.input(f32(3));
    const outs = p.emit("scan", [x], {
      body: chain(),
      length: 2,
      constants: 0,
      carries: 1,
      reverse: false,
    });
    const program = p.build(outs);
    const [node] = program.nodes;
    const params = { body, length: 2, constants, carries, reverse: false };
    return { ...program, nodes: [{ ...node, params }] };
  };
  verify(scanOf(chain(), 0, 1));
  const broken = { ...chain(), outputs: [7] };
  assertThrows(() => verify(scanOf(broken, 0, 1)), Error, "value 7 is used");
  assertThrows(
    () => verify(scanOf(chain(), 1, 1)),
    Error,
    "1 constants and 1 carries do not fit a body of 1 inputs and 1 outputs",
  );
});

test("the programs of a customVjp must fit each other", () => {
  const one = (shape: number[]) => {
    const b = new Builder();
    return b.build([b.input(f32(...shape))]);
  };
  const custom = (forward: Program) => {
    const p = new Builder();
    const x = p.input(f32(3));
    return p.build(
      p.emit("customVjp", [x], {
        primal: one([3]),
        forward,
        backward: one([3]),
      }),
    );
  };
  verify(custom(one([3])));
  assertThrows(
    () => verify(custom(one([4]))),
    Error,
    "forward's inputs are (f32[4]), expected (f32[3])",
  );
});
