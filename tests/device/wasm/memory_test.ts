import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { DeviceError } from "../../../src/base/errors.ts";
import {
  compileWasm,
  engineCompile,
  KERNEL_DATA_BYTES,
  kernelModule,
  kernelVariant,
  loadKernels,
} from "../../../src/device/wasm/kernels.ts";
import { HostStorage } from "../../../src/device/device.ts";
import { Arena } from "../../../src/device/wasm/memory.ts";
import { openWasm } from "../../../src/device/wasm/mod.ts";
import type { WasmStorage } from "../../../src/device/wasm/storage.ts";
import { numbers } from "./bed.ts";

function arena(initial = 1, maximum = 200): Arena {
  return new Arena(new WebAssembly.Memory({ initial, maximum }));
}

describe("arena", () => {
  it("gives aligned blocks that keep a readable distance", () => {
    const a = arena();
    const sizes = [0, 1, 4, 47, 48, 49, 64, 1000];
    const starts = sizes.map((n) => a.alloc(n));
    for (const [i, start] of starts.entries()) {
      assertEquals(start % 64, 0);
      assert(start >= KERNEL_DATA_BYTES);
      const next = starts[i + 1] ?? a.usage().capacity;
      assert(start + sizes[i] + 16 <= next, `block ${i}`);
    }
  });

  it("joins freed neighbours and uses them again", () => {
    for (const order of [[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 0, 2]]) {
      const a = arena();
      const blocks = [100, 200, 300].map((n) => a.alloc(n));
      a.alloc(10);
      for (const i of order) a.free(blocks[i]);
      assertEquals(a.alloc(600), blocks[0]);
    }
  });

  it("keeps blocks apart under random use, and gives all back", () => {
    const a = arena();
    const random = numbers(11);
    const held: { start: number; words: number }[] = [];
    for (let round = 1; round <= 3000; round++) {
      if (random() < 0.55) {
        const words = Math.floor(random() * 400) + 1;
        const start = a.alloc(4 * words);
        a.views().u32.fill(start, start / 4, start / 4 + words);
        held.push({ start, words });
      } else if (held.length > 0) {
        const at = Math.floor(random() * held.length);
        const [{ start, words }] = held.splice(at, 1);
        const mine = a.views().u32.subarray(start / 4, start / 4 + words);
        assert(mine.every((v) => v === start), `block at ${start}`);
        a.free(start);
      }
    }
    for (const { start } of held) a.free(start);
    const { used, capacity } = a.usage();
    assertEquals(used, 0);
    // One block is left, so everything fits without growing.
    a.alloc(capacity - KERNEL_DATA_BYTES - 64);
    assertEquals(a.usage().capacity, capacity);
  });

  it("grows, keeps the content and renews the views", () => {
    const a = arena();
    const start = a.alloc(8);
    const before = a.views();
    assertEquals(a.views(), before);
    before.f32[start / 4] = 1.5;
    before.i32[start / 4 + 1] = -7;
    a.alloc(3 << 20);
    const after = a.views();
    assertEquals(before.f32.length, 0);
    assertEquals(after.f32[start / 4], 1.5);
    assertEquals(after.u32[start / 4 + 1], 2 ** 32 - 7);
    assertEquals(after.f32.byteLength, a.usage().capacity);
  });

  it("counts what is used", () => {
    const a = arena();
    const first = a.alloc(100);
    a.alloc(1);
    assertEquals(a.usage().used, 128 + 64);
    a.free(first);
    assertEquals(a.usage().used, 64);
  });

  it("says how much is missing", () => {
    const a = arena(1, 2);
    a.alloc(40000);
    assertThrows(
      () => a.alloc(1 << 20),
      DeviceError,
      "Cannot allocate 1048640 bytes of wasm memory: 40064 of 65536 bytes",
    );
    // The last page is still there for less.
    a.alloc(60000);
  });

  it("refuses to free what is not in use", () => {
    const a = arena();
    const block = a.alloc(4);
    a.free(block);
    assertThrows(() => a.free(block), DeviceError, "Cannot free wasm memory");
  });

  it("is one per process", () => {
    const stored = () =>
      openWasm().persist(new HostStorage(new Float32Array(1)), "f32", 1);
    const [a, b] = [stored(), stored()] as WasmStorage[];
    assert(a.arena === b.arena);
  });
});

describe("kernel loader", () => {
  it("compiles a variant once", () => {
    const variant = kernelVariant();
    assert(kernelModule(variant) === kernelModule(variant));
  });

  it("names the directive when a security policy forbids wasm", () => {
    const refuse = () => {
      throw new Error("Wasm code generation disallowed by embedder");
    };
    assertThrows(
      () => compileWasm("the kernels", new Uint8Array(), refuse),
      DeviceError,
      "Cannot compile the kernels: Wasm code generation disallowed by " +
        "embedder, expected an engine with WebAssembly SIMD: if a " +
        "Content-Security-Policy is set, add 'wasm-unsafe-eval'",
    );
    assertThrows(
      () => compileWasm("nothing", new Uint8Array(), engineCompile),
      DeviceError,
      "Cannot compile nothing",
    );
  });

  it("binds to a memory of any size, and picks the variant itself", () => {
    for (const maximum of [1, 65536, undefined]) {
      const memory = new WebAssembly.Memory({ initial: 1, maximum });
      const view = new Float32Array(memory.buffer);
      const at = KERNEL_DATA_BYTES / 4;
      loadKernels(memory).fill(3, 0x3f800000, 4 * at);
      assertEquals([...view.subarray(at, at + 4)], [1, 1, 1, 0]);
    }
  });
});
