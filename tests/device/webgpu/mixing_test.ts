/** Tensors of two devices in one call: refused, with the way to move them. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  DeviceError,
  init,
  jnp,
  px,
  pxf,
  type Tensor,
  tensor,
} from "../../../mod.ts";
import { defaultDevice } from "../../../src/devices.ts";
import { findGpu } from "../../support/gpu.ts";
import { keepDefault } from "../../support/keep_default.ts";

const options = await findGpu();

class Weights extends px.Param<Tensor> {}

/** Multiplies the weights, and gives their sum. */
function newStep() {
  return pxf.jit((x: Tensor, { w }: { w: Weights }) => {
    w.set(w.get()!.mul(x));
    return w.get()!.sum();
  });
}

/** Weights of 2 where they were computed: on the device in use. */
function newWeights(step: ReturnType<typeof newStep>): Weights {
  const w = new Weights(jnp.ones([3]));
  step(jnp.full([3], 2), { w });
  return w;
}

if (options !== null) {
  describe("tensors of two devices", () => {
    const refusal = (use: () => unknown) =>
      assertThrows(use, DeviceError).message;

    it("names what is on wasm in a call of the GPU", () =>
      keepDefault(async () => {
        await init("wasm");
        const step = newStep();
        const w = newWeights(step);
        await init("webgpu", options);
        const x = jnp.full([3], 2);
        const expected = 'Cannot run on "webgpu": f32[3] is on "wasm", ' +
          'expected all on "webgpu": after init(...) move them with ' +
          'await px.devicePut([model, ..., px.RKG], "webgpu")';
        assertEquals(refusal(() => step(x, { w })), expected);
        assertEquals((await w.get()!.data())[0], 2);
        await px.devicePut([w], "webgpu");
        assertEquals(await step(x, { w }).item(), 12);
      }));

    it("names what is on the GPU in a call of wasm", () =>
      keepDefault(async () => {
        await init("webgpu", options);
        const gpu = defaultDevice();
        const step = newStep();
        const w = newWeights(step);
        const y = jnp.ones([2]).add(1);
        await init("wasm");
        const x = jnp.full([3], 2);
        const expected = 'Cannot run on "wasm": f32[3] is on "webgpu", ' +
          'expected all on "wasm": after init(...) move them with ' +
          'await px.devicePut([model, ..., px.RKG], "wasm")';
        assertEquals(refusal(() => step(x, { w })), expected);
        assertEquals(
          refusal(() => y.add(1)),
          expected.replace("f32[3]", "f32[2]"),
        );
        await px.devicePut([w], "wasm");
        assertEquals(step(x, { w }).dataSync()[0], 12);
        assertEquals(await y.data(), Float32Array.of(2, 2));
        gpu.dispose!();
      }));

    it("names a GPU that was opened before", () =>
      keepDefault(async () => {
        await init("webgpu", options);
        const before = defaultDevice();
        const step = newStep();
        const w = newWeights(step);
        const lost = newWeights(step);
        await init("webgpu", options);
        const x = jnp.full([3], 2);
        const expected = "Cannot run a plan: input 1, f32[3], belongs to " +
          "another GPU device, which was opened before, expected storage of " +
          "this device: move it with await px.devicePut([model, ..., " +
          'px.RKG], "webgpu"), or if that device is gone load params again ' +
          "and call px.RKG.seed(n)";
        assertEquals(refusal(() => step(x, { w })), expected);
        await px.devicePut([w], "webgpu");
        assertEquals(await step(x, { w }).item(), 12);
        before.dispose!();
        assertEquals(
          (await assertRejects(
            () => px.devicePut([lost], "webgpu"),
            DeviceError,
          )).message,
          'Cannot read on "webgpu": it was disposed, expected a device in ' +
            'use: open it again with await init("webgpu"), load saved ' +
            "params and seed px.RKG",
        );
      }));

    it("go where they are not used", () =>
      keepDefault(async () => {
        await init("wasm");
        const draw = pxf.jit((_: { w: Weights }) => px.RKG());
        const step = newStep();
        const w = newWeights(step);
        draw({ w });
        await init("webgpu", options);
        const scale = pxf.jit((x: Tensor, _: { w: Weights }) => x.mul(3));
        assertEquals(
          await scale(tensor([1, 2]), { w }).data(),
          Int32Array.of(3, 6),
        );
        assertThrows(() => draw({ w }), DeviceError, 'u32[2] is on "wasm"');
        await px.devicePut(px.RKG, "webgpu");
        assertEquals(draw({ w }).device, "webgpu");
      }));
  });
}
