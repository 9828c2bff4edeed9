/**
 * Threads: every device check with all that can be split split, the same bits
 * for any number of threads, and what happens when there are none.
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { before, describe, it } from "node:test";
import { allocate } from "../../../src/base/dtype.ts";
import { DeviceError } from "../../../src/base/errors.ts";
import { type Device, HostStorage } from "../../../src/device/device.ts";
import type { Plan } from "../../../src/device/plan.ts";
import { assemble } from "../../../src/device/wasm/calls.ts";
import { loadKernels } from "../../../src/device/wasm/kernels.ts";
import { openWasm } from "../../../src/device/wasm/mod.ts";
import { schedule, type Scheduled } from "../../../src/device/wasm/schedule.ts";
import { Builder, type Program } from "../../../src/ir/program.ts";
import { lower } from "../../../src/transform/lower/lower.ts";
import { Ops } from "../../../src/transform/ops.ts";
import { simplify } from "../../../src/transform/simplify.ts";
import { convStep } from "../../support/conv_step.ts";
import { pcStep } from "../../support/pc_step.ts";
import { randomInputs, randomProgram } from "../../support/random_program.ts";
import { conformDevice } from "../conformance.ts";
import { accumulate, host } from "../conformance_memory.ts";
import { VARIANTS } from "./bed.ts";
import { openTeam, ready } from "./team_kit.ts";

/** Bits of the outputs of a Plan. */
function bitsOf(device: Device, plan: Plan, program: Program): number[] {
  const inputs = randomInputs(program, 3).map((x, i) => {
    const data = allocate(program.avals[program.inputs[i]].dtype, x.length);
    data.set(x);
    return new HostStorage(data);
  });
  const executable = device.compile(plan);
  const bits = executable.run(inputs).flatMap((output) => {
    const data = output.readSync();
    return [...new Uint32Array(data.buffer, data.byteOffset, data.length)];
  });
  executable.dispose();
  return bits;
}

for (const variant of VARIANTS) {
  for (const threads of [2, 3]) {
    conformDevice({
      name: `wasm, ${variant}, ${threads} threads that split everything`,
      open: async () => {
        const device = openTeam(variant, threads);
        await ready(device);
        return device;
      },
    });
  }
}

describe("the number of threads", () => {
  const devices = [1, 2, 3, 4].map((n) => openTeam(VARIANTS[0], n));
  before(async () => {
    for (const device of devices.slice(1)) await ready(device);
  });

  it("changes no bit of a training step", () => {
    const nets = [[40, 64, 48, 10], [70, 130, 90, 3]];
    for (
      const [batch, layers] of [16, 37, 64].flatMap((n) =>
        nets.map((layers) => [n, layers] as const)
      )
    ) {
      const program = simplify(pcStep({ batch, layers, steps: 4 }));
      const plan = lower(program, { donate: new Map() });
      const [expected, ...others] = devices.map((device) =>
        bitsOf(device, plan, program)
      );
      assert(expected.length > 1000);
      for (const bits of others) assertEquals(bits, expected);
    }
  });

  it("changes no bit of convolutions, pools and their gradients", () => {
    const sizes = [
      { batch: 16, features: 3, outs: 40, size: 12, window: 3, stride: 1 },
      { batch: 9, features: 32, outs: 36, size: 8, window: 3, stride: 1 },
      { batch: 1, features: 32, outs: 33, size: 12, window: 3, stride: 1 },
      { batch: 5, features: 7, outs: 35, size: 9, window: 2, stride: 2 },
      { batch: 2, features: 70, outs: 5, size: 17, window: 5, stride: 3 },
    ];
    for (const size of sizes) {
      const program = simplify(convStep(size));
      const plan = lower(program, { donate: new Map() });
      const [expected, ...others] = devices.map((device) =>
        bitsOf(device, plan, program)
      );
      for (const bits of others) {
        assertEquals(bits, expected, JSON.stringify(size));
      }
    }
  });

  it("changes no bit of random programs", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const program = randomProgram(seed, 5 + seed % 40);
      const plan = lower(program, { donate: new Map() });
      const [expected, ...others] = devices.map((device) =>
        bitsOf(device, plan, program)
      );
      for (const bits of others) assertEquals(bits, expected, `seed ${seed}`);
    }
  });
});

/** A schedule in short: one thread, all threads, barriers. */
function outline(list: readonly Scheduled[]): string {
  return list.map((item) =>
    item.by === "loop"
      ? `loop(${outline(item.body)})`
      : item.by === "choice"
      ? `${item.choice.kind}(${item.bodies.map(outline).join("; ")})`
      : item.by === "barrier"
      ? "|"
      : item.by
  ).join(" ");
}

describe("the schedule", () => {
  const kernels = loadKernels(new WebAssembly.Memory({ initial: 1 }));
  const worth = { barrier: 8000, waking: 0 };

  it("keeps small work on one thread", () => {
    const program = simplify(
      pcStep({ batch: 32, layers: [2, 32, 32, 2], steps: 8 }),
    );
    assertEquals(
      schedule(assemble(lower(program, { donate: new Map() }), kernels)),
      null,
    );
  });

  it("splits nothing into one part", () => {
    for (const n of [1, 2, 16, 63, 64, 65, 128]) {
      const list = schedule(assemble(accumulate(n), kernels), {
        barrier: 0,
        waking: -1,
      });
      const units = list!.flatMap((i) => i.by === "all" ? i.split.units : []);
      assertEquals(units, n === 128 ? [2, 2] : []);
    }
  });

  it("splits in branches and turns, and waits for all to have chosen", () => {
    const n = 1 << 16;
    const halve = (b: Builder) => {
      const x = b.input({ dtype: "f32", shape: [n] });
      const o = new Ops(b);
      return { x, half: o.unary("exp", o.scale(x, -0.5)) };
    };
    const asks = new Builder();
    const { x: seen } = halve(asks);
    const o = new Ops(asks);
    const most = o.reduce("max", seen, [0]);
    const condition = asks.build([o.compareNumber("gt", most, 1)]);
    const bodyBuilder = new Builder();
    const body = bodyBuilder.build([halve(bodyBuilder).half]);
    const b = new Builder();
    const index = b.input({ dtype: "i32", shape: [] });
    const [chosen] = b.emit("cond", [
      index,
      b.input({ dtype: "f32", shape: [n] }),
    ], { branches: [body, body] });
    const outs = b.emit("while", [chosen], {
      condition,
      body,
      constants: 0,
      maxSteps: null,
    });
    const plan = lower(b.build(outs), { donate: new Map() });
    const list = schedule(assemble(plan, kernels), worth);
    assertEquals(
      outline(list!),
      "branch(all |; all |) | all | while(one |; all |) |",
    );
  });

  it("splits the samples' stretch once, not operation by operation", () => {
    const layers = [256, 512, 512, 10];
    const program = simplify(pcStep({ batch: 256, layers, steps: 2 }));
    const list = schedule(
      assemble(lower(program, { donate: new Map() }), kernels),
      worth,
    );
    const text = outline(list!);
    const split = list!.filter((item) => item.by === "all").length;
    const waits = list!.filter((item) => item.by === "barrier").length;
    assert(split >= 20, text);
    assert(waits <= split / 3, text);
  });
});

describe("a team", () => {
  it("says when a thread has died, computes nothing, and starts anew", async () => {
    const device = openTeam(VARIANTS[0], 2);
    await ready(device);
    const executable = device.compile(accumulate(128));
    let [sum] = executable.run([host(128, 1), host(128, 10)]);
    assertEquals(sum.readSync(), new Float32Array(128).fill(11));
    await device.team.workers[0].terminate();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertThrows(
      () => executable.run([sum, host(128, 10)]),
      DeviceError,
      "Cannot run on 2 threads: a worker thread ended, expected all to live " +
        "as long as the process: run again, which starts new ones",
    );
    assertEquals(sum.readSync(), new Float32Array(128).fill(11));
    [sum] = executable.run([sum, host(128, 10)]);
    assertEquals(sum.readSync(), new Float32Array(128).fill(21));
    await ready(device);
    [sum] = executable.run([sum, host(128, 10)]);
    assertEquals(sum.readSync(), new Float32Array(128).fill(31));
  });

  it("is described, and refused with the reason", () => {
    assertMatch(openWasm({ threads: 2 }).info.description, /, 2 threads$/);
    assertMatch(openWasm({ threads: "auto" }).info.description, /thread/);
    for (const threads of [0, 1.5, -1]) {
      assertThrows(
        () => openWasm({ threads }),
        DeviceError,
        `Cannot open wasm with threads: ${threads}, expected a whole number ` +
          'from 1 or "auto": use "auto" for one per core',
      );
    }
  });

  it("is one thread where memory cannot be shared, and says so", () => {
    const own = Object.getOwnPropertyDescriptor(globalThis, "process")!;
    Object.defineProperty(globalThis, "process", {
      value: undefined,
      configurable: true,
    });
    try {
      assertMatch(
        openWasm({ threads: 2 }).info.description,
        /, 1 thread \(this page is not cross-origin isolated\)$/,
      );
    } finally {
      Object.defineProperty(globalThis, "process", own);
    }
  });
});
