import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { Aval } from "../../src/base/shape.ts";
import type { PrimitiveParams } from "../../src/ir/primitives.ts";
import {
  Builder,
  isNode,
  type Program,
  type ValueId,
} from "../../src/ir/program.ts";
import { simplify } from "../../src/transform/simplify.ts";
import { pcStep } from "../support/pc_step.ts";
import { Draft, simplified } from "../support/simplified.ts";

const f32 = (...shape: number[]): Aval => ({ dtype: "f32", shape });

describe("value numbering", () => {
  it("gives equal nodes one value, whatever the order of operands", () => {
    assertEquals(
      simplified((o) => {
        const x = o.in([2]), y = o.in([2]);
        return [
          o.mul(x, y),
          o.mul(y, x),
          o.compare("lt", x, y),
          o.compare("gt", y, x),
        ];
      }),
      ["c:f32[2] = mul a b", "d:bool[2] = lt a b", "return (c c d d)"],
    );
  });

  it("tells operands, parameters and -0 apart", () => {
    assertEquals(
      simplified((o) => {
        const x = o.in([2]), y = o.in([2]);
        const zero = o.full(f32(), 0), minus = o.full(f32(), -0);
        return [o.sub(x, y), o.sub(y, x), zero, minus, o.unary("neg", zero)];
      }),
      [
        "c:f32[2] = sub a b",
        "d:f32[2] = sub b a",
        "return (c d 0.0 -0.0 -0.0)",
      ],
    );
  });

  it("leaves 38 of 48 products of a training step", () => {
    const step = pcStep({ batch: 32, layers: [2, 32, 32, 2], steps: 8 });
    const products = (p: Program) =>
      p.nodes.filter((node) => isNode(node, "dot")).length;
    assertEquals(products(step), 48);
    assertEquals(products(simplify(step)), 38);
  });

  it("computes a clamped layer once for any number of steps", () => {
    const count = (steps: number) => {
      const step = pcStep({ batch: 4, layers: [8, 6, 2], steps });
      return simplify(step).nodes.filter((node) =>
        isNode(node, "dot") && node.inputs.includes(0)
      ).length;
    };
    // The forward pass, and the gradient of the first weights.
    assertEquals([count(1), count(20)], [2, 2]);
  });
});

describe("reductions", () => {
  it("of repeats count them", () => {
    assertEquals(
      simplified((o) => {
        const x = o.in([3]);
        const wide = o.broadcast(x, [5, 3], [1]);
        return [o.sum(wide, [0]), o.reduce("max", wide, [0])];
      }),
      [
        "b:f32[3] = broadcast{axes []} 5.0",
        "c:f32[3] = mul a b",
        "return (c a)",
      ],
    );
  });

  it("of repeats and others reduce what was repeated", () => {
    assertEquals(
      simplified((o) => o.sum(o.broadcast(o.in([3]), [5, 3], [1]), [0, 1])),
      [
        "b:f32[] = reduce_sum{axes [0]} a",
        "c:f32[] = mul b 5.0",
        "return (c)",
      ],
    );
  });

  it("merge, and skip axes of size 1 and transposes", () => {
    assertEquals(
      simplified((o) => {
        const x = o.in([2, 3, 4]), y = o.in([1, 5]);
        return [
          o.sum(o.sum(x, [1]), [0]),
          o.sum(o.transpose(x, [1, 2, 0]), [1]),
          o.sum(y, [0]),
        ];
      }),
      [
        "c:f32[4] = reduce_sum{axes [0,1]} a",
        "d:f32[2,3] = reduce_sum{axes [2]} a",
        "e:f32[3,2] = transpose{[1,0]} d",
        "f:f32[5] = reshape b",
        "return (c e f)",
      ],
    );
  });

  it("do not merge when the first is needed as well", () => {
    assertEquals(
      simplified((o) => {
        const rows = o.sum(o.in([2, 3]), [1]);
        return [rows, o.sum(rows, [0])];
      }),
      [
        "b:f32[2] = reduce_sum{axes [1]} a",
        "c:f32[] = reduce_sum{axes [0]} b",
        "return (b c)",
      ],
    );
  });

  it("over nothing are neutral", () => {
    assertEquals(
      simplified((o) => {
        const x = o.in([0, 2]);
        return [o.sum(x, [0, 1]), o.reduce("prod", x, [0, 1])];
      }),
      ["return (0.0 1.0)"],
    );
  });
});

describe("products", () => {
  const plain = (contract: PrimitiveParams["dot"]["contract"]) => ({
    contract,
    batch: [[], []] as const,
  });

  it("absorb transposes and added axes, and are then equal", () => {
    assertEquals(
      simplified((o) => {
        const x = o.in([4, 3]), w = o.in([5, 3]);
        const wide = o.reshape(x, [4, 1, 3]);
        return [
          o.dot(x, w, plain([[1], [1]])),
          o.dot(x, o.transpose(w, [1, 0]), plain([[1], [0]])),
          o.reshape(o.dot(wide, w, plain([[2], [1]])), [4, 5]),
        ];
      }),
      ["c:f32[4,5] = dot{contract [1]x[1]} a b", "return (c c c)"],
    );
  });

  it("swap their operands instead of being transposed", () => {
    assertEquals(
      simplified((o) => {
        const x = o.in([4, 3]), w = o.in([3, 5]);
        return o.transpose(o.dot(x, w, plain([[1], [0]])), [1, 0]);
      }),
      ["c:f32[5,4] = dot{contract [0]x[1]} b a", "return (c)"],
    );
  });

  it("reorder batch axes, and swap below them", () => {
    const batched = {
      contract: [[3], [3]],
      batch: [[0, 1], [0, 1]],
    } as const;
    assertEquals(
      simplified((o) => {
        const x = o.in([2, 3, 4, 5]), y = o.in([2, 3, 6, 5]);
        const z = o.in([2, 3, 6, 5]);
        return [
          o.transpose(o.dot(x, y, batched), [1, 0, 2, 3]),
          o.transpose(o.dot(x, z, batched), [1, 0, 3, 2]),
        ];
      }),
      [
        "d:f32[3,2,4,6] = dot{contract [3]x[3], batch [1,0]x[1,0]} a b",
        "e:f32[3,2,6,4] = dot{contract [3]x[3], batch [1,0]x[1,0]} c a",
        "return (d e)",
      ],
    );
  });

  it("stay where the product is needed in both orders", () => {
    assertEquals(
      simplified((o) => {
        const y = o.dot(o.in([4, 3]), o.in([5, 3]), plain([[1], [1]]));
        return [y, o.transpose(y, [1, 0])];
      }),
      [
        "c:f32[4,5] = dot{contract [1]x[1]} a b",
        "d:f32[5,4] = transpose{[1,0]} c",
        "return (c d)",
      ],
    );
  });
});

describe("random keys", () => {
  const split = (o: Draft, key: ValueId, total = 2) =>
    o.bind("random", [key], {
      partitionable: false,
      path: [],
      draw: { kind: "split", start: 0, count: total, total },
    });
  const row = (o: Draft, rows: ValueId, i: number) => {
    const rank = o.shape(rows).length;
    const one = o.sliceAxis(rows, rank - 2, i, i + 1);
    return o.reshape(one, o.shape(rows).filter((_, a) => a !== rank - 2));
  };
  const bits = (o: Draft, key: ValueId) =>
    o.bind("random", [key], {
      partitionable: false,
      path: [],
      draw: { kind: "bits", shape: [4] },
    });

  it("drawn from one row of a split walk there", () => {
    assertEquals(
      simplified((o) => bits(o, row(o, split(o, o.in([2], "u32"), 3), 1))),
      ["b:u32[4] = random{1 of 3, bits} a", "return (b)"],
    );
  });

  it("keep the rows of a split that are used", () => {
    assertEquals(
      simplified((o) => {
        const rows = split(o, o.in([2], "u32"), 9);
        return o.sliceAxis(o.sliceAxis(rows, 0, 2, 8), 0, 1, 4);
      }),
      ["b:u32[3,2] = random{split 3:6 of 9} a", "return (b)"],
    );
  });

  it("of one sample in a batch are one node, however long the chain", () => {
    const [node, ...rest] = simplified((o) => {
      let lanes = split(o, o.in([2], "u32"), 32);
      for (let i = 0; i < 40; i++) {
        const rows = split(o, lanes);
        bits(o, row(o, rows, 1));
        lanes = row(o, rows, 0);
      }
      return row(o, lanes, 0);
    });
    const path = ["0 of 32", ...Array(40).fill("0 of 2")].join(", ");
    assertEquals(node, `b:u32[2] = random{${path}, key} a`);
    assertEquals(rest, ["return (b)"]);
  });

  it("of one sample behind elementwise nodes are one node", () => {
    assertEquals(
      simplified((o) => {
        const draws = bits(o, split(o, o.in([2], "u32"), 32));
        const dropped = o.compare("lt", draws, o.of(9, draws));
        return o.sliceAxis(dropped, 0, 3, 4);
      }),
      [
        "b:u32[1,2] = reshape a",
        "c:u32[1,4] = random{3 of 32, bits} b",
        "d:u32[1,4] = broadcast{axes []} 9:u32",
        "e:bool[1,4] = lt c d",
        "return (e)",
      ],
    );
  });

  it("that are all used take time linear in the chain", () => {
    const b = new Builder();
    const o = new Draft(b);
    let key = b.input({ dtype: "u32", shape: [2] });
    const draws: ValueId[] = [];
    for (let i = 0; i < 64; i++) {
      const rows = split(o, key);
      draws.push(bits(o, row(o, rows, 1)));
      key = row(o, rows, 0);
    }
    const { nodes } = simplify(b.build(draws));
    const steps = nodes.map(({ params }) =>
      (params as PrimitiveParams["random"]).path.length
    );
    assert(steps.reduce((a, n) => a + n) < 64 * 9, `${steps}`);
  });

  it("repeated over a batch are drawn once", () => {
    assertEquals(
      simplified((o) => bits(o, o.broadcast(o.in([2], "u32"), [3, 2], [1]))),
      [
        "b:u32[4] = random{bits} a",
        "c:u32[3,4] = broadcast{axes [1]} b",
        "return (c)",
      ],
    );
  });

  it("of the two modes stay apart", () => {
    assertEquals(
      simplified((o) => {
        const key = row(o, split(o, o.in([2], "u32")), 0);
        return o.bind("random", [key], {
          partitionable: true,
          path: [],
          draw: { kind: "key" },
        });
      }),
      ["b:u32[2] = random{0 of 2, key} a", "return (b)"],
    );
  });
});

describe("programs inside programs", () => {
  it("customVjp becomes its primal, dead nodes go, prints stay", () => {
    const primal = new Builder();
    const x = primal.input(f32());
    const [y] = primal.emit("unary", [x], { op: "tanh" });
    const program = primal.build([y]);
    assertEquals(
      simplified((o) => {
        const a = o.in([]);
        o.unary("exp", a);
        const z = o.bind("customVjp", [a], {
          primal: program,
          forward: program,
          backward: program,
        });
        o.bind("debugPrint", [z], { format: "z {}" });
        o.bind("debugPrint", [z], { format: "z {}" });
        return o.unary("tanh", a);
      }),
      [
        "b:f32[] = tanh a",
        'debugPrint{"z {}"} b',
        'debugPrint{"z {}"} b',
        "return (b)",
      ],
    );
  });
});
