/**
 * Scans on values, with bodies that come several times in each turn.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { range } from "../../base/shape.ts";
import type { PrimitiveParams } from "../../ir/primitives.ts";
import {
  Builder,
  type Emitter,
  inline,
  type Program,
  type ValueId,
} from "../../ir/program.ts";
import { Ops } from "../../transform/ops.ts";
import type { Value } from "../../transform/trace.ts";
import { computeAll } from "./operand.ts";

type Params = PrimitiveParams["scan"];

/**
 * Binds a scan.
 *
 * @param unroll How often the body comes in each turn.
 * @throws {ShapeError} If that is no whole number of at least 1.
 */
export function bindScan(
  operands: readonly Value[],
  params: Params,
  unroll = 1,
): Value[] {
  if (!(Number.isInteger(unroll) && unroll >= 1)) {
    throw new ShapeError(
      `Cannot unroll a scan: ${unroll} was given, expected a whole number of ` +
        "at least 1",
    );
  }
  return computeAll(
    operands,
    (o, ids) => emitScan(o.target, ids, params, unroll),
  );
}

function emitScan(
  target: Emitter,
  operands: readonly ValueId[],
  params: Params,
  unroll: number,
): readonly ValueId[] {
  const { length, constants, carries, reverse, body } = params;
  const turns = Math.floor(length / unroll);
  if (unroll === 1 || turns === 0) return target.emit("scan", operands, params);
  const o = new Ops(target);
  const first = constants + carries;
  const fixed = operands.slice(0, constants);
  const xs = operands.slice(first);
  // What does not fill a turn runs by itself, after the turns.
  const rest = length - turns * unroll;
  const [start, end] = reverse ? [rest, length] : [0, turns * unroll];
  const whole = target.emit("scan", [
    ...operands.slice(0, first),
    ...xs.map((x) =>
      o.reshape(o.sliceAxis(x, 0, start, end), [
        turns,
        unroll,
        ...o.shape(x).slice(1),
      ])
    ),
  ], { ...params, body: repeated(body, params, unroll), length: turns });
  const flat = whole.slice(carries).map((y) =>
    o.reshape(y, [turns * unroll, ...o.shape(y).slice(2)])
  );
  if (rest === 0) return [...whole.slice(0, carries), ...flat];
  const others = target.emit("scan", [
    ...fixed,
    ...whole.slice(0, carries),
    ...xs.map((x) =>
      reverse ? o.sliceAxis(x, 0, 0, rest) : o.sliceAxis(x, 0, end, length)
    ),
  ], { ...params, length: rest });
  return [
    ...others.slice(0, carries),
    ...flat.map((y, i) => {
      const other = others[carries + i];
      const joined = reverse ? [other, y] : [y, other];
      return o.bind("concat", joined, { axis: 0 });
    }),
  ];
}

/** The body `times` times, on slices of so many slices. */
function repeated(
  body: Program,
  { constants, carries, reverse }: Params,
  times: number,
): Program {
  const b = new Builder();
  const o = new Ops(b);
  const first = constants + carries;
  const args = body.inputs.map((id, i) => {
    const { dtype, shape } = body.avals[id];
    return b.input({ dtype, shape: i < first ? shape : [times, ...shape] });
  });
  let state = args.slice(constants, first);
  const stacks: ValueId[][] = [];
  for (const turn of range(times)) {
    const row = reverse ? times - 1 - turn : turn;
    const slices = args.slice(first).map((x) =>
      o.reshape(o.sliceAxis(x, 0, row, row + 1), o.shape(x).slice(1))
    );
    const outs = inline(b, body, [
      ...args.slice(0, constants),
      ...state,
      ...slices,
    ]);
    state = outs.slice(0, carries);
    stacks[row] = outs.slice(carries);
  }
  const stacked = stacks[0].map((_, k) => {
    const rows = stacks.map((list) =>
      o.reshape(list[k], [1, ...o.shape(list[k])])
    );
    return o.bind("concat", rows, { axis: 0 });
  });
  return b.build([...state, ...stacked]);
}
