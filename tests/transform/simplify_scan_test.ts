import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import type { Shape } from "../../src/base/shape.ts";
import { Builder, type Program, type ValueId } from "../../src/ir/program.ts";
import { Draft, simplified } from "../support/simplified.ts";

/** A body: its inputs have the given shapes. */
function bodyOf(
  shapes: readonly Shape[],
  write: (o: Draft, ...inputs: ValueId[]) => readonly ValueId[],
): Program {
  const b = new Builder();
  const o = new Draft(b);
  return b.build(write(o, ...shapes.map((shape) => o.in(shape))));
}

function scan(
  o: Draft,
  operands: readonly ValueId[],
  body: Program,
  [constants, carries]: readonly [constants: number, carries: number],
  length = 5,
): readonly ValueId[] {
  return o.target.emit("scan", operands, {
    body,
    length,
    constants,
    carries,
    reverse: false,
  });
}

describe("a loop", () => {
  const accumulate = bodyOf([[2], [2]], (o, c, x) => [o.add(c, x), c]);

  it("of no runs yields the initial carries and empty stacks", () => {
    assertEquals(
      simplified((o) =>
        scan(o, [o.in([2]), o.in([0, 2])], accumulate, [0, 1], 0)
      ),
      ["c:f32[0,2] = broadcast{axes []} 0.0", "return (a c)"],
    );
  });

  it("of one run is its body", () => {
    assertEquals(
      simplified((o) =>
        scan(o, [o.in([2]), o.in([1, 2])], accumulate, [0, 1], 1)
      ),
      [
        "c:f32[2] = reshape b",
        "d:f32[2] = add a c",
        "e:f32[1,2] = reshape a",
        "return (d e)",
      ],
    );
  });

  it("without a needed result goes", () => {
    assertEquals(
      simplified((o) => {
        const x = o.in([2]);
        scan(o, [x, o.in([5, 2])], accumulate, [0, 1]);
        return x;
      }),
      ["return (a)"],
    );
  });

  it("has its body simplified", () => {
    const body = bodyOf([[], []], (o, c, x) => {
      return [o.unary("neg", o.unary("neg", o.add(c, o.mul(x, o.of(1, x)))))];
    });
    assertEquals(
      simplified((o) => scan(o, [o.in([]), o.in([5])], body, [0, 1])),
      [
        "c:f32[] = scan{length 5, constants 0, carries 1} a b",
        "body { inputs a:f32[] b:f32[]",
        "c:f32[] = add a b",
        "return (c)",
        "return (c)",
      ],
    );
  });

  it("loses the carries, stacks and operands that nothing needs", () => {
    // The second carry only feeds itself; the last operand feeds only that.
    const body = bodyOf(
      [[], [], [], [], [], []],
      (o, k, unused, c, d, x, y) => {
        o.add(k, unused);
        return [o.add(c, o.mul(k, x)), o.add(d, y), o.unary("exp", d), x];
      },
    );
    assertEquals(
      simplified((o) => {
        const scalars = [o.in([]), o.in([]), o.in([]), o.in([])];
        const stacks = [o.in([5]), o.in([5])];
        return scan(o, [...scalars, ...stacks], body, [2, 2])[0];
      }),
      [
        "g:f32[] = scan{length 5, constants 1, carries 1} a c e",
        "body { inputs a:f32[] b:f32[] c:f32[]",
        "d:f32[] = mul a c",
        "e:f32[] = add b d",
        "return (e)",
        "return (g)",
      ],
    );
  });

  it("reads unchanged carries and repeated operands as constants", () => {
    const body = bodyOf(
      [[], [], []],
      (o, c, same, x) => [o.add(c, o.mul(c, o.add(x, same))), same, same],
    );
    assertEquals(
      simplified((o) => {
        const c = o.in([]), same = o.in([]), x = o.in([]);
        const stack = o.broadcast(x, [5], []);
        return scan(o, [c, same, stack], body, [0, 2]);
      }),
      [
        // What it computes from them alone moves before the loop.
        "d:f32[5] = broadcast{axes []} b",
        "e:f32[] = add c b",
        "f:f32[] = scan{length 5, constants 1, carries 1} e a",
        "body { inputs a:f32[] b:f32[]",
        "c:f32[] = mul b a",
        "d:f32[] = add b c",
        "return (d)",
        "return (f b d)",
      ],
    );
  });

  it("knows the numbers it is given", () => {
    const body = bodyOf([[], []], (o, k, c) => [o.mul(c, k), k]);
    assertEquals(
      simplified((o) => {
        const c = o.in([]);
        return scan(o, [o.of(2, c), c], body, [1, 1]);
      }),
      [
        "b:f32[5] = broadcast{axes []} 2.0",
        "c:f32[] = scan{length 5, constants 0, carries 1} a",
        "body { inputs a:f32[]",
        "b:f32[] = mul a 2.0",
        "return (b)",
        "return (c b)",
      ],
    );
  });

  it("stacks a value once, and hands operands back", () => {
    const body = bodyOf([[], []], (o, c, x) => {
      const next = o.add(c, x);
      return [next, next, o.add(x, c), x];
    });
    assertEquals(
      simplified((o) => scan(o, [o.in([]), o.in([5])], body, [0, 1])),
      [
        "c:f32[] d:f32[5] = scan{length 5, constants 0, carries 1} a b",
        "body { inputs a:f32[] b:f32[]",
        "c:f32[] = add a b",
        "return (c c)",
        "return (c d d b)",
      ],
    );
  });

  it("computes a clamped layer once, before the first run", () => {
    const body = bodyOf([[4, 3], [2, 3], [2], [4, 2]], (o, x, w, b, h) => {
      const product = o.dot(x, w, { contract: [[1], [1]], batch: [[], []] });
      const u = o.unary("tanh", o.add(product, o.broadcast(b, [4, 2], [1])));
      return [o.sub(h, o.scale(o.sub(h, u), 0.5))];
    });
    assertEquals(
      simplified((o) => {
        const operands = [o.in([4, 3]), o.in([2, 3]), o.in([2]), o.in([4, 2])];
        return scan(o, operands, body, [3, 1]);
      }),
      [
        "e:f32[4,2] = dot{contract [1]x[1]} a b",
        "f:f32[4,2] = broadcast{axes [1]} c",
        "g:f32[4,2] = add e f",
        "h:f32[4,2] = tanh g",
        "i:f32[4,2] = scan{length 5, constants 1, carries 1} h d",
        "body { inputs a:f32[4,2] b:f32[4,2]",
        "c:f32[4,2] = sub b a",
        "d:f32[4,2] = broadcast{axes []} 0.5",
        "e:f32[4,2] = mul c d",
        "f:f32[4,2] = sub b e",
        "return (f)",
        "return (i)",
      ],
    );
  });

  it("that prints stays as it is", () => {
    const body = bodyOf([[]], (o, c) => {
      o.bind("debugPrint", [c], { format: "{}" });
      return [o.add(c, c)];
    });
    assertEquals(
      simplified((o) => {
        const x = o.in([]);
        scan(o, [x], body, [0, 1]);
        scan(o, [x], body, [0, 1]);
        return x;
      }).filter((line) => line.includes("scan") || line.includes("Print")),
      [
        "b:f32[] = scan{length 5, constants 0, carries 1} a",
        'debugPrint{"{}"} a',
        "c:f32[] = scan{length 5, constants 0, carries 1} a",
        'debugPrint{"{}"} a',
      ],
    );
  });
});
