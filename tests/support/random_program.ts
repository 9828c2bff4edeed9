/**
 * Random Programs for tests of passes. Inputs are small multiples of 1/8 and
 * the operations are chosen so that rounding, the sign of zero and infinities
 * hardly matter: a pass that preserves the meaning preserves the numbers.
 */
import { type Aval, range, sameShape, sizeOf } from "../../src/base/shape.ts";
import type { BinaryOp } from "../../src/ir/primitives.ts";
import { Builder, type Program, type ValueId } from "../../src/ir/program.ts";
import { Ops } from "../../src/transform/ops.ts";
import { Dice } from "./dice.ts";
import {
  type Growing,
  randomCond,
  randomScan,
  randomWhile,
} from "./random_flow.ts";
import { randomSort } from "./random_sort.ts";
import { randomConv, randomWindows } from "./random_windows.ts";
import type { Elements } from "./evaluate.ts";

const INPUTS: readonly Aval[] = [
  { dtype: "f32", shape: [2, 3] },
  { dtype: "f32", shape: [3] },
  { dtype: "f32", shape: [] },
  { dtype: "f32", shape: [2, 1, 3] },
  { dtype: "i32", shape: [2, 3] },
  { dtype: "bool", shape: [2, 3] },
  { dtype: "u32", shape: [2] },
];

/** Numbers that rules look for. */
const SPECIAL = [0, 1, -1, 2, 0.5, -0.25, 3];

class Growth implements Growing {
  readonly o: Ops;
  readonly pool: ValueId[];
  readonly dice: Dice;
  readonly loops: boolean;

  constructor(b: Builder, pool: ValueId[], dice: Dice, loops: boolean) {
    this.o = new Ops(b);
    this.pool = pool;
    this.dice = dice;
    this.loops = loops;
  }

  /** Mostly a young value: deep programs find more than wide ones. */
  any(): ValueId {
    const { pool, dice } = this;
    const young = dice.next() < 0.6 ? Math.max(0, pool.length - 8) : 0;
    return pool[young + dice.below(pool.length - young)];
  }

  /** A value like `x`, or a constant. */
  like(x: ValueId): ValueId {
    const { o, dice } = this;
    const { dtype, shape } = o.aval(x);
    const same = this.pool.filter((y) =>
      o.aval(y).dtype === dtype && sameShape(o.shape(y), shape)
    );
    if (dice.next() < 0.6) return dice.of([...same, x]);
    const number = dice.of(SPECIAL);
    const value = dtype === "f32"
      ? number
      : dtype === "bool"
      ? Number(number > 0)
      : Math.trunc(number);
    return o.full({ dtype, shape }, value);
  }

  grow(): void {
    const { dice } = this;
    const made = dice.of([
      () => this.unary(),
      () => this.binary(),
      () => this.binary(),
      () => this.binary(),
      () => this.choice(),
      () => this.cast(),
      () => this.broadcast(),
      () => this.reshape(),
      () => this.transpose(),
      () => this.slice(),
      () => this.slice(),
      () => this.pad(),
      () => this.concat(),
      () => this.reverse(),
      () => this.pick(),
      () => this.reduce(),
      () => this.reduce(),
      () => this.dot(),
      () => this.dot(),
      () => randomConv(this.o, this.dice, this.any(), this.any()),
      () => randomWindows(this.o, this.dice, this.any()),
      () => this.along(),
      () => randomSort(this.o, this.dice, this.any()),
      () => this.update(),
      () => this.rescale(),
      () => this.random(),
      () => this.random(),
      () => this.loops ? randomScan(this) : [],
      () => this.loops ? randomCond(this) : [],
      () => this.loops ? randomWhile(this) : [],
    ])();
    for (const y of made) {
      const size = sizeOf(this.o.shape(y));
      if (size > 0 && size <= 64) this.pool.push(y);
    }
  }

  unary(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const { dtype } = o.aval(x);
    if (dtype === "f32") {
      return [o.unary(dice.of(["neg", "abs", "tanh", "floor"]), x)];
    }
    if (dtype === "i32") return [o.unary(dice.of(["neg", "abs", "not"]), x)];
    return [o.unary("not", x)];
  }

  binary(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const { dtype, shape } = o.aval(x);
    if (dtype === "f32" && dice.next() < 0.15) {
      const divisor = o.full({ dtype, shape }, dice.of([1, -1, 2, 0.25, 8]));
      return [o.div(x, divisor)];
    }
    const ops: Record<string, BinaryOp[]> = {
      f32: ["add", "sub", "mul", "max", "min", "add", "sub", "mul"],
      i32: ["add", "sub", "mul", "max", "and", "xor", "div"],
      u32: ["add", "xor", "and", "shr"],
      bool: ["and", "or", "xor"],
    };
    const op = dice.of(ops[dtype]);
    const y = this.like(x);
    const made = dice.next() < 0.5 ? o.binary(op, x, y) : o.binary(op, y, x);
    // Products of products would grow beyond all bounds.
    return [dtype === "f32" && op === "mul" ? o.unary("tanh", made) : made];
  }

  choice(): ValueId[] {
    const { o, dice } = this;
    const a = this.any();
    const b = this.like(a);
    const { dtype, shape } = o.aval(a);
    const condition = dice.next() < 0.3 || dtype === "f32"
      ? this.like(o.full({ dtype: "bool", shape }, dice.below(2)))
      : o.compare(dice.of(["lt", "eq", "ge"]), a, b);
    const not = dice.next() < 0.3 ? o.unary("not", condition) : condition;
    return [o.select(not, a, b)];
  }

  cast(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    // A float near an integer could fall on either side of it.
    if (o.aval(x).dtype === "f32") return [];
    const y = o.cast(x, dice.of(["i32", "u32", "bool"]));
    return [dice.next() < 0.5 ? y : o.cast(y, dice.of(["i32", "u32"]))];
  }

  broadcast(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const shape = [...o.shape(x)];
    if (shape.length >= 4) return [];
    const axes = range(shape.length);
    for (let k = 0; k < 1 + dice.below(2); k++) {
      const at = dice.below(shape.length + 1);
      shape.splice(at, 0, 1 + dice.below(3));
      axes.forEach((a, i) => axes[i] = a >= at ? a + 1 : a);
    }
    return [o.broadcast(x, shape, axes)];
  }

  reshape(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const shape = o.shape(x).filter((n) => n !== 1 || dice.next() < 0.5);
    if (dice.next() < 0.3) return [o.reshape(x, [sizeOf(shape)])];
    const added = [...shape];
    added.splice(dice.below(shape.length + 1), 0, 1);
    return [o.reshape(x, dice.next() < 0.5 ? added : shape)];
  }

  transpose(): ValueId[] {
    const x = this.any();
    const perm = this.dice.shuffled(range(this.o.shape(x).length));
    return [this.o.transpose(x, perm)];
  }

  slice(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const shape = o.shape(x);
    const start = shape.map((n) => dice.next() < 0.6 ? 0 : dice.below(n));
    const limit = shape.map((n, i) =>
      dice.next() < 0.6 ? n : start[i] + 1 + dice.below(n - start[i])
    );
    const stride = shape.map(() => dice.next() < 0.85 ? 1 : 2);
    return [o.bind("slice", [x], { start, limit, stride })];
  }

  pad(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const { dtype, shape } = o.aval(x);
    const widths = () => shape.map(() => Math.max(0, dice.below(4) - 1));
    const inner = shape.map(() => dice.next() < 0.8 ? 0 : 1);
    const fill = o.full({ dtype, shape: [] }, dice.below(2));
    return [o.bind("pad", [x, fill], { lo: widths(), hi: widths(), inner })];
  }

  concat(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const rank = o.shape(x).length;
    if (rank === 0) return [];
    const parts = range(1 + dice.below(3)).map(() => this.like(x));
    return [o.bind("concat", [x, ...parts], { axis: dice.below(rank) })];
  }

  reverse(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const axes = range(o.shape(x).length).filter(() => dice.next() < 0.5);
    return [o.bind("reverse", [x], { axes })];
  }

  pick(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const shape = o.shape(x);
    if (shape.length === 0) return [];
    const axis = dice.below(shape.length);
    const index = (n: number) => o.full({ dtype: "i32", shape: [] }, n);
    if (dice.next() < 0.5) {
      const count = 1 + dice.below(shape[axis]);
      const indices = dice.next() < 0.5
        ? o.iota("i32", [count], 0)
        : o.broadcast(index(dice.below(4) - 1), [count], []);
      return [o.bind("gather", [x, indices], { axis, batchDims: 0 })];
    }
    const starts = shape.map(() => o.reshape(index(dice.below(3) - 1), [1]));
    return [o.bind("dynamicSlice", [
      x,
      o.bind("concat", starts, { axis: 0 }),
    ], { sizes: shape.map((n) => 1 + dice.below(n)), batchDims: 0 })];
  }

  reduce(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const { dtype, shape } = o.aval(x);
    if (dtype === "bool") return [];
    const axes = range(shape.length).filter(() => dice.next() < 0.5);
    return [o.reduce(dice.of(["sum", "max", "min"]), x, axes)];
  }

  dot(): ValueId[] {
    const { o, dice } = this;
    const a = this.any();
    const b = this.any();
    if (o.aval(a).dtype !== "f32" || o.aval(b).dtype !== "f32") return [];
    const contract: [number[], number[]] = [[], []];
    const batch: [number[], number[]] = [[], []];
    for (const i of dice.shuffled(range(o.shape(a).length))) {
      const j = o.shape(b).findIndex((n, k) =>
        n === o.shape(a)[i] && !contract[1].includes(k) && !batch[1].includes(k)
      );
      if (j < 0 || dice.next() < 0.4) continue;
      const pair = dice.next() < 0.7 ? contract : batch;
      pair[0].push(i);
      pair[1].push(j);
    }
    const y = o.dot(a, b, { contract, batch });
    if (o.shape(y).length > 4) return [];
    return [dice.next() < 0.5 ? y : o.unary("tanh", y)];
  }

  along(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const { dtype, shape } = o.aval(x);
    if (shape.length === 0) return [];
    const axis = dice.below(shape.length);
    if (dtype === "i32") {
      return [o.bind("argreduce", [x], { op: dice.of(["max", "min"]), axis })];
    }
    return dtype === "f32"
      ? [o.bind("cumsum", [x], { axis, reverse: dice.next() < 0.5 })]
      : [o.iota("i32", shape, axis)];
  }

  update(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const shape = o.shape(x);
    if (shape.length === 0) return [];
    const update = dice.next() < 0.3
      ? this.like(x)
      : o.sliceAxis(this.like(x), 0, 0, 1);
    const first = o.full({ dtype: "i32", shape: [] }, dice.below(3));
    const starts = o.broadcast(first, [shape.length], []);
    return [o.bind("dynamicUpdateSlice", [x, update, starts], {
      batchDims: 0,
    })];
  }

  rescale(): ValueId[] {
    const { o, dice } = this;
    const x = this.any();
    const { dtype, shape } = o.aval(x);
    if (dtype === "bool") return [];
    if (dtype !== "f32") {
      const y = o.bind("bitcast", [x], { dtype: dice.of(["i32", "u32"]) });
      return [y, o.bind("bitcast", [y], { dtype })];
    }
    if (dice.next() < 0.5) {
      const power = o.full({ dtype, shape }, dice.below(3));
      return [o.unary("tanh", o.binary("pow", x, power))];
    }
    const scale = dice.of([1, 0.5]);
    return [o.bind("affine", [x], { scale, shift: dice.of([0, 0.25]) })];
  }

  random(): ValueId[] {
    const { o, dice } = this;
    const keys = this.pool.filter((x) =>
      o.aval(x).dtype === "u32" && o.shape(x).at(-1) === 2 &&
      o.shape(x).length < 4
    );
    if (keys.length === 0) return [];
    const total = 2 + dice.below(2);
    const draw = dice.of([
      { kind: "key" as const },
      { kind: "split" as const, start: 0, count: total, total },
      { kind: "bits" as const, shape: [dice.below(2) + 1] },
    ]);
    const path = dice.of([[], [[0, 2] as const], [[5, 0] as const]]);
    const params = { partitionable: true, path, draw };
    return [o.bind("random", [keys[keys.length - 1]], params)];
  }

  inside(b: Builder, args: readonly ValueId[]): Growth {
    return new Growth(b, [...args], this.dice, false);
  }
}

/** A Program of about `size` nodes. */
export function randomProgram(seed: number, size: number): Program {
  const dice = new Dice(seed);
  const b = new Builder();
  const pool = INPUTS.map((aval) => b.input(aval));
  const growth = new Growth(b, pool, dice, true);
  for (let i = 0; i < size; i++) growth.grow();
  return b.build(range(8).map(() => growth.any()));
}

/** Elements for the inputs of a Program. */
export function randomInputs(program: Program, seed: number): Elements[] {
  const dice = new Dice(seed + 0.5);
  return program.inputs.map((id) => {
    const { dtype, shape } = program.avals[id];
    return range(sizeOf(shape)).map(() => {
      if (dtype === "f32") return dice.below(33) / 8 - 2;
      if (dtype === "i32") return dice.below(9) - 4;
      return dice.below(dtype === "bool" ? 2 : 1000);
    });
  });
}
