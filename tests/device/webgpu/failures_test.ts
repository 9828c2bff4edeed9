/** What fails on a GPU is told to whoever waits, and nothing is half done. */
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
  dispose,
  init,
  jnp,
  KernelError,
  px,
  pxf,
  pxnn,
  pxu,
  type Tensor,
} from "../../../mod.ts";
import { openWebgpu } from "../../../src/device/webgpu/mod.ts";
import { BUFFER } from "../../../src/device/webgpu/usage.ts";
import { defaultDevice, setDefaultDevice } from "../../../src/devices.ts";
import { findGpu } from "../../support/gpu.ts";
import { tamper, watch, wrap } from "../../support/spy_gpu.ts";
import { accumulate, host } from "../conformance_memory.ts";

const options = await findGpu();

/** Runs `body`, disposes what it opened, and takes the device from before. */
async function keepDefault(body: () => Promise<void>): Promise<void> {
  const before = defaultDevice();
  try {
    await body();
  } finally {
    if (defaultDevice() !== before) dispose();
    setDefaultDevice(before);
  }
}

class Net extends px.BaseModule<[Tensor], Tensor> {
  layer = new pxnn.Linear(2, 2);
  override call(x: Tensor): Tensor {
    return this.layer(x);
  }
}

const weightOf = (net: Net): Tensor => net.layer.nn.weight.get();

/** Adds one to all weights. */
const grow = pxf.jit(({ net }: { net: Net }) => {
  net.layer.nn.weight.set(weightOf(net).add(1));
});

const GONE =
  /^Cannot (read|store|run a plan|compile) on "webgpu": (.*), expected /;
const AGAIN = 'expected a device in use: open it again with await init("web' +
  'gpu"), load saved params and seed px.RKG';

function assertGone(error: Error, why: string): void {
  assertMatch(error.message, GONE);
  assertStringIncludes(error.message, why);
  assert(error.message.endsWith(AGAIN), error.message);
}

if (options !== null) {
  describe("a GPU that is lost", () => {
    it("is told to all who wait and go on; saved params remain", () =>
      keepDefault(async () => {
        const { options: watched, opened } = watch(options);
        await init("webgpu", watched);
        px.RKG.seed(0);
        const net = new Net();
        const double = pxf.jit((x: Tensor) => x.mul(2));
        const x = jnp.ones([3]);
        const y = double(x);
        grow({ net });
        const saved = await pxu.encodeParams(net);
        const expected = await weightOf(net).data();

        const pending = y.data();
        opened[0].destroy();
        const why = "the GPU was lost (";
        assertGone(await assertRejects(() => pending, DeviceError), why);
        for (
          const use of [
            () => double(x),
            () => grow({ net }),
            () => y.add(1),
            () => pxf.jit((x: Tensor) => x.mul(3))(x),
          ]
        ) {
          assertGone(assertThrows(use, DeviceError), why);
        }
        assertGone(await assertRejects(() => y.data(), DeviceError), why);
        const move = () => px.devicePut(net, "host");
        assertGone(await assertRejects(move, DeviceError), why);

        await init("webgpu", watched);
        assertEquals(
          await double(jnp.ones([3])).data(),
          Float32Array.of(2, 2, 2),
        );
        assertStringIncludes(
          assertThrows(() => grow({ net }), DeviceError).message,
          "belongs to another GPU device, which was opened before",
        );
        await pxu.decodeParams(net, saved);
        px.RKG.seed(0);
        assertEquals(await weightOf(net).data(), expected);
        grow({ net });
        assertEquals(
          await weightOf(net).data(),
          expected.map((w) => Math.fround(w + 1)),
        );
      }));

    it("is told before a plan is compiled or stored on it", async () => {
      const { options: watched, opened } = watch(options);
      const device = await openWebgpu(watched);
      const executable = device.compile(accumulate(4));
      opened[0].destroy();
      await opened[0].lost;
      await Promise.resolve();
      for (
        const use of [
          () => device.compile(accumulate(4)),
          () => device.persist(host(4, 1), "f32", 4),
          () => executable.run([host(4, 1), host(4, 2)]),
          () => executable.profile!([host(4, 1), host(4, 2)]),
        ]
      ) {
        assertThrows(use, DeviceError, AGAIN);
      }
      executable.dispose();
      device.dispose!();
    });

    it("is told to a profile that waits", async () => {
      const { options: watched, opened } = watch(options);
      const device = await openWebgpu(watched);
      const executable = device.compile(accumulate(4));
      const { times } = executable.profile!([host(4, 1), host(4, 2)]);
      opened[0].destroy();
      const error = await assertRejects(
        () => Promise.resolve(times),
        DeviceError,
      );
      assertStringIncludes(error.message, "the GPU was lost (");
    });
  });

  describe("a GPU that was disposed", () => {
    it("says so, however often it is disposed", () =>
      keepDefault(async () => {
        await init("webgpu", options);
        const double = pxf.jit((x: Tensor) => x.mul(2));
        const y = double(jnp.ones([3]));
        const gpu = defaultDevice();
        dispose();
        dispose();
        gpu.dispose!();
        gpu.dispose!();
        const why = "it was disposed";
        assertGone(await assertRejects(() => y.data(), DeviceError), why);
        assertEquals(defaultDevice().info.name, "wasm");
        // What comes next runs on wasm, which cannot use what was there.
        assertEquals(double(jnp.ones([3])).dataSync()[0], 2);
        assertThrows(() => y.add(1), DeviceError, 'a tensor is on "webgpu"');
        setDefaultDevice(gpu);
        assertGone(assertThrows(() => double(jnp.ones([3])), DeviceError), why);
      }));

    it("rejects what is still being read", async () => {
      const device = await openWebgpu(options);
      const executable = device.compile(accumulate(4));
      const [sum] = executable.run([host(4, 1), host(4, 2)]);
      const pending = sum.read();
      device.dispose!();
      assertGone(await assertRejects(() => pending, DeviceError), "disposed");
      sum.release();
      executable.dispose();
    });
  });

  const small = (bytes: number) =>
    tamper(options, {
      device: (device) => ({
        limits: wrap(device.limits, { maxStorageBufferBindingSize: bytes }),
      }),
    });
  const MIB = 2 ** 20;
  const FULL = new RegExp(
    `^Cannot allocate \\d+ bytes of GPU memory: \\d+ of \\d+ bytes are in ` +
      `use, expected at most ${4 * MIB} bytes in all ` +
      `\\(maxStorageBufferBindingSize of this adapter\\): use smaller batches ` +
      `or drop what is no longer needed$`,
  );

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
        px.RKG.seed(0);
        const net = new Net();
        grow({ net });
        const before = await weightOf(net).data();
        const greedy = pxf.jit(({ net }: { net: Net }) => {
          grow({ net });
          return jnp.ones([MIB]).mul(weightOf(net).sum());
        });
        const error = assertThrows(() => greedy({ net }), DeviceError);
        assertMatch(error.message, FULL);
        assertEquals(await weightOf(net).data(), before);
        grow({ net });
        assertEquals(
          (await weightOf(net).data())[0],
          Math.fround(before[0] + 1),
        );
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
      assertGone(error, "it has not the ");
      device.dispose!();
    });
  });

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
