import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { formatAval } from "../../src/base/shape.ts";
import { formatProgram } from "../../src/ir/print.ts";
import { programKey } from "../../src/ir/program.ts";
import { verify } from "../../src/ir/verify.ts";
import { simplify } from "../../src/transform/simplify.ts";
import { type Elements, evaluate } from "../support/evaluate.ts";
import { randomInputs, randomProgram } from "../support/random_program.ts";

/** Sums may be added up in another order. */
const TOLERANCE = 1e-5;

function differs(before: Elements, after: Elements): boolean {
  return before.length !== after.length || before.some((x, i) => {
    const y = after[i];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return false;
    return !(Math.abs(x - y) <= TOLERANCE * (1 + Math.abs(x)));
  });
}

function check(seed: number, size: number): void {
  const program = verify(randomProgram(seed, size));
  const simple = verify(simplify(program));
  const show = () => `${formatProgram(program)}\n${formatProgram(simple)}`;
  assertEquals(
    simple.outputs.map((id) => formatAval(simple.avals[id])),
    program.outputs.map((id) => formatAval(program.avals[id])),
  );
  const args = randomInputs(program, seed);
  const before = evaluate(program, args);
  const after = evaluate(simple, args);
  before.forEach((x, i) => {
    assert(
      !differs(x, after[i]),
      `output ${i} of seed ${seed} was ${x}, is ${after[i]}:\n${show()}`,
    );
  });
  const again = simplify({ ...simple });
  assertEquals(
    programKey(again),
    programKey(simple),
    `seed ${seed}: ${show()}`,
  );
}

describe("simplify keeps what random programs compute", () => {
  for (const size of [6, 20, 60]) {
    it(`of ${size} nodes, and finds nothing the second time`, () => {
      for (let seed = 1; seed <= 150; seed++) check(seed * 1000 + size, size);
    });
  }
});
