/**
 * A Plan as text, one line per call.
 *
 * @module
 */
import type { Instruction, Kernel, Plan, Step, View } from "./plan.ts";

/** The Plan as text: inputs, steps, memory. */
export function formatPlan(plan: Plan): string {
  const lines = [
    `plan: ${plan.inputs.length} inputs, ${plan.outputs.length} outputs, ` +
    `${plan.arenaBytes} B arena`,
  ];
  const walk = (steps: readonly Step[], indent: string) => {
    for (const step of steps) {
      if (step.step !== "call") {
        const inside = indent + "  ";
        if (step.step === "loop") {
          lines.push(`${indent}loop ${step.id} x ${step.count}`);
          walk(step.body, inside);
        } else if (step.step === "while") {
          const most = step.most === null ? "" : `, at most ${step.most} times`;
          lines.push(`${indent}repeat${most}`);
          walk(step.condition, inside);
          lines.push(`${indent}while ${formatView(step.flag, plan)}`);
          walk(step.body, inside);
        } else {
          const index = formatView(step.index, plan);
          step.branches.forEach((branch, k) => {
            lines.push(`${indent}if ${index} is ${k}`);
            walk(branch, inside);
          });
        }
      } else {
        const writes = step.writes.map((v) => formatView(v, plan)).join(", ");
        const reads = step.reads.map((v) => formatView(v, plan)).join(", ");
        lines.push(
          `${indent}${writes} = ${formatKernel(step.kernel)}(${reads})`,
        );
      }
    }
  };
  walk(plan.steps, "  ");
  return lines.join("\n");
}

function formatView(view: View, plan: Plan): string {
  const { base, offset, steps } = plan.buffers[view.buffer];
  const moving = steps.map((s) => `+${s.bytes}*l${s.loop}`).join("");
  const place = base === 0
    ? `t${offset}`
    : (base <= plan.inputs.length
      ? `in${base - 1}`
      : `out${base - 1 - plan.inputs.length}`) +
      (offset === 0 ? "" : `@${offset}`);
  const from = view.offset === 0 ? "" : `+${view.offset}`;
  return `${place}${moving}${from}:${view.dtype}[${view.shape}]`;
}

function formatKernel(kernel: Kernel): string {
  switch (kernel.kind) {
    case "map":
      return `map{${kernel.instructions.map(formatInstruction).join(" ")}}`;
    case "reduce":
      return `${kernel.op}[${kernel.axes}]{` +
        `${kernel.instructions.map(formatInstruction).join(" ")}}`;
    case "dot":
      return `dot[${kernel.b}x${kernel.m}x${kernel.n}x${kernel.k}]`;
    case "conv":
      return `conv[${kernel.window}]`;
    case "reduceWindow":
    case "argWindow":
      return `${kernel.kind}_${kernel.op}[${kernel.window}]`;
    case "pack":
      return `pack[${kernel.b}x${kernel.k}x${kernel.n}]`;
    default:
      return kernel.kind;
  }
}

function formatInstruction(i: Instruction): string {
  if (i.op === "constant") return `${i.value}`;
  if (i.op === "index") return `i${i.axis}`;
  const name = "fn" in i ? i.fn : i.op;
  return `${name}(${i.args.map((a) => `r${a}`).join(",")})`;
}
