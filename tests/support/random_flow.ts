/** Loops and choices of random Programs. */
import { range } from "../../src/base/shape.ts";
import { Builder, type Program, type ValueId } from "../../src/ir/program.ts";
import type { Ops } from "../../src/transform/ops.ts";
import type { Dice } from "./dice.ts";

/** A Program that grows, as far as loops and choices see it. */
export interface Growing {
  readonly o: Ops;
  readonly dice: Dice;
  /** A value. */
  any(): ValueId;
  /** A value of the same aval. */
  like(x: ValueId): ValueId;
  /** Starts a Program inside, of the given values. */
  inside(builder: Builder, args: readonly ValueId[]): Growing;
  /** Appends a node or a few. */
  grow(): void;
}

/** A Program inside, of about `size` nodes. */
function inner(
  g: Growing,
  operands: readonly ValueId[],
  size: number,
  outputs: (own: Growing, args: readonly ValueId[]) => readonly ValueId[],
): Program {
  const b = new Builder();
  const args = operands.map((x) => b.input(g.o.aval(x)));
  const own = g.inside(b, args);
  for (let i = 0; i < size; i++) own.grow();
  return b.build(outputs(own, args));
}

/** A loop over rows. */
export function randomScan(g: Growing): readonly ValueId[] {
  const { o, dice } = g;
  const length = dice.below(4);
  const constants = [g.any(), g.any()];
  const carries = [g.any(), g.any()];
  const rows = [g.any(), g.any()];
  const stacks = rows.map((x) => {
    const shape = [length, ...o.shape(x)];
    return o.broadcast(x, shape, range(shape.length - 1).map((i) => i + 1));
  }).map((x) => dice.next() < 0.5 ? x : g.like(x));
  const body = inner(
    g,
    [...constants, ...carries, ...rows],
    8,
    (own, args) => [
      ...args.slice(2, 4).map((x) => own.like(x)),
      own.any(),
      own.any(),
    ],
  );
  return o.target.emit("scan", [...constants, ...carries, ...stacks], {
    body,
    length,
    constants: 2,
    carries: 2,
    reverse: dice.next() < 0.5,
  });
}

/** A choice among one to three branches, by a number that may be outside. */
export function randomCond(g: Growing): readonly ValueId[] {
  const { o, dice } = g;
  const operands = [g.any(), g.any(), g.any()];
  const results = [g.any(), g.any()];
  const index = dice.next() < 0.2
    ? o.full({ dtype: "i32", shape: [] }, dice.below(4) - 1)
    : o.reduce("max", ...firstInteger(g));
  const branches = range(1 + dice.below(3)).map(() =>
    inner(
      g,
      [...operands, ...results],
      6,
      (own, args) => args.slice(3).map((x) => own.like(x)),
    )
  );
  return o.target.emit("cond", [index, ...operands, ...results], { branches });
}

/** A small integer tensor, and all its axes. */
function firstInteger(g: Growing): [ValueId, number[]] {
  const { o } = g;
  for (let i = 0; i < 20; i++) {
    const x = g.any();
    if (o.aval(x).dtype === "bool") {
      return [o.cast(x, "i32"), range(o.shape(x).length)];
    }
  }
  return [o.full({ dtype: "i32", shape: [] }, 1), []];
}

/** A loop that counts, and ends early at a value that it cannot foresee. */
export function randomWhile(g: Growing): readonly ValueId[] {
  const { o, dice } = g;
  const scalar = { dtype: "i32", shape: [] } as const;
  const operands = [g.any(), g.any(), o.full(scalar, 0), g.any(), g.any()];
  const most = dice.below(4);
  const body = inner(g, operands, 6, (own, args) => [
    own.o.addNumber(args[2], 1),
    ...args.slice(3).map((x) => own.like(x)),
  ]);
  const condition = inner(g, operands, 0, ({ o }, args) => {
    const [x] = args.slice(3);
    const axes = range(o.shape(x).length);
    const seen = o.aval(x).dtype === "bool"
      ? o.cast(o.reduce("max", o.cast(x, "i32"), axes), "bool")
      : o.compareNumber("le", o.reduce("max", x, axes), 1);
    const counts = o.compareNumber("lt", args[2], most);
    return [dice.next() < 0.5 ? counts : o.binary("and", counts, seen)];
  });
  return o.target.emit("while", operands, {
    condition,
    body,
    constants: 2,
    maxSteps: dice.next() < 0.3 ? null : dice.below(4),
  });
}
