import { test } from "node:test";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { Aval } from "../../src/base/shape.ts";
import { Builder, type Node, type Program } from "../../src/ir/program.ts";
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

test("programs of loops and choices must fit their operands", () => {
  const p = new Builder();
  const x = p.input(f32(3)), i = p.input({ dtype: "i32", shape: [] });
  const flag = new Builder();
  flag.input(f32(3));
  const [no] = flag.emit("constant", [], { dtype: "bool", value: 0 });
  const condition = flag.build([no]);
  const loop = { condition, body: chain(), constants: 0, maxSteps: null };
  const [y] = p.emit("while", [x], loop);
  const [z] = p.emit("cond", [i, y], { branches: [chain(), chain()] });
  const program = verify(p.build([z]));
  const [first, second] = program.nodes;
  const broken = (nodes: readonly Node[]) => ({ ...program, nodes });
  const defects: [string, Program][] = [
    [
      "condition and body have 1 and 1 outputs, expected 1 and 0",
      broken([{ ...first, params: { ...loop, constants: 1 } }, second]),
    ],
    [
      "what the condition yields): f32[3] and bool[] were given",
      broken([{ ...first, params: { ...loop, condition: chain() } }, second]),
    ],
    [
      "1 operands were given to a condition and a body of 1 and 2 inputs",
      broken([{
        ...first,
        params: { ...loop, body: { ...chain(), inputs: [0, 0] } },
      }, second]),
    ],
    [
      "it has no branches",
      broken([first, { ...second, params: { branches: [] } }]),
    ],
    [
      "a branch has 1 inputs and 2 outputs, expected 1 and 1",
      broken([first, {
        ...second,
        params: { branches: [chain(), { ...chain(), outputs: [0, 0] }] },
      }]),
    ],
  ];
  for (const [expected, wrong] of defects) {
    assertThrows(() => verify(wrong), Error, expected);
  }
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
