/** Memory of a GPU that is full: the text, and nothing half done. */
import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { describe, it } from "node:test";
import { DeviceError, init, jnp, px, pxf, type Tensor } from "../../../mod.ts";
import { openWebgpu } from "../../../src/device/webgpu/mod.ts";
import { findGpu } from "../../support/gpu.ts";
import { keepDefault } from "../../support/keep_default.ts";
import { tamper, wrap } from "../../support/spy_gpu.ts";
import { accumulate, host } from "../conformance_memory.ts";

const options = await findGpu();

const MIB = 2 ** 20;
const FULL = new RegExp(
  "^Cannot allocate \\d+ bytes of GPU memory: \\d+ of \\d+ bytes are in use, " +
    `expected at most ${4 * MIB} bytes in all ` +
    "\\(maxStorageBufferBindingSize of this adapter\\): use smaller batches, " +
    "drop what is no longer needed, and await results now and then, so that " +
    "it can be freed$",
);

class Weights extends px.Param<Tensor> {}

/** Adds one to all weights. */
const grow = pxf.jit(({ w }: { w: Weights }) => {
  w.set(w.get()!.add(1));
});

if (options !== null) {
  const small = (bytes: number) =>
    tamper(options, {
      device: (device) => ({
        limits: wrap(device.limits, { maxStorageBufferBindingSize: bytes }),
      }),
    });

  describe("memory of a GPU that is full", () => {
    it("names the limit, and nothing is half done", async () => {
      const device = await openWebgpu(small(4 * MIB));
      const n = MIB / 4;
      const executable = device.compile(accumulate(n));
      let [sum, twice] = executable.run([host(n, 1), host(n, 2)]);
      twice.release();
      const kept: (typeof sum)[] = [];
      const fill = () => {
        for (;;) {
          kept.push(device.persist(host(n / 4, kept.length), "f32", n / 4));
        }
      };
      assertMatch(assertThrows(fill, DeviceError).message, FULL);
      const { used } = device.memory();
      const run = () => executable.run([sum, host(n, 5)]);
      for (let i = 0; i < 2; i++) {
        assertMatch(assertThrows(run, DeviceError).message, FULL);
        assertEquals(device.memory().used, used);
      }
      assertEquals([...new Set(await sum.read())], [3]);
      for (const [i, storage] of kept.entries()) {
        assertEquals([...new Set(await storage.read())], [i]);
        storage.release();
      }
      [sum, twice] = run();
      assertEquals([...new Set(await sum.read())], [8]);
      assertEquals([...new Set(await twice.read())], [6]);
      device.dispose!();
    });

    it("is told to a user, whose params stay", () =>
      keepDefault(async () => {
        await init("webgpu", small(4 * MIB));
        const w = new Weights(jnp.zeros([4]));
        grow({ w });
        const greedy = pxf.jit(({ w }: { w: Weights }) => {
          grow({ w });
          return jnp.ones([MIB]).mul(w.get()!.sum());
        });
        const error = assertThrows(() => greedy({ w }), DeviceError);
        assertMatch(error.message, FULL);
        assertEquals((await w.get()!.data())[3], 1);
        grow({ w });
        assertEquals((await w.get()!.data())[3], 2);
      }));

    it("ends the device where the platform has less than its limit", async () => {
      let isOver = false;
      const device = await openWebgpu(tamper(options, {
        device: (device) => ({
          createBuffer: (d) => {
            isOver ||= d.label === "heap" && d.size > 4 * MIB;
            return device.createBuffer(d);
          },
          popErrorScope: async () => {
            const error = await device.popErrorScope();
            return isOver ? { message: "out of memory" } as GPUError : error;
          },
        }),
      }));
      const small = device.persist(host(4, 1), "f32", 4);
      assertEquals([...await small.read()], [1, 1, 1, 1]);
      device.persist(host(2 * MIB, 1), "f32", 2 * MIB);
      const error = await assertRejects(() => small.read(), DeviceError);
      assertEquals(
        error.message,
        'Cannot read on "webgpu": it has not the 8388736 bytes of memory in ' +
          "use, expected a device in use: open it again with await " +
          'init("webgpu"), load saved params and seed px.RKG',
      );
      device.dispose!();
    });
  });
}
