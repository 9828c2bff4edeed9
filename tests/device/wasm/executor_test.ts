import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "node:test";
import { DeviceError } from "../../../src/base/errors.ts";
import { range } from "../../../src/base/shape.ts";
import { HostStorage } from "../../../src/device/device.ts";
import { kernelVariant } from "../../../src/device/wasm/kernels.ts";
import { openWasm } from "../../../src/device/wasm/mod.ts";
import {
  defaultDevice,
  type DeviceName,
  devices,
  init,
  openDevice,
  setDefaultDevice,
} from "../../../src/devices.ts";
import { conformDevice } from "../conformance.ts";
import { accumulate, host } from "../conformance_memory.ts";
import { PlanKit } from "../plan_kit.ts";
import { precompiled, VARIANTS } from "./bed.ts";

for (const variant of VARIANTS) {
  conformDevice({
    name: `wasm, ${variant}`,
    open: () => openWasm({ variant }),
  });
  conformDevice({
    name: `wasm, ${variant}, on a host that compiles nothing at run time`,
    open: () => openWasm({ variant, compile: precompiled(variant) }),
  });
}

describe("wasm on a host that compiles nothing at run time", () => {
  it("says that it is slow", () => {
    const { info } = openWasm({ compile: precompiled(kernelVariant()) });
    assertMatch(
      info.description,
      /1 thread, fused loops in JavaScript \(this host compiles nothing at/,
    );
    assert(!openWasm().info.description.includes("JavaScript"));
  });
});

describe("wasm storage", () => {
  it("is updated in place and stays the same object", () => {
    const executable = openWasm().compile(accumulate(4));
    const [first] = executable.run([host(4, 1), host(4, 1)]);
    const [second] = executable.run([first, host(4, 1)]);
    assertStrictEquals(second, first);
    assertEquals(second.device, "wasm");
    assertEquals(second.readSync()[3], 3);
    second.release();
    executable.dispose();
  });
  it("hands out copies", () => {
    const storage = openWasm().persist(host(3, 1), "f32", 3);
    const seen = storage.readSync();
    seen[0] = 7;
    assertEquals(storage.readSync()[0], 1);
    storage.release();
  });
  it("hands its memory over when it has escaped", () => {
    const device = openWasm();
    const executable = device.compile(accumulate(4));
    const [first] = executable.run([host(4, 1), host(4, 1)]);
    const { used } = device.memory();
    first.escaped = true;
    const [second] = executable.run([first, host(4, 1)]);
    assert(second !== first);
    assertEquals(second.escaped, false);
    assertEquals(device.memory().used, used);
    second.release();
    executable.dispose();
  });
  it("cannot be read after its release, and is released once", () => {
    const device = openWasm();
    const storage = device.persist(host(3, 1), "f32", 3);
    storage.release();
    const { used } = device.memory();
    storage.release();
    assertEquals(device.memory().used, used);
    assertThrows(() => storage.readSync(), DeviceError, "was released");
  });
  it("moves between the memories of two variants", () => {
    const plain = openWasm({ variant: "plain" });
    const executable = openWasm().compile(accumulate(2));
    const [sum] = executable.run([
      plain.persist(host(2, 1), "f32", 2),
      plain.persist(host(2, 5), "f32", 2),
    ]);
    assertEquals([...sum.readSync()], [6, 6]);
    sum.release();
    executable.dispose();
  });
});

describe("wasm executable", () => {
  it("goes on after the memory has grown", () => {
    const device = openWasm();
    const executable = device.compile(accumulate(4));
    const [sum] = executable.run([host(4, 1), host(4, 1)]);
    const { capacity } = device.memory();
    const size = capacity / 4;
    const large = device.persist(host(size, 2), "f32", size);
    assert(device.memory().capacity > capacity);
    const [next, twice] = executable.run([sum, host(4, 1)]);
    assertEquals([...next.readSync()], [3, 3, 3, 3]);
    assertEquals([...twice.readSync()], [4, 4, 4, 4]);
    next.release();
    large.release();
    executable.dispose();
  });
  it("takes turns with others on the memory they share", () => {
    const device = openWasm();
    const before = device.memory().used;
    const small = device.compile(accumulate(4));
    const large = device.compile(accumulate(50_000));
    for (const i of range(3)) {
      const [a] = small.run([host(4, i), host(4, 1)]);
      const [b] = large.run([host(50_000, i), host(50_000, 1)]);
      assertEquals(a.readSync()[3], i + 1);
      assertEquals(b.readSync()[49_999], i + 1);
      a.release();
      b.release();
    }
    large.dispose();
    const [a, twice] = small.run([host(4, 1), host(4, 1)]);
    assertEquals(twice.readSync()[0], 2);
    a.release();
    small.dispose();
    assertEquals(device.memory().used, before);
  });
  it("refuses to run once disposed", () => {
    const executable = openWasm().compile(accumulate(4));
    executable.dispose();
    executable.dispose();
    assertThrows(
      () => executable.run([host(4, 1), host(4, 1)]),
      DeviceError,
      "was disposed",
    );
  });
  it("fails where memory ends and still works afterwards", () => {
    const device = openWasm();
    const executable = device.compile(accumulate(4));
    const kit = new PlanKit();
    kit.temporary("f32", [2 ** 30 + 2 ** 20]);
    assertThrows(
      () => device.compile(kit.plan()),
      DeviceError,
      "bytes of wasm memory",
    );
    const [sum] = executable.run([host(4, 1), host(4, 2)]);
    assertEquals([...sum.readSync()], [3, 3, 3, 3]);
    sum.release();
    executable.dispose();
  });
  it("takes integers and bools as they are", () => {
    const kit = new PlanKit();
    const inputs = [
      kit.input("i32", [3]),
      kit.input("u32", [3]),
      kit.input("bool", [3]),
    ];
    const outputs = [
      kit.output("i32", [3]),
      kit.output("u32", [3]),
      kit.output("bool", [3]),
    ];
    inputs.forEach((x, i) =>
      kit.call(
        { kind: "map", shape: [3], instructions: [], results: [0] },
        [x],
        [outputs[i]],
      )
    );
    const data = [
      Int32Array.of(-1, 2, -(2 ** 31)),
      Uint32Array.of(1, 2 ** 32 - 1, 0),
      Uint32Array.of(1, 0, 1),
    ];
    const executable = openWasm().compile(kit.plan());
    const results = executable.run(data.map((x) => new HostStorage(x)));
    assertEquals(results.map((s) => s.readSync()), data);
    executable.dispose();
  });
});

describe("registry of devices", () => {
  it("opens by name", () => {
    assertEquals(openDevice("reference").info.name, "reference");
    const { info } = openDevice("wasm", { variant: "plain" });
    assertEquals(info.description, "WebAssembly with SIMD, 1 thread");
    const names = devices().map((d) => d.name);
    assertEquals(names.slice(-2), ["wasm", "reference"]);
  });
  it("lists the default device as it was opened", async () => {
    const described = () => devices().map((d) => d.description);
    const before = defaultDevice();
    try {
      await init("wasm", { variant: "plain", threads: 2 });
      assertEquals(described(), [
        "WebAssembly with SIMD, 2 threads",
        "plain loops in JavaScript, f32",
      ]);
      await init("wasm", { compile: precompiled(kernelVariant()) });
      assertMatch(described()[0], /compiles nothing at run time/);
      await init("reference", { precision: "f64" });
      assertMatch(described()[0], /^WebAssembly with .*SIMD, 1 thread$/);
      assertEquals(described()[1], "plain loops in JavaScript, f64");
    } finally {
      setDefaultDevice(before);
    }
  });
  it("says what there is when a device does not exist", async () => {
    const name = "tpu" as DeviceName;
    await assertRejects(
      () => init(name),
      DeviceError,
      'Cannot open the device "tpu", expected "auto", "wasm", "webgpu" or ' +
        '"reference": correct the name',
    );
  });
  it("has a default that can be changed", () => {
    setDefaultDevice(null);
    const wasm = defaultDevice();
    assertEquals(wasm.info.name, "wasm");
    assertStrictEquals(defaultDevice(), wasm);
    const reference = openDevice("reference");
    setDefaultDevice(reference);
    assertStrictEquals(defaultDevice(), reference);
    setDefaultDevice(null);
  });
});
