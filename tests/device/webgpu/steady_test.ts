/**
 * The steady state: after its first runs a step makes nothing new on the GPU,
 * and what was dropped is freed.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import { init, jax, jnp, px, pxf, type Tensor, tensor } from "../../../mod.ts";
import { defaultDevice } from "../../../src/devices.ts";
import { openWebgpu } from "../../../src/device/webgpu/mod.ts";
import { findGpu } from "../../support/gpu.ts";
import { keepDefault } from "../../support/keep_default.ts";
import {
  makeState,
  type TrainState,
  trainStep,
} from "../../support/moons_model.ts";
import { counted, noCounts } from "../../support/spy_gpu.ts";
import { accumulate, host } from "../conformance_memory.ts";

const options = await findGpu();

/** bun test gives a test five seconds otherwise. */
const LONG = { timeout: 120_000 };

const T = 8;
const MOONS_STEPS = 100;
const MOST_DISPATCHES = 80;

class Total extends px.Param<Tensor> {}

/** Lets finalizers run. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

if (options !== null) {
  describe("the steady state of a GPU", () => {
    it(
      "is one submit and nothing made: a training step",
      LONG,
      () =>
        keepDefault(async () => {
          const counts = noCounts();
          await init("webgpu", counted(options, counts));
          const x = tensor(
            Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)),
          ).reshape(32, 2);
          const labels = Int32Array.from({ length: 32 }, (_, i) => i % 2);
          const y = jax.nn.oneHot(tensor(labels), 2);
          const state = makeState(jax.nn.tanh, 0.05, 5e-3);
          const step = pxf.jit(
            (T: number, x: Tensor, y: Tensor, state: TrainState) =>
              trainStep(T, x, y, state).e,
            { staticArgnums: 0 },
          );
          await step(T, x, y, state).data();
          const first = { ...counts };
          for (let s = 2; s <= MOONS_STEPS; s++) step(T, x, y, state);
          const steps = MOONS_STEPS - 1;
          assertEquals(
            { ...counts, dispatches: 0, writes: 0 },
            {
              ...first,
              submits: first.submits + steps,
              dispatches: 0,
              writes: 0,
            },
          );
          const dispatches = (counts.dispatches - first.dispatches) / steps;
          assert(
            Number.isInteger(dispatches) && dispatches <= MOST_DISPATCHES,
            `${dispatches} dispatches per step`,
          );
          // The table of addresses in each, and the batch once.
          assert(counts.writes - first.writes <= steps + 2);
          const energies = await step(T, x, y, state).data();
          assert(energies[T] > 0 && energies[T] < 0.5, `${energies}`);
        }),
    );

    it(
      "has memory that stays as it is over 10,000 steps",
      LONG,
      () =>
        keepDefault(async () => {
          const counts = noCounts();
          await init("webgpu", counted(options, counts));
          const total = new Total(jnp.zeros([8]));
          const step = pxf.jit((x: Tensor, { total }: { total: Total }) => {
            const next = total.get()!.add(x);
            total.set(next);
            return next.sum();
          });
          const x = jnp.ones([8]);
          let last = await step(x, { total }).data();
          const { buffers, bytes } = counts;
          for (let s = 2; s <= 10_000; s++) {
            const sum = step(x, { total });
            if (s % 100 > 0) continue;
            last = await sum.data();
            await breathe();
          }
          assertEquals(last[0], 80_000);
          const { used, capacity } = defaultDevice().memory();
          // One scalar is at least one line of 64 bytes.
          assert(used < 10_000 * 64, `${used} bytes in use`);
          assertEquals(capacity, 2 ** 20);
          assertEquals(counts.bytes, bytes);
          assertEquals(counts.buffers, buffers);
        }),
    );

    it(
      "frees large results that were dropped",
      LONG,
      () =>
        keepDefault(async () => {
          await init("webgpu", options);
          // Far more than fits if nothing is freed.
          const size = defaultDevice().info.isSoftware ? 2 ** 18 : 2 ** 23;
          const double = pxf.jit((x: Tensor) => x.mul(2));
          const x = jnp.ones([size]);
          for (let i = 0; i < 600; i++) {
            const y = double(x);
            if (i % 8 > 0) continue;
            assertEquals(await y.at(size - 1).item(), 2);
            await breathe();
          }
        }),
    );

    it("leaves nothing of 50 devices", LONG, async () => {
      const counts = noCounts();
      for (let i = 0; i < 50; i++) {
        const device = await openWebgpu(counted(options, counts));
        const executable = device.compile(accumulate(1000));
        const [sum, twice] = executable.run([host(1000, i), host(1000, 1)]);
        assertEquals((await sum.read())[999], i + 1);
        if (i % 2 === 0) [sum, twice].forEach((storage) => storage.release());
        if (i % 4 < 2) executable.dispose();
        assert(counts.bytes > 0);
        device.dispose!();
        assertEquals(counts.bytes, 0);
      }
      assertEquals(counts.buffers % 50, 0);
    });
  });
}
