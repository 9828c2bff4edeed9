/** A GPU that is lost or was disposed: who is told, and what goes on. */
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
  px,
  pxf,
  pxnn,
  pxu,
  type Tensor,
} from "../../../mod.ts";
import { openWebgpu } from "../../../src/device/webgpu/mod.ts";
import { defaultDevice, setDefaultDevice } from "../../../src/devices.ts";
import { findGpu } from "../../support/gpu.ts";
import { keepDefault } from "../../support/keep_default.ts";
import { watch } from "../../support/spy_gpu.ts";
import { accumulate, host } from "../conformance_memory.ts";

const options = await findGpu();

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
        assertThrows(() => y.add(1), DeviceError, 'f32[3] is on "webgpu"');
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
}
