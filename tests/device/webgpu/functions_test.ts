import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import {
  aliases,
  FUNCTIONS,
  functionsText,
} from "../../../src/device/webgpu/functions.ts";
import { allCases, worstOf } from "./function_cases.ts";
import { openGpu, runCases } from "./shader_kit.ts";

const gpu = await openGpu();

describe("WGSL functions", () => {
  it("name what they call", () => {
    for (const [name, { needs = [], text }] of Object.entries(FUNCTIONS)) {
      const called = text.match(/\b\w+(?=\()/g) ?? [];
      const ours = called.filter((f) => f !== name && f in FUNCTIONS);
      assertEquals([...new Set(ours)].sort(), [...needs].sort(), name);
    }
  });

  it("come once, after what they call", () => {
    const text = functionsText(["erf_f32", "tanh_f32"]);
    assertEquals(text.match(/fn exp_inside_\(/g)?.length, 1);
    assert(text.indexOf("fn exp_inside_(") < text.indexOf("fn erf_f32("));
  });

  it("are of one element or of four", () => {
    assert(aliases(1).includes("alias F = f32;"));
    assert(aliases(4).includes("alias B = vec4<bool>;"));
  });
});

if (gpu !== null) {
  const cases = allCases();
  for (const width of [1, 4] as const) {
    const results = await runCases(gpu, width, cases);
    describe(`instructions, ${width} at a time`, () => {
      cases.forEach((one, i) =>
        it(one.name, () => {
          const { error, what } = worstOf(one, results[i]);
          assert(error <= one.tolerance, `${one.name}${what}`);
        })
      );
    });
  }
  gpu.destroy();
}
