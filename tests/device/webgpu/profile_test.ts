/** px.profile on a GPU: a row per dispatch, by the GPU's clock. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { describe, it } from "node:test";
import {
  DeviceError,
  dispose,
  init,
  jax,
  jnp,
  px,
  pxf,
  type Tensor,
  tensor,
  type WebgpuOptions,
} from "../../../mod.ts";
import type { Profile } from "../../../src/core/profile.ts";
import { findGpu } from "../../support/gpu.ts";
import { keepDefault } from "../../support/keep_default.ts";
import {
  makeState,
  type TrainState,
  trainStep,
} from "../../support/moons_model.ts";
import { counted, noCounts, tamper } from "../../support/spy_gpu.ts";

const options = await findGpu();

/** bun test gives a test five seconds otherwise. */
const LONG = { timeout: 60_000 };

const T = 8;

/** The first step of two moons, profiled. */
async function profileStep(): Promise<Profile<ArrayLike<number>>> {
  const x = tensor(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)))
    .reshape(32, 2);
  const labels = Int32Array.from({ length: 32 }, (_, i) => i % 2);
  const y = jax.nn.oneHot(tensor(labels), 2);
  const state = makeState(jax.nn.leakyRelu, 0.01, 1e-2);
  const step = pxf.jit((x: Tensor, y: Tensor, state: TrainState) =>
    trainStep(T, x, y, state).e
  );
  return await px.profile(async () => await step(x, y, state).data());
}

const total = (
  { kernels }: Profile<unknown>,
  key: "calls" | "flops" | "ms" | "share",
): number => kernels.reduce((sum, kernel) => sum + kernel[key], 0);

if (options !== null) {
  const onGpu = (
    body: () => Promise<void>,
    gpu: WebgpuOptions = options,
  ) =>
  () =>
    keepDefault(async () => {
      await init("webgpu", gpu);
      await body();
    });

  describe("px.profile() on a GPU", () => {
    it(
      "adds up to what wasm computes, dispatch by dispatch",
      LONG,
      () =>
        keepDefault(async () => {
          await init("wasm");
          const onWasm = await profileStep();
          const counts = noCounts();
          await init("webgpu", counted(options, counts));
          const report = await profileStep();
          assertEquals(total(report, "flops"), total(onWasm, "flops"));
          const n = total(report, "calls");
          const text = `${report}`;
          assert(text.includes(`; ${n} dispatches in 1 submit, 1 run `), text);
          assertEquals(report.runs, 1);
          for (const [i, e] of Array.from(report.result).entries()) {
            assert(Math.abs(e / onWasm.result[i] - 1) < 1e-4);
          }
          for (const { name } of report.kernels) {
            assert(name.length > 0 && name.length <= 100, name);
          }
          assert(Math.abs(total(report, "share") - 1) < 1e-9);
          assertMatch(text, /^32 rows: .* and \d+ others +\d+ +[\d.]+ +/m);
        }),
    );

    it(
      "has the times of the GPU's clock, where it has one",
      LONG,
      onGpu(async () => {
        const gpu = (options.gpu ?? navigator.gpu) as GPU;
        const { features } = (await gpu.requestAdapter())!;
        const f = pxf.jit((x: Tensor) => x.matmul(x).sum());
        const x = jnp.ones([256, 256]);
        const report = await px.profile(async () => await f(x).item());
        assertEquals(report.result, 2 ** 24);
        assert(report.ms > 0);
        if (!features.has("timestamp-query")) return;
        assert(`${report}`.includes("1 run by the GPU's clock"));
        const inKernels = total(report, "ms");
        assert(inKernels > 0);
        assert(inKernels <= 1.01 * report.ms, `${inKernels} of ${report.ms}`);
        const product = report.kernels.find((k) => k.flops > 0)!;
        assertEquals(product.flops, 2 * 256 ** 3);
        assert(product.ms > 0);
      }),
    );

    it(
      "has the time of the whole without that clock",
      onGpu(
        async () => {
          const report = await px.profile(async () =>
            await jnp.ones([8]).add(1).data()
          );
          assertEquals(report.result, new Float32Array(8).fill(2));
          assert(report.ms > 0);
          assertEquals(total(report, "ms"), 0);
          assert(`${report}`.includes("(this adapter has no timestamp-query)"));
        },
        tamper(options, {
          adapter: () => ({ features: new Set<GPUFeatureName>() }),
        }),
      ),
    );

    it(
      "needs an asynchronous function",
      onGpu(async () => {
        const x = jnp.ones([4]);
        const { message } = assertThrows(
          () => px.profile((x: Tensor) => x.add(1), x),
          DeviceError,
        );
        assertEquals(
          message,
          'Cannot profile on "webgpu" at once: a GPU says later what it took, ' +
            "expected an asynchronous function: use " +
            "await px.profile(async () => ...)",
        );
        const failing = px.profile(() => {
          x.add(1);
          return Promise.reject(new RangeError("no"));
        });
        await assertRejects(() => failing, RangeError, "no");
        // Times that nobody waits for fail in silence.
        assertThrows(() => px.profile((x: Tensor) => x.add(1), x));
        dispose();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }),
    );
  });
}
