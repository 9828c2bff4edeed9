/**
 * Reductions within subgroups, on GPUs that offer them. That they are used
 * where they are offered is seen in the text of a kernel.
 */
import { assert, assertEquals } from "@std/assert";
import { it } from "node:test";
import type { Plan } from "../../../src/device/plan.ts";
import { openAdapter } from "../../../src/device/webgpu/adapter.ts";
import { emit } from "../../../src/device/webgpu/emitters.ts";
import { HARDWARE, openWebgpu } from "../../../src/device/webgpu/mod.ts";
import { shaderText } from "../../../src/device/webgpu/shader.ts";
import type { ReduceOp } from "../../../src/ir/primitives.ts";
import { findGpu } from "../../support/gpu.ts";
import { PlanKit, Source } from "../plan_kit.ts";
import { declareSuite } from "../suite.ts";

/** Reduces the last axis of one array, with many terms for each result. */
function planOf(op: ReduceOp, dtype: "f32" | "i32", shape: number[]): Plan {
  const kit = new PlanKit();
  const x = kit.input(dtype, shape);
  const out = kit.output(dtype, shape.slice(0, -1));
  const axes = [shape.length - 1];
  kit.call(
    { kind: "reduce", op, shape, axes, instructions: [], result: 0 },
    [x],
    [out],
  );
  return kit.plan();
}

/** The module that a GPU with subgroups of that size runs. */
function moduleOf(plan: Plan, subgroup: number): string {
  const [step] = plan.steps;
  if (step.step !== "call") throw new Error("expected a call");
  const [{ code, operands }] = emit(step, { ...HARDWARE, subgroup });
  return shaderText({
    mode: "task",
    size: code.kind === "groups" ? code.size : 64,
    width: 1,
    kernels: [{ code, operands: operands.length }],
  });
}

it("subgroups of any size share all terms of a result", () => {
  const plan = planOf("sum", "f32", [3, 1000]);
  const partials = [1, 4, 32, 64, 256, 512].map((subgroup) => {
    const text = moduleOf(plan, subgroup);
    assert(text.includes("subgroup") === subgroup > 1, text);
    assert(text.startsWith("enable subgroups;\n") === subgroup > 1, text);
    return [
      text.match(/subgroupShuffleXor/g)?.length ?? 0,
      Number(text.match(/totals: array<F, (\d+)>/)?.[1]),
    ];
  });
  assertEquals(partials, [[0, 256], [2, 64], [5, 8], [6, 4], [8, 1], [8, 1]]);
});

const options = await findGpu();
const opened = options === null ? null : await openAdapter(options);
opened?.device.destroy();
if (opened?.subgroup === 1) {
  it.skip(`within subgroups: "${opened.description}" has none here`, () => {});
} else if (options !== null) {
  declareSuite(
    { name: "webgpu", open: () => openWebgpu(options, HARDWARE) },
    (suite) => {
      suite.cases("reduces within subgroups", (add) => {
        const source = new Source();
        for (const op of ["sum", "max", "min", "prod"] as const) {
          for (const shape of [[3, 49], [5, 200], [2, 1000], [20000]]) {
            const size = shape.reduce((a, b) => a * b);
            const inputs = op === "prod"
              ? source.elements("f32", size, 0.99, 1.01)
              : source.elements("f32", size);
            const tolerance = op === "max" || op === "min" ? 0 : 1e-6;
            const what = `${op} [${shape}]`;
            add(planOf(op, "f32", shape), [inputs], what, tolerance, size);
            const whole = source.elements("i32", size);
            add(planOf(op, "i32", shape), [whole], `i32 ${what}`);
          }
          const special = new Float32Array(4 * 300);
          special[17] = NaN;
          special[300 + 299] = Infinity;
          special[600] = -Infinity;
          add(planOf(op, "f32", [4, 300]), [special], `${op} of specials`);
        }
      });
    },
  );
}
