/**
 * Shorthands for tests of lowering: a Builder with short names, Plans as lines,
 * and runs on the reference device.
 */
import { allocate } from "../../src/base/dtype.ts";
import type { Aval } from "../../src/base/shape.ts";
import { HostStorage } from "../../src/device/device.ts";
import { formatPlan } from "../../src/device/format_plan.ts";
import { type Plan, type Step, stepLists } from "../../src/device/plan.ts";
import { openReference } from "../../src/device/reference/mod.ts";
import type { BinaryOp, UnaryOp } from "../../src/ir/primitives.ts";
import { Builder, type Program, type ValueId } from "../../src/ir/program.ts";
import { lower } from "../../src/transform/lower/lower.ts";
import { checkPlan } from "./check_plan.ts";

/** The aval of an f32 tensor. */
export const f32 = (...shape: number[]): Aval => ({ dtype: "f32", shape });

/** The aval of an i32 tensor. */
export const i32 = (...shape: number[]): Aval => ({ dtype: "i32", shape });

/** A Builder with short names for what these tests use most. */
export class B extends Builder {
  unary(op: UnaryOp, x: ValueId): ValueId {
    return this.emit("unary", [x], { op })[0];
  }
  binary(op: BinaryOp, x: ValueId, y: ValueId): ValueId {
    return this.emit("binary", [x, y], { op })[0];
  }
  number(value: number, shape: readonly number[] = []): ValueId {
    const [c] = this.emit("constant", [], { dtype: "f32", value });
    return this.emit("broadcast", [c], { shape, axes: [] })[0];
  }
  transpose(x: ValueId): ValueId {
    return this.emit("transpose", [x], { perm: [1, 0] })[0];
  }
  reshape(x: ValueId, shape: readonly number[]): ValueId {
    return this.emit("reshape", [x], { shape })[0];
  }
  sum(x: ValueId, ...axes: number[]): ValueId {
    return this.emit("reduce", [x], { op: "sum", axes })[0];
  }
  cumsum(x: ValueId): ValueId {
    return this.emit("cumsum", [x], { axis: 1, reverse: false })[0];
  }
  rows(x: ValueId, start: number, limit: number): ValueId {
    const zeros = this.avals[x].shape.map(() => 0);
    return this.emit("slice", [x], {
      start: zeros.with(0, start),
      limit: this.avals[x].shape.with(0, limit),
      stride: zeros.map(() => 1),
    })[0];
  }
  matmul(x: ValueId, y: ValueId): ValueId {
    const params = { contract: [[1], [0]], batch: [[], []] } as const;
    return this.emit("dot", [x, y], params)[0];
  }
}

/** Outputs that take over inputs. */
export type Donation = readonly (readonly [output: number, input: number])[];

/** Lowers, and checks the rules of Plans. */
export function planOf(program: Program, donate: Donation = []): Plan {
  const plan = lower(program, { donate: new Map(donate) });
  checkPlan(plan);
  return plan;
}

/** The lines of the plan, without its head. */
export function linesOf(program: Program, donate: Donation = []): string[] {
  return formatPlan(planOf(program, donate)).split("\n").slice(1)
    .map((line) => line.slice(2));
}

function runPlan(plan: Plan, args: readonly (readonly number[])[]): number[][] {
  const inputs = plan.inputs.map(({ dtype }, i) => {
    const data = allocate(dtype, args[i].length);
    data.set(args[i]);
    return new HostStorage(data);
  });
  return openReference().compile(plan).run(inputs)
    .map((storage) => [...storage.readSync()]);
}

/** Lowers and runs on the reference device. */
export function run(
  program: Program,
  args: readonly (readonly number[])[],
  donate: Donation = [],
): number[][] {
  return runPlan(planOf(program, donate), args);
}

/** The kernels in order, those of loops once. */
export const kinds = (steps: readonly Step[]): string[] =>
  steps.flatMap((s) =>
    s.step === "call" ? [s.kernel.kind] : stepLists(s).flatMap(kinds)
  );
