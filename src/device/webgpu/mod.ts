/**
 * The webgpu device: Plans run as WGSL kernels, generated for each, in one
 * submit per call.
 *
 * @module
 */
import type { Device } from "../device.ts";
import { Workspace } from "../workspace.ts";
import { cannotOpen, openAdapter, type WebgpuOptions } from "./adapter.ts";
import type { Tuning } from "./dispatches.ts";
import { compile, type Engine } from "./executor.ts";
import { Faults } from "./faults.ts";
import { Heap } from "./heap.ts";
import { Pipelines } from "./pipelines.ts";
import { selfTest } from "./self_test.ts";
import { storeOnGpu } from "./storage.ts";
import { Stream } from "./stream.ts";

export type { WebgpuOptions } from "./adapter.ts";

/** What suits a GPU. */
export const HARDWARE: Tuning = {
  software: false,
  subgroup: 1,
  kernels: 16,
  rowGroups: 1024,
  rowSize: 64,
  rowSteps: 1024,
  steps: 1 << 20,
};

/** What suits a program that plays a GPU; Mesa's ends loops at 65,535 steps. */
export const SOFTWARE: Tuning = {
  software: true,
  subgroup: 1,
  kernels: 1,
  rowGroups: 4,
  rowSize: 8,
  rowSteps: 2048,
  steps: 50_000,
};

/**
 * Opens the webgpu device and lets it compute something small.
 *
 * @param tuning Instead of what suits the adapter, but for subgroups, which it
 * has or has not; for tests.
 * @throws {DeviceError} If there is no GPU, or it computes nothing or wrong.
 */
export async function openWebgpu(
  options: WebgpuOptions = {},
  tuning?: Tuning,
): Promise<Device> {
  const { device: gpu, description, isSoftware, subgroup } = await openAdapter(
    options,
  );
  const faults = new Faults(gpu);
  const heap = new Heap(gpu, faults);
  const stream = new Stream(gpu, heap, faults);
  const engine: Engine = {
    device: gpu,
    faults,
    heap,
    stream,
    tuning: { ...tuning ?? (isSoftware ? SOFTWARE : HARDWARE), subgroup },
    pipelines: new Pipelines(gpu, faults),
    workspace: new Workspace(heap),
    copies: new WeakMap(),
  };
  const software = isSoftware ? " (software)" : "";
  const device: Device = {
    info: {
      name: "webgpu",
      description: `${description}${software}`,
      isSoftware,
    },
    finiteMath: options.finiteMath,
    packs: false,
    compile: (plan) => compile(engine, plan),
    persist: (storage, dtype) => {
      faults.rejectIfGone("store");
      return storeOnGpu(engine, dtype, storage.readSync());
    },
    memory: () => heap.usage(),
    dispose() {
      faults.end("it was disposed");
      heap.destroy();
      gpu.destroy();
    },
  };
  try {
    await selfTest(device);
  } catch (error) {
    device.dispose?.();
    const why = error instanceof Error ? error.message : String(error);
    throw cannotOpen(`"${description}" fails a small test (${why})`);
  }
  return device;
}
