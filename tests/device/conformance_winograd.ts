/**
 * Conformance of convolutions that are done by tiles: what a lowered Program
 * gives on the device, against its evaluation node by node, which sums
 * products over windows.
 */
import { assert, assertEquals } from "@std/assert";
import type { TypedArray } from "../../src/base/dtype.ts";
import { sizeOf } from "../../src/base/shape.ts";
import type { Plan } from "../../src/device/plan.ts";
import type { Program } from "../../src/ir/program.ts";
import { B, f32, kinds, planOf } from "../support/lowering.ts";
import { evaluate } from "../support/evaluate.ts";
import { runPlan } from "./compare.ts";
import { Source } from "./plan_kit.ts";
import type { Suite } from "./declare.ts";

interface Case {
  readonly groups?: number;
  readonly samples: number;
  readonly features: number;
  readonly outs: number;
  readonly size: readonly [number, number];
  /** Whether weights are mirrored and transposed, as for a gradient. */
  readonly mirrored?: boolean;
}

const CASES: readonly Case[] = [
  { samples: 2, features: 17, outs: 18, size: [6, 6] },
  { samples: 2, features: 16, outs: 33, size: [10, 4] },
  { samples: 3, features: 16, outs: 16, size: [2, 14], mirrored: true },
  // More than one block of tiles.
  { samples: 3, features: 16, outs: 17, size: [16, 12], mirrored: true },
  // More than one block of features.
  { samples: 4, features: 261, outs: 16, size: [4, 4] },
  { groups: 2, samples: 2, features: 18, outs: 16, size: [6, 6] },
];

function program(c: Case): Program {
  const { groups = 1, samples, features, outs, size, mirrored } = c;
  const b = new B();
  const x = b.input(f32(samples, groups * features, ...size));
  const weights = [groups * outs, features, 3, 3];
  let w: number;
  if (mirrored) {
    const given = b.input(f32(features, groups * outs, 3, 3));
    const [turned] = b.emit("transpose", [given], { perm: [1, 0, 2, 3] });
    [w] = b.emit("reverse", [turned], { axes: [2, 3] });
  } else w = b.input(f32(...weights));
  return b.build(b.emit("conv", [x, w], {
    strides: [1, 1],
    dilation: [1, 1],
    lo: [1, 1],
    hi: [1, 1],
    inner: [0, 0],
    groups,
    batchGroups: 1,
    outsFirst: false,
  }));
}

/** What is to be checked of a case. */
interface Check {
  readonly plan: Plan;
  readonly inputs: readonly TypedArray[];
  readonly expected: readonly number[];
}

const checks = new Map<Case, Check>();

/** Made once for all devices: evaluation is slow. */
function checkOf(c: Case): Check {
  let check = checks.get(c);
  if (check === undefined) {
    const made = program(c);
    const plan = planOf(made);
    const source = new Source(7);
    const inputs = plan.inputs.map(({ shape }) =>
      source.elements("f32", sizeOf(shape), -1, 1)
    );
    const [expected] = evaluate(made, inputs.map((x) => [...x]));
    checks.set(c, check = { plan, inputs, expected });
  }
  return check;
}

/** Checks of convolutions that are done by tiles. */
export function conformWinograd(suite: Suite): void {
  suite.describe("convolutions by tiles", (suite) => {
    for (const c of CASES) {
      const what = `give the sums over windows: ${JSON.stringify(c)}`;
      suite.it(what, async (device) => {
        const { plan, inputs, expected } = checkOf(c);
        assertEquals(kinds(plan.steps).slice(-2), [
          "winogradWeights",
          "winograd",
        ]);
        const [actual] = await runPlan(device, plan, inputs);
        // What adding up 9 f products in single precision is off by as well.
        const bound = 1e-6 * Math.sqrt(9 * c.features);
        expected.forEach((y, i) =>
          assert(
            Math.abs(actual[i] - y) <= bound,
            `${actual[i]} is not ${y} (${i})`,
          )
        );
      });
    }
  });
}
