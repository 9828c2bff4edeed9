/** Kernels that do not compile and errors of the platform reach who waits. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { describe, it } from "node:test";
import {
  DeviceError,
  init,
  jnp,
  KernelError,
  pxf,
  type Tensor,
} from "../../../mod.ts";
import { openWebgpu } from "../../../src/device/webgpu/mod.ts";
import { BUFFER } from "../../../src/device/webgpu/usage.ts";
import { findGpu } from "../../support/gpu.ts";
import { keepDefault } from "../../support/keep_default.ts";
import { tamper, watch } from "../../support/spy_gpu.ts";
import { host } from "../conformance_memory.ts";

const options = await findGpu();

if (options !== null) {
  describe("a kernel that does not compile", () => {
    it("is told with its name and text, and never runs", () =>
      keepDefault(async () => {
        let isBroken = false;
        const broken = tamper(options, {
          device: (device) => ({
            createShaderModule: ({ label, code }) =>
              device.createShaderModule({
                label,
                code: isBroken ? `${code}\nfn broken( {}` : code,
              }),
          }),
        });
        await init("webgpu", broken);
        const x = jnp.ones([3]).add(1);
        assertEquals(await x.data(), Float32Array.of(2, 2, 2));
        isBroken = true;
        const cube = pxf.jit((x: Tensor) => x.mul(x).mul(x));
        const y = cube(x);
        const error = await assertRejects(() => y.data(), KernelError);
        assertMatch(
          error.message,
          /^Cannot compile the kernel "map f32\[3\]: .*" for "webgpu": [^]+, expected WGSL that this adapter takes: error\.source is its text$/,
        );
        assertStringIncludes(error.source, "fn main(");
        assert(!error.message.includes(error.source));
        assertEquals(
          assertThrows(() => cube(x), KernelError).message,
          error.message,
        );
        isBroken = false;
        assertEquals(await x.mul(5).data(), Float32Array.of(10, 10, 10));
      }));
  });

  describe("an error of a GPU", () => {
    it("is told at the next await, to all who wait", async () => {
      const { options: watched, opened } = watch(options);
      const device = await openWebgpu(watched);
      const x = device.persist(host(4, 1), "f32", 4);
      const y = device.persist(host(4, 2), "f32", 4);
      const usage = BUFFER.MAP_READ | BUFFER.STORAGE;
      const pending = x.read();
      opened[0].createBuffer({ label: "wrong", size: 4, usage });
      // Of another mapping.
      await Promise.resolve();
      const later = y.read();
      for (const read of [pending, later]) {
        const { message } = await assertRejects(() => read, DeviceError);
        assertMatch(
          message,
          /^Cannot compute on "webgpu": [^]+, expected no error: results since the last read are wrong$/,
        );
      }
      assertEquals([...await x.read()], [1, 1, 1, 1]);
      device.dispose!();
    });

    it("is told where memory cannot be mapped", async () => {
      let isBroken = false;
      const device = await openWebgpu(tamper(options, {
        device: (device) => ({
          createBuffer: (d) => {
            const buffer = device.createBuffer(d);
            if (!isBroken || d.label !== "read") return buffer;
            const mapAsync = () => Promise.reject(new Error("not today"));
            return Object.assign(buffer, { mapAsync });
          },
        }),
      }));
      const n = 5000;
      const x = device.persist(host(n, 1), "f32", n);
      isBroken = true;
      const { message } = await assertRejects(() => x.read(), DeviceError);
      assertEquals(
        message,
        'Cannot read on "webgpu": it does not hand out its memory (not ' +
          "today), expected a GPU that does: open it again with " +
          'await init("webgpu")',
      );
      isBroken = false;
      assertEquals((await x.read())[n - 1], 1);
      device.dispose!();
    });
  });
}
