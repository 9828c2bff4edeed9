import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { formatProgram } from "../../src/ir/print.ts";
import { Builder, type Program } from "../../src/ir/program.ts";
import { verify } from "../../src/ir/verify.ts";
import {
  hasEffects,
  type Hoisted,
  hoistPrints,
  printCalls,
} from "../../src/transform/effects.ts";
import { simplify } from "../../src/transform/simplify.ts";
import { type Elements, evaluate, type Printed } from "../support/evaluate.ts";
import { Draft } from "../support/simplified.ts";

/** Prints, loops over a body that prints twice, prints again. */
function talkative(reverse: boolean): Program {
  const inner = new Builder();
  const i = new Draft(inner);
  const c = i.in([]), x = i.in([]);
  i.bind("debugPrint", [x], { format: "inner {}" });
  const innerBody = inner.build([i.add(c, x)]);

  const body = new Builder();
  const o = new Draft(body);
  const h = o.in([]), row = o.in([2]);
  o.bind("debugPrint", [h, row], { format: "h {} row {}" });
  const [next] = o.target.emit("scan", [h, row], {
    body: innerBody,
    length: 2,
    constants: 0,
    carries: 1,
    reverse: false,
  });
  o.bind("debugPrint", [next], { format: "next {}" });
  const outer = body.build([next]);

  const b = new Builder();
  const p = new Draft(b);
  const start = p.in([]), rows = p.in([3, 2]);
  p.bind("debugPrint", [start], { format: "start {}" });
  const [end] = p.target.emit("scan", [start, rows], {
    body: outer,
    length: 3,
    constants: 0,
    carries: 1,
    reverse,
  });
  p.bind("debugPrint", [], { format: "done" });
  return b.build([end]);
}

/** What a host prints, from the outputs of a hoisted Program. */
function replay(
  { program, prints }: Hoisted,
  outputs: readonly Elements[],
): Printed[] {
  const values = prints.reduce((n, print) => n + print.values, 0);
  const first = outputs.length - values;
  const shapes = program.outputs.map((id) => program.avals[id].shape);
  return printCalls(prints).map((call) => ({
    format: call.format,
    values: Array.from({ length: call.values }, (_, i) => {
      const at = first + call.first + i;
      return call.index.reduce<Elements>((elements, index, axis) => {
        const size = elements.length / shapes[at][axis];
        return elements.slice(index * size, (index + 1) * size);
      }, outputs[at]);
    }),
  }));
}

const ARGS = [[1], [1, 2, 3, 4, 5, 6]];

describe("hoisted prints", () => {
  for (const reverse of [false, true]) {
    const order = reverse ? "from the last run to the first" : "in order";
    it(`print what the program would have, ${order}`, () => {
      const program = talkative(reverse);
      const expected: Printed[] = [];
      const [end] = evaluate(program, ARGS, (line) => expected.push(line));
      const hoisted = hoistPrints(program);
      verify(hoisted.program);
      assertEquals(hasEffects(hoisted.program), false);
      const outputs = evaluate(hoisted.program, ARGS);
      assertEquals(outputs[0], end);
      assertEquals(expected.length, 1 + 3 * 4 + 1);
      assertEquals(replay(hoisted, outputs), expected);
    });
  }

  it("survive simplification before and after", () => {
    const expected: Printed[] = [];
    evaluate(talkative(true), ARGS, (line) => expected.push(line));
    const { program, prints } = hoistPrints(simplify(talkative(true)));
    const simple = verify(simplify(program));
    const outputs = evaluate(simple, ARGS);
    assertEquals(replay({ program: simple, prints }, outputs), expected);
  });

  it("say where they come from", () => {
    const { prints } = hoistPrints(talkative(true));
    const outer = { id: 0, length: 3, reverse: true };
    const inner = { id: 1, length: 2, reverse: false };
    assertEquals(prints, [
      { format: "start {}", values: 1, choices: [], loops: [] },
      { format: "h {} row {}", values: 2, choices: [], loops: [outer] },
      { format: "inner {}", values: 1, choices: [], loops: [outer, inner] },
      { format: "next {}", values: 1, choices: [], loops: [outer] },
      { format: "done", values: 0, choices: [], loops: [] },
    ]);
  });

  it("of a customVjp are those of its primal", () => {
    const primal = new Builder();
    const o = new Draft(primal);
    const x = o.in([]);
    o.bind("debugPrint", [x], { format: "x {}" });
    const inside = primal.build([o.unary("tanh", x)]);
    const b = new Builder();
    const p = new Draft(b);
    const y = p.bind("customVjp", [p.in([])], {
      primal: inside,
      forward: inside,
      backward: inside,
    });
    const { program, prints } = hoistPrints(b.build([y]));
    assertEquals(
      formatProgram(program),
      "{ inputs a:f32[]\n  b:f32[] = tanh a\n  return (b a) }",
    );
    assertEquals(prints, [{
      format: "x {}",
      values: 1,
      choices: [],
      loops: [],
    }]);
  });

  it("are none where nothing prints", () => {
    const b = new Builder();
    const program = b.build([b.input({ dtype: "f32", shape: [] })]);
    assertEquals(hoistPrints(program), { program, prints: [] });
  });
});
