/**
 * Random Programs whose values nearly all have the shape [3, 3], so that any
 * two of them could be fused, overwrite each other or be swapped: hard on
 * everything that decides what runs together, when and where.
 */
import { type Aval, range } from "../../src/base/shape.ts";
import { Builder, type Program, type ValueId } from "../../src/ir/program.ts";
import type { Dice } from "./dice.ts";

const N = 3;
const SQUARE: Aval = { dtype: "f32", shape: [N, N] };

class Growth {
  readonly b: Builder;
  readonly pool: ValueId[];
  readonly dice: Dice;
  readonly depth: number;

  constructor(b: Builder, pool: ValueId[], dice: Dice, depth: number) {
    this.b = b;
    this.pool = pool;
    this.dice = dice;
    this.depth = depth;
  }

  any(): ValueId {
    return this.dice.of(this.pool);
  }

  /** Keeps numbers small. */
  tame(x: ValueId): ValueId {
    return this.b.emit("unary", [x], { op: "tanh" })[0];
  }

  rows(x: ValueId, start: number, limit: number, axis: number): ValueId {
    const pick = (n: number, other: number) =>
      axis === 0 ? [n, other] : [other, n];
    const params = {
      start: pick(start, 0),
      limit: pick(limit, N),
      stride: [1, 1],
    };
    return this.b.emit("slice", [x], params)[0];
  }

  grow(): void {
    const { b, dice } = this;
    const x = this.any();
    const y = this.any();
    const axis = dice.below(2);
    const made = dice.of<() => readonly ValueId[]>([
      () => b.emit("unary", [x], { op: dice.of(["tanh", "neg", "abs"]) }),
      () => b.emit("binary", [x, y], { op: dice.of(["sub", "max", "min"]) }),
      () => [this.tame(b.emit("binary", [x, y], { op: "add" })[0])],
      () => {
        const [c] = b.emit("compare", [x, y], { op: "lt" });
        return b.emit("select", [c, this.any(), y], {});
      },
      () => b.emit("transpose", [x], { perm: [1, 0] }),
      () => b.emit("reverse", [x], { axes: dice.of([[0], [1], [0, 1]]) }),
      () => {
        const parts = [this.rows(x, 0, 1, axis), this.rows(y, 1, N, axis)];
        return b.emit("concat", dice.shuffled(parts), { axis });
      },
      () => {
        const sizes = range(N).map(() => {
          const [row] = b.emit("reduce", [this.any()], {
            op: "sum",
            axes: [0],
          });
          return b.emit("reshape", [row], { shape: [1, N] })[0];
        });
        return [this.tame(b.emit("concat", sizes, { axis: 0 })[0])];
      },
      () => [this.dot(x, y)],
      () => {
        const [sum] = b.emit("reduce", [x], { op: "sum", axes: [axis] });
        const [wide] = b.emit("broadcast", [sum], {
          shape: SQUARE.shape,
          axes: [dice.below(2)],
        });
        return [this.tame(wide)];
      },
      () => [
        this.tame(
          b.emit("cumsum", [x], { axis, reverse: dice.below(2) > 0 })[0],
        ),
      ],
      () => {
        const [starts] = b.emit("iota", [], {
          dtype: "i32",
          shape: [2],
          axis: 0,
        });
        const row = this.rows(y, 0, 1, 0);
        return b.emit("dynamicUpdateSlice", [x, row, starts], { batchDims: 0 });
      },
      () => {
        const [i] = b.emit("iota", [], { ...SQUARE, axis });
        return b.emit("binary", [x, i], { op: "min" });
      },
      () => this.depth > 0 ? this.scan() : [],
      () => this.depth > 0 ? this.scan() : [],
    ])();
    this.pool.push(...made);
  }

  dot(x: ValueId, y: ValueId): ValueId {
    const { b, dice } = this;
    const contract = [[dice.below(2)], [dice.below(2)]] as const;
    const [z] = b.emit("dot", [x, y], { contract, batch: [[], []] });
    return this.tame(z);
  }

  scan(): ValueId[] {
    const { b, dice } = this;
    const length = dice.below(4);
    const [constants, carries, xs, ys] = range(4).map(() => dice.below(3));
    const given = range(constants + carries).map(() => this.any());
    const stacks = range(xs).map(() => {
      if (length === 0) {
        const [none] = b.emit("constant", [], { dtype: "f32", value: 0 });
        return b.emit("broadcast", [none], { shape: [0, N, N], axes: [] })[0];
      }
      const rows = range(length).map(() =>
        b.emit("reshape", [this.any()], { shape: [1, N, N] })[0]
      );
      return b.emit("concat", rows, { axis: 0 })[0];
    });
    const body = new Builder();
    const pool = range(constants + carries + xs).map(() => body.input(SQUARE));
    if (pool.length === 0) return [];
    const inside = new Growth(body, pool, dice, this.depth - 1);
    for (let i = dice.below(10); i > 0; i--) inside.grow();
    const outs = b.emit("scan", [...given, ...stacks], {
      body: body.build(range(carries + ys).map(() => inside.any())),
      length,
      constants,
      carries,
      reverse: dice.below(2) > 0,
    });
    const rows = length === 0 ? [] : outs.slice(carries).map((stack) => {
      const row = dice.below(length);
      const [one] = b.emit("slice", [stack], {
        start: [row, 0, 0],
        limit: [row + 1, N, N],
        stride: [1, 1, 1],
      });
      return b.emit("reshape", [one], { shape: [N, N] })[0];
    });
    return [...outs.slice(0, carries), ...rows];
  }
}

/** A Program of about `size` nodes with `count` inputs and outputs. */
export function squareProgram(
  dice: Dice,
  size: number,
  count: number,
): Program {
  const b = new Builder();
  const pool = range(count).map(() => b.input(SQUARE));
  const growth = new Growth(b, [...pool], dice, 2);
  for (let i = 0; i < size; i++) growth.grow();
  return b.build(range(count).map(() => growth.any()));
}
