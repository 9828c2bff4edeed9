/**
 * The wasm device: Plans run as generated code and on AssemblyScript kernels
 * with SIMD, in memory that donated inputs keep from run to run.
 *
 * @module
 */
import type { Device } from "../device.ts";
import { compile, type Engine } from "./executor.ts";
import {
  type Compile,
  compiles,
  engineCompile,
  type KernelVariant,
  kernelVariant,
  loadKernels,
} from "./kernels.ts";
import { Arena, processArena } from "./memory.ts";
import { storeInWasm } from "./storage.ts";
import { Workspace } from "./workspace.ts";

export type { KernelVariant } from "./kernels.ts";

/** Options of {@link openWasm}. */
export interface WasmOptions {
  /** Which kernels; by default the fastest that this engine can run. */
  readonly variant?: KernelVariant;
  /**
   * Compiles binaries instead of `new WebAssembly.Module`: a host that forbids
   * it gives a precompiled module for the kernels, and throws for all else.
   * Fused loops then run in JavaScript, which is far slower;
   * {@link DeviceInfo.description} says so.
   */
  readonly compile?: (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module;
}

/** One engine per variant: the two place their constants in memory alike. */
const engines = new Map<KernelVariant, Engine>();

function engineOf(variant: KernelVariant, compile: Compile): Engine {
  let engine = engines.get(variant);
  if (engine === undefined) {
    const arena = variant === kernelVariant()
      ? processArena()
      : new Arena(new WebAssembly.Memory({ initial: 16, maximum: 65536 }));
    const kernels = loadKernels(arena.memory, variant, compile);
    const workspace = new Workspace(arena);
    engine = { kernels, variant, arena, workspace, compile };
    engines.set(variant, engine);
  }
  return { ...engine, compile: compiles(compile) ? compile : null };
}

/**
 * Opens the wasm device.
 *
 * @throws {DeviceError} If the engine or a content security policy refuses.
 */
export function openWasm(options: WasmOptions = {}): Device {
  const { variant = kernelVariant(), compile: compiler = engineCompile } =
    options;
  const engine = engineOf(variant, compiler);
  const simd = variant === "relaxed" ? "relaxed SIMD" : "SIMD";
  const slow = engine.compile === null
    ? ", fused loops in JavaScript (this host compiles nothing at run time)"
    : "";
  return {
    info: {
      name: "wasm",
      description: `WebAssembly with ${simd}, 1 thread${slow}`,
    },
    compile: (plan) => compile(engine, plan),
    persist: (storage, dtype) =>
      storeInWasm(engine.arena, dtype, storage.readSync()),
    memory: () => engine.arena.usage(),
  };
}
