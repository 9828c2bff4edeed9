/** Reading from a GPU: later, as of the call, and in one mapping per tick. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  DeviceError,
  init,
  jax,
  jnp,
  lax,
  px,
  pxf,
  type Tensor,
  tensor,
  type TypedArray,
} from "../../../mod.ts";
import { defaultDevice } from "../../../src/devices.ts";
import { openWebgpu } from "../../../src/device/webgpu/mod.ts";
import { findGpu } from "../../support/gpu.ts";
import { keepDefault } from "../../support/keep_default.ts";
import { counted, noCounts } from "../../support/spy_gpu.ts";
import { accumulate, host } from "../conformance_memory.ts";

const options = await findGpu();

class State extends px.Param<Tensor> {}

/** What is printed to `stream` until `body` is done. */
async function printed(
  stream: "log" | "error",
  body: (lines: readonly string[]) => Promise<void>,
): Promise<string[]> {
  const lines: string[] = [];
  const original = console[stream];
  console[stream] = (...parts: unknown[]) => void lines.push(parts.join(" "));
  try {
    await body(lines);
  } finally {
    console[stream] = original;
  }
  return lines;
}

if (options !== null) {
  const onGpu = (body: () => Promise<void>) => () =>
    keepDefault(async () => {
      await init("webgpu", options);
      await body();
    });

  describe("reading from a GPU", () => {
    it(
      "at once is refused, with the way to wait",
      onGpu(async () => {
        const x = tensor([1, 2, 3]).mul(2);
        const expected = "Cannot read i32 storage of 3 elements at once: it " +
          "is on a GPU, expected to wait for it: use await x.data() or " +
          "await x.item()";
        for (const read of [() => x.dataSync(), () => x.toArray()]) {
          const { message } = assertThrows(read, DeviceError);
          assertEquals(message, expected);
        }
        assertEquals(await x.data(), Int32Array.of(2, 4, 6));
        assertEquals(await x.sum().item(), 12);
        assertEquals(await x.greater(20).any().item(), false);
      }),
    );

    it(
      "is not done by printing a tensor",
      onGpu(async () => {
        const x = tensor([[1, 2], [3, 4]], "f32").mul(2);
        const text = "Tensor f32[2,2] on webgpu, read with await x.data()";
        assertEquals(`${x}`, text);
        for (
          const hook of ["nodejs.util.inspect.custom", "Deno.customInspect"]
        ) {
          const show = Reflect.get(x, Symbol.for(hook)) as () => string;
          assertEquals(show.call(x), text);
        }
        assertEquals(await x.data(), Float32Array.of(2, 4, 6, 8));
      }),
    );

    it("shares one mapping per tick", async () => {
      const counts = noCounts();
      const device = await openWebgpu(counted(options, counts));
      const n = 5;
      const list = Array.from(
        { length: n },
        (_, i) => device.persist(host(i, i), "f32", i),
      );
      const { maps, submits } = counts;
      const data = await Promise.all(list.map((storage) => storage.read()));
      assertEquals(data.map((d) => [...d]), [[], [1], [2, 2], [3, 3, 3], [
        4,
        4,
        4,
        4,
      ]]);
      assertEquals([counts.maps - maps, counts.submits - submits], [1, 1]);
      await list[1].read();
      await list[2].read();
      assertEquals([counts.maps - maps, counts.submits - submits], [3, 3]);
      const { buffers } = counts;
      for (let i = 0; i < 20; i++) await list[i % n].read();
      assertEquals(counts.buffers, buffers);
      device.dispose!();
    });

    it("gives the elements as of the call", async () => {
      const device = await openWebgpu(options);
      const executable = device.compile(accumulate(3));
      let [sum] = executable.run([host(3, 1), host(3, 1)]);
      const reads: Promise<TypedArray>[] = [];
      for (let i = 0; i < 4; i++) {
        reads.push(sum.read());
        [sum] = executable.run([sum, host(3, 10)]);
      }
      const last = sum.read();
      sum.release();
      // It may get the memory that was just released.
      const other = device.persist(host(3, -1), "f32", 3);
      const values = (await Promise.all(reads)).map((data) => data[2]);
      assertEquals(values, [2, 12, 22, 32]);
      assertEquals([...await last], [42, 42, 42]);
      assertEquals([...await other.read()], [-1, -1, -1]);
      await assertRejects(() => sum.read(), DeviceError, "it was released");
      executable.dispose();
      device.dispose!();
    });

    it(
      "gives the elements as of the call, of a param too",
      onGpu(async () => {
        const state = new State(jnp.zeros([2]));
        const step = pxf.jit(({ state }: { state: State }) => {
          state.set(state.get()!.add(1));
        });
        const reads: Promise<TypedArray>[] = [];
        for (let i = 0; i < 4; i++) {
          step({ state });
          reads.push(state.get()!.data());
        }
        const values = (await Promise.all(reads)).map(([x]) => x);
        assertEquals(values, [1, 2, 3, 4]);
      }),
    );
  });

  describe("debug.print on a GPU", () => {
    it(
      "prints later, in the order of the calls",
      onGpu(async () => {
        const f = pxf.jit((x: Tensor) => {
          jax.debug.print("{} and {}", x, x.mul(2));
          return x.add(1);
        });
        const hello = pxf.jit((x: Tensor) => {
          jax.debug.print("no values");
          return x;
        });
        const lines = await printed("log", async () => {
          const x = tensor([1, 2]);
          f(x);
          hello(x);
          lax.foriLoop(0, 3, (i, c: Tensor) => {
            jax.debug.print("i = {}", i);
            return c.add(i);
          }, 0);
          const y = f(f(x));
          jax.debug.print("at once {}", y);
          console.log("before");
          await y.data();
          f(y);
          await y.data();
          await Promise.resolve();
        });
        assertEquals(lines, [
          "before",
          "i32[2] [1, 2] and i32[2] [2, 4]",
          "no values",
          "i = 0",
          "i = 1",
          "i = 2",
          "i32[2] [1, 2] and i32[2] [2, 4]",
          "i32[2] [2, 3] and i32[2] [4, 6]",
          "at once i32[2] [3, 4]",
          "i32[2] [3, 4] and i32[2] [6, 8]",
        ]);
      }),
    );

    it(
      "tells where it cannot print",
      onGpu(async () => {
        const lines = await printed("error", async (lines) => {
          const f = pxf.jit((x: Tensor) => {
            jax.debug.print("{}", x);
            return x.add(1);
          });
          const x = f(tensor([1, 2]));
          defaultDevice().dispose!();
          await assertRejects(() => x.data(), DeviceError, "it was disposed");
          // When a read ends is for the runtime to decide.
          while (lines.length === 0) {
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        });
        assertEquals(lines.length, 1);
        assert(lines[0].includes('Cannot read on "webgpu": it was disposed'));
      }),
    );
  });
}
