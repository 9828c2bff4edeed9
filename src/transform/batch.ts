/**
 * Vectorisation, Program -> Program: every node gets the form that works on a
 * whole batch at once. Inside, a batched value has its batch axis first; values
 * that do not depend on the batch stay as they are and are computed once.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { type Aval, formatAval, normalizeAxis } from "../base/shape.ts";
import {
  Builder,
  type Emitter,
  isNode,
  type Node,
  type Program,
  type ValueId,
} from "../ir/program.ts";
import { runPrograms } from "../ir/sub_programs.ts";
import { BATCH_RULES, type BatchContext, type Batched } from "./batch_rules.ts";
import { Ops } from "./ops.ts";

/** How to batch a Program. */
export interface BatchOptions {
  /** Number of samples. */
  readonly size: number;
  /** Per input, the axis of the samples, or null for one shared value. */
  readonly inAxes: readonly (number | null)[];
  /** Per output, where the samples go, or null if it must not be batched. */
  readonly outAxes: readonly (number | null)[];
  /** Name that `psum` and `axisIndex` refer to. */
  readonly axisName?: string;
  /** Names the outputs in errors. */
  readonly describeOutput?: (index: number) => string;
}

/**
 * Batches `program`.
 *
 * @throws {ShapeError} If an output with axis null depends on the batch.
 */
export function batch(program: Program, options: BatchOptions): Program {
  const { size, inAxes } = options;
  const builder = new Builder();
  const inputs = program.inputs.map((id, i) => {
    const aval = program.avals[id];
    const axis = inAxes[i];
    if (axis === null) return builder.input(aval);
    const at = normalizeAxis(axis, aval.shape.length + 1, "batch");
    return builder.input(insertAxis(aval, at, size));
  });
  return builder.build(batchInto(builder, program, inputs, options));
}

/**
 * Appends the batched form of `program` to `target`.
 *
 * @param inputs The batched arguments, values of `target`.
 * @returns The batched outputs.
 */
export function batchInto(
  target: Emitter,
  program: Program,
  inputs: readonly ValueId[],
  options: BatchOptions,
): ValueId[] {
  const { size, inAxes, outAxes } = options;
  const o = new Ops(target);
  const args = inputs.map((id, i): Batched => {
    const axis = inAxes[i];
    if (axis === null) return { id, batched: false };
    const at = normalizeAxis(axis, o.shape(id).length, "batch");
    return { id: o.moveAxis(id, at, 0), batched: true };
  });
  const results = batchNodes(o, program, args, options);
  return results.map((value, i) => {
    const axis = outAxes[i];
    if (axis === null) {
      if (value.batched) throw unexpectedBatch(program, i, options);
      return value.id;
    }
    const full = ensureBatched(o, value, size).id;
    const rank = o.shape(full).length;
    return o.moveAxis(full, 0, normalizeAxis(axis, rank, "batch"));
  });
}

/** Runs the rules over all nodes; the value of each output. */
export function batchNodes(
  o: Ops,
  program: Program,
  args: readonly Batched[],
  { size, axisName }: Pick<BatchOptions, "size" | "axisName">,
): Batched[] {
  const map = new Array<Batched>(program.avals.length);
  program.inputs.forEach((id, i) => map[id] = args[i]);
  for (const node of program.nodes) {
    const inputs = node.inputs.map((id) => map[id]);
    const named = isNamed(node, axisName);
    let outputs: readonly Batched[];
    if (!named && !inputs.some((x) => x.batched)) {
      outputs = o.target.emit(
        node.primitive,
        inputs.map((x) => x.id),
        node.params,
      )
        .map((id) => ({ id, batched: false }));
    } else {
      const context: BatchContext = {
        o,
        size,
        axisName,
        inputs,
        full: (i) => ensureBatched(o, inputs[i], size).id,
        aval: (i) => program.avals[node.inputs[i]],
        batchNodes,
        batch,
      };
      const rule = BATCH_RULES[node.primitive] as (
        c: BatchContext,
        params: Node["params"],
      ) => readonly Batched[];
      outputs = rule(context, node.params);
    }
    node.outputs.forEach((id, i) => map[id] = outputs[i]);
  }
  return program.outputs.map((id) => map[id]);
}

/** Repeats a value along a new batch axis unless it has one. */
export function ensureBatched(o: Ops, x: Batched, size: number): Batched {
  if (x.batched) return x;
  const shape = o.shape(x.id);
  const axes = shape.map((_, i) => i + 1);
  return { id: o.broadcast(x.id, [size, ...shape], axes), batched: true };
}

/** Whether a node, or one in its sub-programs, refers to the named axis. */
function isNamed(node: Node, axisName: string | undefined): boolean {
  if (axisName === undefined) return false;
  if (isNode(node, "psum") || isNode(node, "axisIndex")) {
    return node.params.axisName === axisName;
  }
  return runPrograms(node).some(({ nodes }) =>
    nodes.some((n) => isNamed(n, axisName))
  );
}

function insertAxis(aval: Aval, axis: number, size: number): Aval {
  const shape = [...aval.shape];
  shape.splice(axis, 0, size);
  return { dtype: aval.dtype, shape };
}

function unexpectedBatch(
  program: Program,
  index: number,
  { describeOutput }: BatchOptions,
): ShapeError {
  const what = describeOutput?.(index) ?? `output ${index}`;
  return new ShapeError(
    `Cannot vmap: ${what}, ${
      formatAval(program.avals[program.outputs[index]])
    }` +
      " per sample, depends on the sample but its axis is null, expected the " +
      "same value for all samples: give it an axis (0), or reduce it over the " +
      "batch with lax.pmean or lax.psum and an axisName",
  );
}
