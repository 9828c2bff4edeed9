/** px.profile: a table of kernels, and the same results as without it. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { describe, it } from "node:test";
import {
  DeviceError,
  jax,
  jnp,
  px,
  pxf,
  type Tensor,
  tensor,
  TraceError,
} from "../../mod.ts";
import { sizeOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/device/device.ts";
import {
  defaultDevice,
  openDevice,
  setDefaultDevice,
} from "../../src/devices.ts";
import { isNode } from "../../src/ir/program.ts";
import {
  makeState,
  type TrainState,
  trainStep,
} from "../support/moons_model.ts";

const T = 8;

/** How each device says that it measured. */
const HOW: { readonly [device: string]: RegExp } = {
  reference: /; 1 run$/,
  wasm: /; the faster half of \d+ runs, kernels on 1 thread$/,
  webgpu: /; \d+ dispatches in 1 submit, 1 run/,
};

function newStep() {
  return pxf.jit(
    (T: number, x: Tensor, y: Tensor, state: TrainState) =>
      trainStep(T, x, y, state).e,
    { staticArgnums: 0 },
  );
}

function batch(): [Tensor, Tensor] {
  const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
  const y = Int32Array.from({ length: 32 }, (_, i) => i % 2);
  return [tensor(x).reshape(32, 2), jax.nn.oneHot(tensor(y), 2)];
}

/** A training step's state, always with the same weights. */
function newState(): TrainState {
  px.RKG.seed(0);
  return makeState(jax.nn.leakyRelu, 0.01, 1e-2);
}

function weights({ model }: TrainState): number[] {
  return model.layers.flatMap(({ nn }) => [...nn.weight.get().dataSync()]);
}

function onDevice(device: Device, body: () => void): void {
  const before = defaultDevice();
  setDefaultDevice(device);
  try {
    body();
  } finally {
    setDefaultDevice(before);
  }
}

describe("px.profile()", () => {
  it("trains like a call without it, once per call", () => {
    const [x, y] = batch();
    const [plain, profiled] = [newStep(), newStep()];
    const states = [newState(), newState()];
    for (let i = 0; i < 2; i++) {
      const energy = plain(T, x, y, states[0]);
      const { result } = px.profile(profiled, T, x, y, states[1]);
      assertEquals(result.dataSync(), energy.dataSync());
      assertEquals(weights(states[1]), weights(states[0]));
    }
    assertEquals(profiled.traces, 1);
  });

  it("finds the products of a training step", () => {
    const [x, y] = batch();
    const step = newStep();
    const state = newState();
    const report = px.profile(step, T, x, y, state);
    const { nodes, avals } = step.program(T, x, y, state);
    // A device may make one piece of several products, but does them all.
    const flops = nodes.reduce((sum, node) => {
      if (!isNode(node, "dot")) return sum;
      const { shape } = avals[node.inputs[0]];
      const terms = node.params.contract[0].map((axis) => shape[axis]);
      return sum + 2 * sizeOf(terms) * sizeOf(avals[node.outputs[0]].shape);
    }, 0);
    assertEquals(report.kernels.reduce((sum, k) => sum + k.flops, 0), flops);
    if (defaultDevice().info.name === "wasm") {
      const forward = report.kernels.find((k) => k.name === "dot 32x32x32 np")!;
      assertEquals(forward.flops, forward.calls * 2 * 32 ** 3);
    }
    const shares = report.kernels.map((k) => k.share);
    assert(Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-9);
    assertEquals([...shares].sort((a, b) => b - a), shares);
    assert(report.ms > 0 && report.runs === 1);
  });

  it("says what compiling took, when it was compiled", () => {
    const f = pxf.jit((x: Tensor) => x.matmul(x));
    const x = jnp.ones([8, 8]);
    const first = px.profile(f, x);
    const phases = ["trace", "simplify", "plan", "compile"];
    assertEquals([...first.phases.keys()], phases);
    assert([...first.phases.values()].every((ms) => ms >= 0));
    assertEquals(px.profile(f, x).phases.size, 0);
  });

  it("counts all calls that a function makes, jitted or not", () => {
    const f = pxf.jit((x: Tensor) => x.matmul(x));
    const report = px.profile(() => {
      let x = jnp.eye(4);
      for (let i = 0; i < 3; i++) x = f(x);
      return x.add(x);
    });
    assertEquals(report.result.dataSync()[0], 2);
    const calls = new Map(report.kernels.map((k) => [k.name, k.calls]));
    assertEquals(calls.get("dot 4x4x4 nn"), 3);
    assertEquals(calls.get("map f32[16]: a + b"), 1);
  });

  it("prints a table", () => {
    const f = pxf.jit((x: Tensor) => x.matmul(x).add(1));
    const report = px.profile(f, jnp.ones([16, 16]));
    const [head, device, compiled, , title, ...rows] = `${report}`.split("\n");
    assertMatch(head, /^1 run of 1 program: .* ms, of it in kernels .* ms$/);
    assertMatch(device, HOW[defaultDevice().info.name]);
    assertMatch(compiled, /^compiled before: trace .* ms, simplify .* ms, /);
    assertMatch(title, /^kernel +calls +ms +share +rate$/);
    assertEquals(rows.length, report.kernels.length);
    assertMatch(
      rows.find((r) => r.includes("dot 16x16x16 nn"))!,
      /dot 16x16x16 nn.* +1 +[\d.]+ +[\d.]+ % +([\d.]+ GFLOP\/s)?$/,
    );
  });

  it("sums up what is rarely run in one row", () => {
    const report = px.profile(() => {
      for (let n = 1; n <= 30; n++) jnp.exp(jnp.ones([n])).mul(2);
    });
    assert(report.kernels.length >= 60);
    const rows = `${report}`.split("\n");
    assertMatch(
      rows.at(-1)!,
      new RegExp(`^${report.kernels.length - 24} othe`),
    );
  });

  it("runs nothing, and has an empty table", () => {
    const report = px.profile(() => 7);
    assertEquals([report.result, report.runs, report.ms], [7, 0, 0]);
    assertMatch(`${report}`, /^0 runs of 0 programs: 0 ms/);
  });

  it("works on the reference device", () => {
    onDevice(openDevice("reference"), () => {
      const report = px.profile((x: Tensor) => x.matmul(x), jnp.eye(3));
      assertEquals(report.kernels.map((k) => k.name).sort(), [
        "dot 3x3x3 nn",
      ]);
      assertMatch(`${report}`, /plain loops in JavaScript, f32; 1 run\n/);
    });
  });

  it("waits for asynchronous functions", async () => {
    const x = jnp.ones([8, 8]);
    const report = await px.profile(async () => {
      const y = x.matmul(x);
      await y.data();
      return y.add(1);
    });
    assertEquals(report.result.dataSync()[0], 9);
    assertEquals(report.runs, 2);
    const failing = px.profile(() => Promise.reject(new RangeError("no")));
    await assertRejects(() => failing, RangeError, "no");
    assertEquals(px.profile(() => 1).result, 1);
  });

  it("names a device that cannot time kernels", () => {
    const reference = openDevice("reference");
    const blind: Device = {
      ...reference,
      info: { name: "blind", description: "" },
      compile: (plan) => {
        const { run, dispose } = reference.compile(plan);
        return { run, dispose };
      },
    };
    onDevice(blind, () => {
      assertThrows(
        () => px.profile((x: Tensor) => x.add(x), tensor([1, 2])),
        DeviceError,
        'Cannot profile on "blind": it does not time the calls of a program, ' +
          'expected a device that does: use init("wasm")',
      );
      assertEquals(tensor([1, 2]).add(1).dataSync()[0], 2);
    });
  });

  it("refuses traces and profiles of profiles", () => {
    const f = pxf.jit((x: Tensor) => px.profile(() => x.add(1)).result);
    assertThrows(
      () => f(jnp.ones([2])),
      TraceError,
      "it is being traced and nothing runs yet, expected a call that runs",
    );
    assertThrows(
      () => px.profile(() => px.profile(() => 1)),
      TraceError,
      "Cannot profile inside a function that is being profiled",
    );
    assertEquals(px.profile(() => 1).result, 1);
  });
});
