/**
 * A Plan as a flat list of tasks: loops unrolled, every operand a base and a
 * number of words from it.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../base/dtype.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Call, Plan, Step, View } from "../plan.ts";
import { emit } from "./emitters.ts";
import type { KernelCode } from "./kernel_code.ts";
import type { EmitTuning, Stage } from "./stages.ts";

/** Words of a base that an operand touches: from `first` up to `end`. */
export interface Extent {
  /** Index in the table of bases. */
  readonly base: number;
  /** First word. */
  readonly first: number;
  /** Word after the last; equal to `first` if there are none. */
  readonly end: number;
}

/** An operand of a task. */
export interface Operand extends Extent {
  /** Word of its first element: not the first where strides are negative. */
  readonly origin: number;
  /** Whether the task writes it. */
  readonly written: boolean;
  /** What is seen there; null for scratch memory. */
  readonly view: View | null;
}

/** Axes of an operand in the order in which items go through them. */
export interface Axes {
  /** Sizes. */
  readonly shape: Shape;
  /** Elements per step of each axis. */
  readonly strides: readonly number[];
}

/** One kernel run. */
export interface Task {
  /** The calls of the Plan that it does, or a part of them; none for a copy. */
  readonly calls: readonly Call[];
  /** What it runs. */
  readonly code: KernelCode;
  /** Operands, in the order of the code's addresses. */
  readonly operands: readonly Operand[];
  /**
   * Per operand its axes, those first that the items of the code go through, or
   * null where items share elements; null if that is not known.
   */
  readonly axes: readonly (Axes | null)[] | null;
}

/** The tasks of a Plan. */
export interface TaskList {
  /** In the order of the Plan. */
  readonly tasks: readonly Task[];
  /** Words of scratch memory that they share. */
  readonly scratchWords: number;
}

/** Index of the base of scratch memory, after those of the Plan. */
export function scratchBase(plan: Plan): number {
  return 1 + plan.inputs.length + plan.outputs.length;
}

/** Makes the tasks of a Plan. */
export function tasksOf(plan: Plan, tuning: EmitTuning): TaskList {
  const tasks: Task[] = [];
  const stages = new Map<Call, readonly Stage[]>();
  const iterations = new Map<number, number>();
  let scratchWords = 0;

  const operandOf = (view: View, written: boolean): Operand => {
    const { base, offset, steps } = plan.buffers[view.buffer];
    let bytes = offset;
    for (const { loop, bytes: step } of steps) {
      bytes += step * (iterations.get(loop) ?? 0);
    }
    const origin = bytes / ELEMENT_BYTES + view.offset;
    const [low, high] = reach(view);
    return {
      base: canonicalBase(plan, base),
      origin,
      first: origin + low,
      end: origin + high,
      written,
      view,
    };
  };

  const runCall = (call: Call): void => {
    let list = stages.get(call);
    if (list === undefined) stages.set(call, list = emit(call, tuning));
    for (const { code, operands } of list) {
      if (code.count === 0) continue;
      tasks.push({
        calls: [call],
        code,
        axes: list.length === 1 ? axesOf(call) : null,
        operands: operands.map(({ view, written }) => {
          if (typeof view !== "number") return operandOf(view, written);
          scratchWords = Math.max(scratchWords, view);
          const base = scratchBase(plan);
          return { base, origin: 0, first: 0, end: view, written, view: null };
        }),
      });
    }
  };

  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.step === "call") {
        runCall(step);
        continue;
      }
      for (let i = 0; i < step.count; i++) {
        iterations.set(step.id, i);
        walk(step.body);
      }
      iterations.delete(step.id);
    }
  };
  walk(plan.steps);
  return { tasks, scratchWords };
}

function axesOf({ kernel, reads, writes }: Call): Task["axes"] {
  if (kernel.kind === "map") return [...reads, ...writes];
  if (kernel.kind === "dot") return [reads[0], null, writes[0]];
  if (kernel.kind !== "reduce") return null;
  const { shape, axes } = kernel;
  const kept = [...shape.keys()].filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const inOrder = ({ strides }: View): Axes => ({
    shape: order.map((axis) => shape[axis]),
    strides: order.map((axis) => strides[axis]),
  });
  return [...reads.map(inOrder), writes[0]];
}

/** An output that takes over an input's memory has no base of its own. */
function canonicalBase(plan: Plan, base: number): number {
  const donated = plan.outputs[base - 1 - plan.inputs.length]?.donated;
  return typeof donated === "number" ? 1 + donated : base;
}

/** Words that a view touches, from its first element on. */
function reach({ shape, strides }: View): [low: number, high: number] {
  if (sizeOf(shape) === 0) return [0, 0];
  let low = 0;
  let high = 1;
  shape.forEach((n, axis) => {
    const span = (n - 1) * strides[axis];
    if (span < 0) low += span;
    else high += span;
  });
  return [low, high];
}
