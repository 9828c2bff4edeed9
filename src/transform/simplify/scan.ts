/**
 * Rule of `scan`: what is known of its operands moves into the body, what does
 * not change from one run of the body to the next moves out of it.
 *
 * @module
 */
import type { PrimitiveParams } from "../../ir/primitives.ts";
import {
  Builder,
  inline,
  type Program,
  type ValueId,
} from "../../ir/program.ts";
import { hoistInvariants } from "./invariants.ts";
import {
  from,
  full,
  one,
  type Replacement,
  reshaped,
  type Rewriter,
  type Rule,
  shapeOf,
} from "./rewriter.ts";

type Params = PrimitiveParams["scan"];

/** No or one run; a simpler body; operands and results that need no loop. */
export const scan: Rule<"scan"> = (r, inputs, params): Replacement => {
  const { length, carries, constants } = params;
  const body = r.simplifyBody(params.body);
  const avals = body.outputs.map((id) => body.avals[id]);
  if (length === 0) {
    return avals.map(({ dtype, shape }, i) =>
      i < carries
        ? inputs[constants + i]
        : full(r, { dtype, shape: [0, ...shape] }, 0)
    );
  }
  if (length === 1) {
    const args = inputs.map((x, i) =>
      i < constants + carries ? x : reshaped(r, x, shapeOf(r, x).slice(1))
    );
    return inline(r, body, args).map((y, i) =>
      i < carries ? y : reshaped(r, y, [1, ...avals[i].shape])
    );
  }
  const known = knownParts(r, inputs, { ...params, body });
  if (known) return known;
  const hoisted = hoistInvariants(r, inputs, { ...params, body });
  if (hoisted) return hoisted;
  return body === params.body
    ? undefined
    : r.emit("scan", inputs, { ...params, body });
};

/** What becomes of an operand: it stays, or the body has it in another way. */
type Fate =
  | { kind: "keep" }
  /** Every element is this number. */
  | { kind: "splat"; value: number }
  /** The same as an earlier constant of the body. */
  | { kind: "same"; as: number }
  /** A carry or a stacked operand that is this value in every run. */
  | { kind: "constant"; operand: ValueId };

const KEEP: Fate = { kind: "keep" };

function fateOf(
  r: Rewriter,
  inputs: readonly ValueId[],
  { body, constants, carries }: Params,
  i: number,
): Fate {
  const x = inputs[i];
  if (i < constants) {
    const value = r.splat(x);
    if (value !== undefined) return { kind: "splat", value };
    const as = inputs.indexOf(x);
    return as < i ? { kind: "same", as } : KEEP;
  }
  if (i < constants + carries) {
    return body.outputs[i - constants] === body.inputs[i]
      ? { kind: "constant", operand: x }
      : KEEP;
  }
  const node = from(r, x, "broadcast");
  if (!node || node.params.axes.includes(0)) return KEEP;
  const operand = one(r, "broadcast", node.inputs, {
    shape: node.params.shape.slice(1),
    axes: node.params.axes.map((a) => a - 1),
  });
  return { kind: "constant", operand };
}

/**
 * A result that is known without the loop: the initial value of an unchanged
 * carry, a stack of one value, a stacked operand handed back.
 */
function resultOf(
  r: Rewriter,
  inputs: readonly ValueId[],
  { body, length, constants, carries }: Params,
  i: number,
): ValueId | undefined {
  const y = body.outputs[i];
  const input = body.inputs.indexOf(y);
  if (i < carries) {
    return input === constants + i ? inputs[input] : undefined;
  }
  const { dtype, shape } = body.avals[y];
  const stacked = { dtype, shape: [length, ...shape] };
  const value = splatIn(body, y);
  if (value !== undefined) return full(r, stacked, value);
  if (input >= constants + carries) return inputs[input];
  if (input < 0 || input >= constants) return undefined;
  const axes = shape.map((_, axis) => axis + 1);
  return one(r, "broadcast", [inputs[input]], { shape: stacked.shape, axes });
}

/** The number a value of a simplified body repeats. */
function splatIn(body: Program, value: ValueId): number | undefined {
  const producer = body.nodes.find((node) => node.outputs[0] === value);
  if (producer?.primitive === "broadcast") {
    return splatIn(body, producer.inputs[0]);
  }
  return producer?.primitive === "constant"
    ? (producer.params as PrimitiveParams["constant"]).value
    : undefined;
}

/** The loop without the operands and results that need none. */
function knownParts(
  r: Rewriter,
  inputs: readonly ValueId[],
  params: Params,
): ValueId[] | undefined {
  const { body, constants, carries } = params;
  const fates = inputs.map((_, i) => fateOf(r, inputs, params, i));
  const results = body.outputs.map((_, i) => resultOf(r, inputs, params, i));
  // A stack that equals an earlier one is taken from there.
  const first = body.outputs.map((y, i) =>
    i < carries ? i : body.outputs.indexOf(y, carries)
  );
  const isOpen = (i: number) => results[i] === undefined && first[i] === i;
  const open = body.outputs.map((_, i) => i).filter(isOpen);
  if (
    fates.every((f) => f.kind === "keep") && open.length === results.length
  ) {
    return undefined;
  }

  const b = new Builder();
  const args: ValueId[] = new Array(inputs.length);
  const operands: ValueId[] = [];
  const declare = (i: number, operand: ValueId) => {
    args[i] = b.input(body.avals[body.inputs[i]]);
    operands.push(operand);
  };
  fates.forEach((fate, i) => {
    if (fate.kind === "constant") declare(i, fate.operand);
    else if (fate.kind === "keep" && i < constants) declare(i, inputs[i]);
  });
  const newConstants = operands.length;
  fates.forEach((fate, i) => {
    if (fate.kind === "keep" && i >= constants) declare(i, inputs[i]);
  });
  fates.forEach((fate, i) => {
    if (fate.kind === "same") args[i] = args[fate.as];
    if (fate.kind !== "splat") return;
    args[i] = full(b, body.avals[body.inputs[i]], fate.value);
  });
  const outs = inline(b, body, args);
  const loop = r.emit("scan", operands, {
    ...params,
    body: b.build(open.map((i) => outs[i])),
    constants: newConstants,
    carries: open.filter((i) => i < carries).length,
  });
  return results.map((known, i) => known ?? loop[open.indexOf(first[i])]);
}
