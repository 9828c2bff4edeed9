/**
 * Finds a GPU where the runtime has none of its own: Bun and Node take that of
 * the npm package `webgpu`, if it is installed.
 */
import type { WebgpuOptions } from "../../mod.ts";

/** Options for `init("webgpu")` on this runtime. */
export async function gpuOptions(): Promise<WebgpuOptions> {
  if (globalThis.navigator?.gpu !== undefined) return {};
  // Not a literal: only runtimes without a GPU need the package.
  const name = "webgpu";
  try {
    const { create } = await import(name) as { create(flags: string[]): GPU };
    return { gpu: create([]) };
  } catch {
    return {}; // init says what is missing.
  }
}
