/**
 * Reverse mode through scan, sort and customVjp, whose forward pass has to hand out
 * more than the node itself does.
 *
 * @module
 */
import {
  Builder,
  inline,
  type Node,
  type Program,
  type ValueId,
} from "../ir/program.ts";
import { sizeOf } from "../base/shape.ts";
import { Ops } from "./ops.ts";
import { activeValues } from "./activity.ts";
import type { BackwardPass, Vjp } from "./vjp.ts";

/** `vjp` itself, handed in because it and this file need each other. */
export type Differentiate = (program: Program, wrt: readonly boolean[]) => Vjp;

/** A node whose forward pass was rewritten. */
export interface Special {
  /** Its outputs in the forward Program. */
  readonly outputs: readonly ValueId[];
  /** Gradients of its operands, given those of its outputs. */
  backward(
    pass: BackwardPass,
    outputs: readonly ValueId[],
    needs: readonly boolean[],
  ): (ValueId | null)[];
}

/** customVjp: run its own forward Program, keep what that hands out. */
export function customForward(
  builder: Builder,
  node: Node<"customVjp">,
  inputs: readonly ValueId[],
): Special {
  const { primal, forward, backward } = node.params;
  const values = inline(builder, forward, inputs);
  const count = primal.outputs.length;
  // A fresh value per output: one that is also an operand or another output
  // must not share its cotangent with it.
  const results = values.slice(0, count).map((id) =>
    builder.emit("reshape", [id], { shape: builder.avals[id].shape })[0]
  );
  return {
    outputs: results,
    backward: (pass, outputs) => {
      const residuals = values.slice(count).map((id) => pass.primal(id));
      const cts = outputs.map((id) => pass.gradient(id));
      return inline(pass.ops.target, backward, [...residuals, ...cts]);
    },
  };
}

/** sort: one more operand, the places, comes out as where each element was. */
export function sortForward(
  builder: Builder,
  node: Node<"sort">,
  inputs: readonly ValueId[],
): Special {
  const { axis } = node.params;
  const { shape } = builder.avals[inputs[0]];
  const places = new Ops(builder).iota("i32", shape, axis);
  const values = builder.emit("sort", [...inputs, places], node.params);
  const outputs = values.slice(0, inputs.length);
  return {
    outputs,
    backward: (pass, outputs, needs) => {
      const { ops } = pass;
      const last = shape.length - 1;
      const rows = [sizeOf(shape.toSpliced(axis, 1)), shape[axis]];
      const inRows = (x: ValueId) =>
        ops.reshape(ops.moveAxis(x, axis, last), rows);
      const ids = inRows(pass.primal(values[inputs.length]));
      const zeros = ops.full({ dtype: "f32", shape: rows }, 0);
      return outputs.map((id, i) => {
        const d = needs[i] ? pass.cotangent(id) : null;
        if (d === null) return null;
        const dx = ops.bind("scatter", [zeros, ids, inRows(d)], {
          axis: 1,
          batchDims: 1,
          mode: "add",
        });
        const moved = [...shape.toSpliced(axis, 1), shape[axis]];
        return ops.moveAxis(ops.reshape(dx, moved), last, axis);
      });
    },
  };
}

/** Which body inputs are active, given which operands are: a fixpoint. */
function activeInputs(
  node: Node<"scan">,
  operands: readonly boolean[],
): boolean[] {
  const { body, constants, carries } = node.params;
  const wrt = operands.map((a, i) =>
    a && body.avals[body.inputs[i]].dtype === "f32"
  );
  for (;;) {
    const active = activeValues(body, wrt);
    let changed = false;
    for (let i = 0; i < carries; i++) {
      if (active[body.outputs[i]] && !wrt[constants + i]) {
        wrt[constants + i] = true;
        changed = true;
      }
    }
    if (!changed) return wrt;
  }
}

/**
 * scan: the residuals of the body's forward pass are stacked, except those that
 * are constants of the loop; the backward scan runs the other way.
 */
export function scanForward(
  builder: Builder,
  node: Node<"scan">,
  inputs: readonly ValueId[],
  operands: readonly boolean[],
  vjp: Differentiate,
): Special {
  const { body, length, constants, carries, reverse } = node.params;
  const wrt = activeInputs(node, operands);
  const rule = vjp(body, wrt);
  const { forward } = rule;
  const residuals = forward.outputs.slice(body.outputs.length);
  const constantOf = residuals.map((id) => {
    const i = forward.inputs.indexOf(id);
    return i >= 0 && i < constants ? i : -1;
  });
  const stacked = residuals.filter((_, i) => constantOf[i] < 0);
  const values = builder.emit("scan", inputs, {
    body: {
      ...forward,
      outputs: [...forward.outputs.slice(0, body.outputs.length), ...stacked],
    },
    length,
    constants,
    carries,
    reverse,
  });
  const stackedValues = values.slice(body.outputs.length);
  return {
    outputs: values.slice(0, body.outputs.length),
    backward: (pass, outputs) => {
      const shared = constantOf.filter((i) => i >= 0);
      const plan = backwardBody(
        body,
        wrt,
        rule,
        constantOf,
        constants,
        carries,
      );
      const { ops } = pass;
      const initial = plan.accumulators.map((i) =>
        ops.full(body.avals[body.inputs[i]], 0)
      );
      const carryCts = plan.carryCts.map((i) => pass.gradient(outputs[i]));
      const ySlices = plan.yCts.map((i) => pass.gradient(outputs[i]));
      const results = ops.target.emit("scan", [
        ...shared.map((i) => pass.primal(inputs[i])),
        ...carryCts,
        ...initial,
        ...stackedValues.map((id) => pass.primal(id)),
        ...ySlices,
      ], {
        body: plan.body,
        length,
        constants: shared.length,
        carries: carryCts.length + initial.length,
        reverse: !reverse,
      });
      return inputs.map((_, i) => {
        const at = plan.gradientOf[i];
        return at < 0 ? null : results[at];
      });
    },
  };
}

interface BackwardBody {
  readonly body: Program;
  /** Carries (as output indices) whose cotangents are carried. */
  readonly carryCts: readonly number[];
  /** Outputs after the carries whose cotangents are sliced. */
  readonly yCts: readonly number[];
  /** Constants whose gradients are summed over iterations. */
  readonly accumulators: readonly number[];
  /** For each operand of the scan, its gradient's result, or -1. */
  readonly gradientOf: readonly number[];
}

function backwardBody(
  body: Program,
  wrt: readonly boolean[],
  rule: Vjp,
  constantOf: readonly number[],
  constants: number,
  carries: number,
): BackwardBody {
  const b = new Builder();
  const o = new Ops(b);
  const { backward } = rule;
  const residualAvals = backward.inputs.slice(0, rule.residuals)
    .map((id) => backward.avals[id]);
  const isCarry = (i: number) => i >= constants && i < constants + carries;
  const carryCts = wrt.flatMap((w, i) =>
    w && isCarry(i) ? [i - constants] : []
  );
  const accumulators = wrt.flatMap((w, i) => w && i < constants ? [i] : []);
  const yCts = rule.cotangents.filter((i) => i >= carries);
  const outAval = (i: number) => body.avals[body.outputs[i]];

  const shared = residualAvals.map((a, i) =>
    constantOf[i] >= 0 ? b.input(a) : -1
  );
  const carryIn = carryCts.map((i) => b.input(outAval(i)));
  const sums = accumulators.map((i) => b.input(body.avals[body.inputs[i]]));
  const sliced = residualAvals.map((a, i) =>
    constantOf[i] < 0 ? b.input(a) : -1
  );
  const yIn = yCts.map((i) => b.input(outAval(i)));

  const cts = rule.cotangents.map((i) =>
    i < carries ? carryIn[carryCts.indexOf(i)] : yIn[yCts.indexOf(i)]
  );
  const residuals = residualAvals.map((_, i) => Math.max(shared[i], sliced[i]));
  const gradients = inline(b, backward, [...residuals, ...cts]);
  const wanted = wrt.flatMap((w, i) => w ? [i] : []);
  const gradient = (i: number) => gradients[wanted.indexOf(i)];

  const outputs: ValueId[] = [];
  const gradientOf = new Array<number>(wrt.length).fill(-1);
  const push = (operand: number, value: ValueId) => {
    gradientOf[operand] = outputs.length;
    outputs.push(value);
  };
  for (const i of carryCts) push(constants + i, gradient(constants + i));
  accumulators.forEach((i, k) => push(i, o.add(sums[k], gradient(i))));
  wrt.forEach((w, i) => {
    if (w && i >= constants + carries) push(i, gradient(i));
  });
  return { body: b.build(outputs), carryCts, yCts, accumulators, gradientOf };
}
