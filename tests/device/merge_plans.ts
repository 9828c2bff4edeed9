/**
 * Many Plans as one: a device that answers slowly is then asked once.
 */
import { range } from "../../src/base/shape.ts";
import {
  type Plan,
  type Step,
  stepLists,
  type View,
} from "../../src/device/plan.ts";

/** What is added to the numbers of a Plan that comes after others. */
interface Shift {
  /** By base of the Plan: its new base. */
  readonly bases: readonly number[];
  readonly buffers: number;
  readonly arenaBytes: number;
  readonly loops: number;
}

const ALIGNMENT = 64;

/**
 * A Plan whose inputs, outputs and steps are those of the given ones, in
 * order. Temporaries share no memory.
 */
export function mergePlans(plans: readonly Plan[]): Plan {
  const all = plans.flatMap((plan) => plan.inputs).length;
  const merged: Plan[] = [];
  let inputs = 0, outputs = 0, buffers = 0, arenaBytes = 0, loops = 0;
  for (const plan of plans) {
    const bases = [
      0,
      ...range(plan.inputs.length).map((i) => 1 + inputs + i),
      ...range(plan.outputs.length).map((j) => 1 + all + outputs + j),
    ];
    merged.push(moved(plan, { bases, buffers, arenaBytes, loops }, inputs));
    inputs += plan.inputs.length;
    outputs += plan.outputs.length;
    buffers += plan.buffers.length;
    arenaBytes += Math.ceil(plan.arenaBytes / ALIGNMENT) * ALIGNMENT;
    loops += loopsOf(plan.steps);
  }
  return {
    inputs: merged.flatMap((plan) => plan.inputs),
    outputs: merged.flatMap((plan) => plan.outputs),
    buffers: merged.flatMap((plan) => plan.buffers),
    arenaBytes,
    steps: merged.flatMap((plan) => plan.steps),
  };
}

function moved(plan: Plan, shift: Shift, inputs: number): Plan {
  const { bases, arenaBytes, loops } = shift;
  return {
    ...plan,
    outputs: plan.outputs.map(({ aval, donated }) => ({
      aval,
      donated: donated === null ? null : donated + inputs,
    })),
    buffers: plan.buffers.map(({ base, offset, size, steps }) => ({
      base: bases[base],
      offset: base === 0 ? offset + arenaBytes : offset,
      size,
      steps: steps.map(({ loop, bytes }) => ({ loop: loop + loops, bytes })),
    })),
    steps: plan.steps.map((step) => movedStep(step, shift)),
  };
}

function movedStep(step: Step, shift: Shift): Step {
  if (step.step === "loop") {
    const body = step.body.map((inner) => movedStep(inner, shift));
    return { ...step, id: step.id + shift.loops, body };
  }
  const view = (v: View): View => ({ ...v, buffer: v.buffer + shift.buffers });
  const list = (steps: readonly Step[]) =>
    steps.map((inner) => movedStep(inner, shift));
  if (step.step === "while") {
    const { flag, condition, body } = step;
    return {
      ...step,
      flag: view(flag),
      condition: list(condition),
      body: list(body),
    };
  }
  if (step.step === "branch") {
    const { index, branches } = step;
    return { ...step, index: view(index), branches: branches.map(list) };
  }
  return {
    ...step,
    reads: step.reads.map(view),
    writes: step.writes.map(view),
  };
}

/** One more than the largest number of a loop. */
function loopsOf(steps: readonly Step[]): number {
  return Math.max(
    0,
    ...steps.map((step) =>
      Math.max(
        step.step === "loop" ? step.id + 1 : 0,
        ...stepLists(step).map(loopsOf),
      )
    ),
  );
}
