/**
 * The wasm device: Plans run as generated code and on AssemblyScript kernels
 * with SIMD, in memory that donated inputs keep from run to run.
 *
 * @module
 */
import { DeviceError } from "../../base/errors.ts";
import type { CommonOptions, Device } from "../device.ts";
import { compile, type Engine } from "./executor.ts";
import {
  type Compile,
  compiles,
  engineCompile,
  kernelModule,
  type KernelVariant,
  kernelVariant,
  loadKernels,
} from "./kernels.ts";
import { newArena } from "./memory.ts";
import { storeInWasm } from "./storage.ts";
import { Team } from "./team.ts";
import { whyNoWorkers } from "./worker.ts";
import { Workspace } from "../workspace.ts";

export type { KernelVariant } from "./kernels.ts";

/** Options of {@link openWasm}. */
export interface WasmOptions extends CommonOptions {
  /** Which kernels; by default the fastest that this engine can run. */
  readonly variant?: KernelVariant;
  /**
   * Threads that share the work of a call, `"auto"` for one per core; 1 by
   * default. Results do not depend on it. Small calls stay on one thread, as
   * does everything where memory cannot be shared (a page without cross-origin
   * isolation); {@link DeviceInfo.description} says so.
   */
  readonly threads?: number | "auto";
  /**
   * Compiles binaries instead of `new WebAssembly.Module`: a host that forbids
   * it gives a precompiled module for the kernels, and throws for all else.
   * Fused loops then run in JavaScript, which is far slower;
   * {@link DeviceInfo.description} says so.
   */
  readonly compile?: (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module;
}

/** A device's engine, but for what differs between devices. */
type Base = Omit<Engine, "compile" | "team">;

/** One engine per memory: variants place their constants in memory alike. */
const engines = new Map<string, Base>();
const teams = new Map<string, Team>();

function engineOf(
  variant: KernelVariant,
  compile: Compile,
  threads: number,
): Engine {
  const shared = threads > 1;
  const key = `${variant} ${shared}`;
  let engine = engines.get(key);
  if (engine === undefined) {
    const arena = newArena(shared);
    const kernels = loadKernels(arena.memory, variant, compile);
    engine = { kernels, variant, arena, workspace: new Workspace(arena) };
    engines.set(key, engine);
  }
  return {
    ...engine,
    compile: compiles(compile) ? compile : null,
    team: shared ? teamOf(engine, compile, threads) : null,
  };
}

function teamOf(
  { arena, variant }: Base,
  compile: Compile,
  threads: number,
): Team {
  const key = `${variant} ${threads}`;
  let team = teams.get(key);
  if (team === undefined) {
    team = new Team(arena, kernelModule(variant, compile, true), threads);
    teams.set(key, team);
  }
  return team;
}

const MOST_THREADS = 64;

/** The number of threads asked for. */
function threadsOf(threads: number | "auto"): number {
  const wanted = threads === "auto"
    ? globalThis.navigator?.hardwareConcurrency ?? 1
    : threads;
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new DeviceError(
      `Cannot open wasm with threads: ${threads}, expected a whole number ` +
        'from 1 or "auto": use "auto" for one per core',
    );
  }
  return Math.min(wanted, MOST_THREADS);
}

/**
 * Opens the wasm device.
 *
 * @throws {DeviceError} If the engine or a content security policy refuses.
 */
export function openWasm(options: WasmOptions = {}): Device {
  const { variant = kernelVariant(), compile: compiler = engineCompile } =
    options;
  const wanted = threadsOf(options.threads ?? 1);
  const obstacle = wanted > 1 ? whyNoWorkers() : null;
  const alone = obstacle !== null || !compiles(compiler);
  const engine = engineOf(variant, compiler, alone ? 1 : wanted);
  const simd = variant === "relaxed" ? "relaxed SIMD" : "SIMD";
  const threads = engine.team === null
    ? "1 thread"
    : `${engine.team.threads} threads`;
  const why = obstacle === null ? "" : ` (${obstacle})`;
  const slow = engine.compile === null
    ? ", fused loops in JavaScript (this host compiles nothing at run time)"
    : "";
  return {
    info: {
      name: "wasm",
      description: `WebAssembly with ${simd}, ${threads}${why}${slow}`,
    },
    finiteMath: options.finiteMath,
    compile: (plan) => compile(engine, plan),
    persist: (storage, dtype) =>
      storeInWasm(engine.arena, dtype, storage.readSync()),
    memory: () => engine.arena.usage(),
  };
}
