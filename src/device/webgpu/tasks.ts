/**
 * A Plan as a flat list of tasks: loops unrolled, branches one after another
 * under guards, every operand a base and a number of words from it.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../base/dtype.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { DeviceError } from "../../base/errors.ts";
import {
  type Branch,
  type Call,
  type Plan,
  type Step,
  stepLists,
  type View,
  type While,
} from "../plan.ts";
import { emit } from "./emitters.ts";
import { choose, enter, goOn, Guards } from "./guards.ts";
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
  /** A word without which the task does nothing, or null: it always runs. */
  readonly guard: Operand | null;
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

/**
 * Makes the tasks of a Plan.
 *
 * @throws {DeviceError} If a loop has no most number of turns.
 */
export function tasksOf(plan: Plan, tuning: EmitTuning): TaskList {
  const tasks: Task[] = [];
  const stages = new Map<Call, readonly Stage[]>();
  const iterations = new Map<number, number>();
  const guards = new Guards(scratchBase(plan));
  /** Scratch comes after the guards. */
  const guardWords = SPACING_OF_SCRATCH * Math.ceil(
    declareGuards(guards, plan.steps) / SPACING_OF_SCRATCH,
  );
  let scratchWords = guardWords;
  let guard: Operand | null = null;

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
          const base = scratchBase(plan);
          const origin = guardWords;
          const end = origin + view;
          scratchWords = Math.max(scratchWords, end);
          return { base, origin, first: origin, end, written, view: null };
        }),
        guard,
      });
    }
  };

  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.step === "call") runCall(step);
      else if (step.step === "while") walkWhile(step);
      else if (step.step === "branch") walkBranch(step);
      else {
        for (let i = 0; i < step.count; i++) {
          iterations.set(step.id, i);
          walk(step.body);
        }
        iterations.delete(step.id);
      }
    }
  };
  const walkGuarded = (own: Operand, steps: readonly Step[]): void => {
    const outer = guard;
    guard = own;
    walk(steps);
    guard = outer;
  };
  const walkBranch = (step: Branch): void => {
    const own = guards.of(step, step.branches.length);
    tasks.push(choose(guards, own, operandOf(step.index, false), guard));
    step.branches.forEach((branch, k) => walkGuarded(own[k], branch));
  };
  const walkWhile = (step: While): void => {
    const { condition, body, flag, most } = step;
    if (most === null) throw endless();
    const [own] = guards.of(step, 1);
    tasks.push(enter(own, guard));
    for (let i = 0; i < most; i++) {
      walkGuarded(own, condition);
      tasks.push(goOn(own, operandOf(flag, false)));
      walkGuarded(own, body);
    }
  };
  walk(plan.steps);
  return { tasks, scratchWords };
}

/** Words between the guards and scratch memory are a multiple of this. */
const SPACING_OF_SCRATCH = 16;

/** Gives all guards their places; the number of words that they take. */
function declareGuards(guards: Guards, steps: readonly Step[]): number {
  for (const step of steps) {
    if (step.step === "while") guards.of(step, 1);
    else if (step.step === "branch") guards.of(step, step.branches.length);
    for (const list of stepLists(step)) declareGuards(guards, list);
  }
  return guards.words;
}

function endless(): DeviceError {
  return new DeviceError(
    'Cannot compile a while loop for "webgpu": it has no maxSteps, and a GPU ' +
      "gets all turns at once, which nobody ends early, expected the most " +
      "turns it may take: pass { maxSteps: n } to whileLoop, or use a device " +
      'that counts for itself, with init("wasm")',
  );
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
