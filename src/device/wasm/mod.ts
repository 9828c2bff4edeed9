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
  /**
   * From which run on an executable is generated code: the first runs call
   * kernel by kernel, which is ready sooner. 3 by default; 1 is at once, and
   * Infinity is never.
   */
  readonly generateFrom?: number;
}

/** One engine per variant: the two place their constants in memory alike. */
const engines = new Map<KernelVariant, Omit<Engine, "generateFrom">>();

function engineOf(variant: KernelVariant): Omit<Engine, "generateFrom"> {
  let engine = engines.get(variant);
  if (engine === undefined) {
    const arena = variant === kernelVariant()
      ? processArena()
      : new Arena(new WebAssembly.Memory({ initial: 16, maximum: 65536 }));
    const kernels = loadKernels(arena.memory, variant);
    const workspace = new Workspace(arena);
    engine = { kernels, variant, arena, workspace };
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
  const { variant = kernelVariant(), generateFrom = 3 } = options;
  const engine = { ...engineOf(variant), generateFrom };
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
