/**
 * The text by which Plans are told apart.
 *
 * @module
 */
import { formatAval } from "../../base/shape.ts";
import type {
  Instruction,
  Kernel,
  Plan,
  Step,
  View,
} from "../../device/plan.ts";
import { paramsKey } from "../../ir/program.ts";

/** Text equal exactly when two Plans are interchangeable. */
export function planKey(plan: Omit<Plan, "key">): string {
  const inputs = plan.inputs.map(formatAval).join();
  const outputs = plan.outputs
    .map(({ aval, donated }) => `${formatAval(aval)}<${donated}`).join();
  const buffers = plan.buffers.map(({ base, offset, size, steps }) =>
    `${base}+${offset}:${size}` +
    steps.map(({ loop, bytes }) => `+${loop}*${bytes}`).join("")
  );
  return [
    inputs,
    outputs,
    plan.arenaBytes,
    buffers.join(),
    stepsKey(plan.steps),
  ]
    .join(";");
}

function stepsKey(steps: readonly Step[]): string {
  let text = "";
  for (const step of steps) {
    text += step.step === "loop"
      ? `loop${step.id}*${step.count}{${stepsKey(step.body)}}`
      : `${kernelKey(step.kernel)}(${viewsKey(step.reads)})(${
        viewsKey(step.writes)
      })`;
  }
  return text;
}

function viewsKey(views: readonly View[]): string {
  let text = "";
  for (const { buffer, dtype, offset, shape, strides } of views) {
    text += `${buffer}${dtype}+${offset}[${shape}][${strides}]`;
  }
  return text;
}

function kernelKey(kernel: Kernel): string {
  if (kernel.kind === "map") {
    return `map[${kernel.shape}]${instructionsKey(kernel.instructions)}` +
      `[${kernel.results}]`;
  }
  if (kernel.kind === "reduce") {
    return `${kernel.op}[${kernel.shape}][${kernel.axes}]` +
      `${instructionsKey(kernel.instructions)}[${kernel.result}]`;
  }
  if (kernel.kind === "random") {
    return `random${kernel.batch}${paramsKey(kernel.params)}`;
  }
  return Object.values(kernel).join();
}

function instructionsKey(instructions: readonly Instruction[]): string {
  let text = "";
  for (const instruction of instructions) {
    text += instructionKey(instruction) + ",";
  }
  return text;
}

function instructionKey(i: Instruction): string {
  switch (i.op) {
    case "constant":
      return `${i.dtype}${numberKey(i.value)}`;
    case "index":
      return `${i.dtype}i${i.axis}`;
    case "affine":
      return `affine ${numberKey(i.scale)} ${numberKey(i.shift)}(${i.args})`;
    case "cast":
    case "bitcast":
      return `${i.op} ${i.from}>${i.to}(${i.args})`;
    case "select":
      return `select ${i.dtype}(${i.args})`;
    default:
      return `${i.fn} ${i.dtype}(${i.args})`;
  }
}

function numberKey(value: number): string {
  return Object.is(value, -0) ? "-0" : `${value}`;
}
