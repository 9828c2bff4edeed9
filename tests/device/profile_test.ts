/** A profiled run is a run: the same bits, once; and each call has a time. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import type {
  Device,
  ProfiledRun,
  RunTimes,
  Storage,
} from "../../src/device/device.ts";
import { HostStorage } from "../../src/device/device.ts";
import type { Plan } from "../../src/device/plan.ts";
import { fasterHalf, Probe } from "../../src/device/probe.ts";
import { openReference } from "../../src/device/reference/mod.ts";
import { openWasm } from "../../src/device/wasm/mod.ts";
import { accumulate, host } from "./conformance_memory.ts";
import { PlanKit, Source } from "./plan_kit.ts";
import { precompiled, VARIANTS } from "./wasm/bed.ts";
import { openTeam, ready } from "./wasm/team_kit.ts";

const COUNT = 5;

/** `state = state @ x`, `COUNT` times, then its square; `state` is donated. */
function powers(n: number): Plan {
  const kit = new PlanKit();
  const x = kit.input("f32", [1, n, n]);
  const state = kit.input("f32", [1, n, n]);
  const result = kit.output("f32", [1, n, n], 1);
  const square = kit.output("f32", [n * n]);
  const product = kit.temporary("f32", [1, n, n]);
  const shape = [n * n];
  const flat = (buffer: number) => kit.view(buffer, { shape });
  kit.loop(0, COUNT, () => {
    kit.call({ kind: "dot", b: 1, m: n, n, k: n, packed: false }, [state, x], [
      product,
    ]);
    kit.call(
      { kind: "map", shape, instructions: [], results: [0] },
      [flat(product)],
      [flat(result)],
    );
  });
  kit.call(
    {
      kind: "map",
      shape,
      instructions: [{ op: "unary", fn: "square", dtype: "f32", args: [0] }],
      results: [1],
    },
    [flat(result)],
    [flat(square)],
  );
  return kit.plan();
}

function elements(storages: readonly Storage[]): number[][] {
  return storages.map((s) => [...s.readSync()]);
}

function timesOf({ times }: ProfiledRun): RunTimes {
  assert(!(times instanceof Promise));
  return times;
}

function checkProfile(device: Device): void {
  const n = 40;
  const plan = powers(n);
  const source = new Source();
  const [x, state] = [0, 1].map(() => source.elements("f32", n * n, -1, 1));
  const inputs = () => [new HostStorage(x), new HostStorage(state)];
  const executable = device.compile(plan);
  const expected = executable.run(inputs());
  const profiled = executable.profile!(inputs());
  const { calls, ms } = timesOf(profiled);
  assertEquals(elements(profiled.outputs), elements(expected));
  assertEquals(
    calls.map(({ name, count }) => [name.split(" ")[0], count]),
    [["dot", COUNT], ["map", COUNT], ["map", 1]],
  );
  assert(calls.every(({ ms }) => ms >= 0));
  assert(calls[0].ms > 0);
  assert(ms > 0);
  // The state goes on from one run, in its own memory.
  const next = executable.run([new HostStorage(x), expected[0]]);
  const again = executable.profile!([new HostStorage(x), profiled.outputs[0]]);
  assertEquals(elements(again.outputs), elements(next));
  if (device.info.name === "wasm") {
    assert(again.outputs[0] === profiled.outputs[0]);
  }
  executable.dispose();
}

const DEVICES: { readonly [name: string]: () => Device } = {
  reference: () => openReference(),
  ...Object.fromEntries(
    VARIANTS.map((variant) => [
      `wasm, ${variant}`,
      () => openWasm({ variant }),
    ]),
  ),
};

describe("a profiled run", () => {
  for (const [name, open] of Object.entries(DEVICES)) {
    it(`does what a run does: ${name}`, () => checkProfile(open()));
  }
  it("does what a run does: wasm that compiles nothing", () => {
    const device = openWasm({
      compile: precompiled("plain"),
      variant: "plain",
    });
    assert(device.info.description.includes("in JavaScript"));
    checkProfile(device);
  });
  it("does what a run does: wasm on threads, and says where it looked", async () => {
    const device = openTeam("plain", 2);
    await ready(device);
    checkProfile(device);
    const executable = device.compile(accumulate(4));
    const profiled = executable.profile!([host(4, 1), host(4, 2)]);
    const { how } = timesOf(profiled);
    assert(how.endsWith("kernels on 1 thread"), how);
    executable.dispose();
    device.team.workers.forEach((worker) => worker.terminate());
  });
  it("leaves no memory behind", () => {
    const device = openWasm();
    const executable = device.compile(accumulate(64));
    const [sum] = executable.run([host(64, 1), host(64, 1)]);
    const { used } = device.memory();
    executable.profile!([sum, host(64, 1)]);
    assertEquals(device.memory().used, used);
    assertEquals(sum.readSync()[0], 3);
    sum.release();
    executable.dispose();
  });
  it("leaves what a call has escaped with as it was", () => {
    const executable = openWasm().compile(accumulate(4));
    const [sum] = executable.run([host(4, 1), host(4, 1)]);
    sum.escaped = true;
    const { outputs: [next] } = executable.profile!([sum, host(4, 5)]);
    assertEquals([sum.readSync()[0], next.readSync()[0]], [2, 7]);
    next.release();
    executable.dispose();
  });
});

describe("a probe", () => {
  it("keeps the faster half, at least one", () => {
    const self = (x: number) => x;
    assertEquals(fasterHalf([3, 1, 2, 9], self), [1, 2]);
    assertEquals(fasterHalf([3, 1, 2], self), [1, 2]);
    assertEquals(fasterHalf([3], self), [3]);
  });
  it("gives each call the time up to its mark", () => {
    const probe = new Probe();
    const [call] = powers(2).steps.slice(-1);
    assert(call.step === "call");
    const marks = [probe.add(call), probe.add(call)];
    const wait = (ms: number) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    };
    probe.run(() => {
      probe.start.forEach(probe.mark);
      wait(2);
      probe.mark(marks[0]);
      wait(4);
      probe.mark(marks[1]);
      wait(2);
      probe.mark(marks[0]);
    });
    const [first, second] = probe.times();
    assertEquals([first.count, second.count], [2, 1]);
    assert(first.ms > 3 && second.ms > 3, `${first.ms} ${second.ms}`);
  });
});
