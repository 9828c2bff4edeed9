/**
 * The GPU that tests run on: that of the runtime, or where it has none (Bun,
 * Node) that of the npm package `webgpu`.
 */
import process from "node:process";
import { it } from "node:test";
import { isSoftware } from "../../src/device/webgpu/adapter.ts";
import type { WebgpuOptions } from "../../src/device/webgpu/mod.ts";

/** Options with which webgpu opens here, or why it does not. */
export type Found =
  | { readonly options: WebgpuOptions; readonly isSoftware: boolean }
  | { readonly why: string };

/** Looks for a GPU. */
export async function lookForGpu(): Promise<Found> {
  const gpu = globalThis.navigator?.gpu ?? await fromPackage();
  if (gpu === undefined) {
    return { why: "this runtime has no WebGPU: run npm install for the tests" };
  }
  const adapter = await gpu.requestAdapter();
  return adapter === null
    ? { why: "no driver: on Debian install mesa-vulkan-drivers or chromium" }
    : {
      options: globalThis.navigator?.gpu === undefined ? { gpu } : {},
      isSoftware: isSoftware(adapter.info),
    };
}

async function fromPackage(): Promise<GPU | undefined> {
  // Not a literal: Deno would look for it, though it has a GPU of its own.
  const name = "webgpu";
  try {
    const { create } = await import(name) as { create(flags: string[]): GPU };
    return create([]);
  } catch {
    return undefined;
  }
}

/** Whether the environment demands a GPU; Deno may not let it be read. */
export function isRequired(): boolean {
  try {
    return process.env.GPU === "required";
  } catch {
    return false;
  }
}

/**
 * Looks for a GPU to test on. Software takes many minutes, so it is asked for.
 *
 * @throws {Error} If there is none and the environment says `GPU=required`.
 */
export async function chooseGpu(): Promise<Found> {
  const found = await lookForGpu();
  if (isRequired()) {
    if ("options" in found) return found;
    throw new Error(`Cannot test on a GPU, which is required: ${found.why}`);
  }
  if ("why" in found || !found.isSoftware) return found;
  const why =
    "it is software, which takes minutes; GPU=required asks for it, " +
    "and in Deno --allow-env=GPU";
  return { why };
}

/**
 * Options with which webgpu opens here; null if there is no GPU to test on,
 * after it has declared a skipped test that says why.
 */
export async function findGpu(): Promise<WebgpuOptions | null> {
  const found = await chooseGpu();
  if ("options" in found) return found.options;
  it.skip(`tests on a GPU: ${found.why}`, () => {});
  return null;
}
