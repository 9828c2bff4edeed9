/**
 * The wasm device: Plans run on AssemblyScript kernels with SIMD, in memory
 * that donated inputs keep from run to run.
 *
 * @module
 */
import type { Device } from "../device.ts";
import { compile, type Engine } from "./executor.ts";
import { type KernelVariant, kernelVariant, loadKernels } from "./kernels.ts";
import { Arena, processArena } from "./memory.ts";
import { storeInWasm } from "./storage.ts";
import { Workspace } from "./workspace.ts";

export type { KernelVariant } from "./kernels.ts";

/** Options of {@link openWasm}. */
export interface WasmOptions {
  /** Which kernels; by default the fastest that this engine can run. */
  readonly variant?: KernelVariant;
}

/** One engine per variant: the two place their constants in memory alike. */
const engines = new Map<KernelVariant, Engine>();

function engineOf(variant: KernelVariant): Engine {
  let engine = engines.get(variant);
  if (engine === undefined) {
    const arena = variant === kernelVariant()
      ? processArena()
      : new Arena(new WebAssembly.Memory({ initial: 16, maximum: 65536 }));
    const kernels = loadKernels(arena.memory, variant);
    engine = { kernels, arena, workspace: new Workspace(arena) };
    engines.set(variant, engine);
  }
  return engine;
}

/**
 * Opens the wasm device.
 *
 * @throws {DeviceError} If the engine or a content security policy refuses.
 */
export function openWasm(options: WasmOptions = {}): Device {
  const { variant = kernelVariant() } = options;
  const engine = engineOf(variant);
  return {
    info: {
      name: "wasm",
      description: variant === "relaxed"
        ? "WebAssembly with relaxed SIMD, 1 thread"
        : "WebAssembly with SIMD, 1 thread",
    },
    compile: (plan) => compile(engine, plan),
    persist: (storage, dtype) =>
      storeInWasm(engine.arena, dtype, storage.readSync()),
    memory: () => engine.arena.usage(),
  };
}
