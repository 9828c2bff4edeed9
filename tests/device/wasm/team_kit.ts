/**
 * Devices with threads that split even the smallest operation, for tests.
 */
import { DeviceError } from "../../../src/base/errors.ts";
import type { Device } from "../../../src/device/device.ts";
import { compile } from "../../../src/device/wasm/executor.ts";
import {
  engineCompile,
  kernelModule,
  type KernelVariant,
  loadKernels,
} from "../../../src/device/wasm/kernels.ts";
import { newArena } from "../../../src/device/wasm/memory.ts";
import { storeInWasm } from "../../../src/device/wasm/storage.ts";
import { Team } from "../../../src/device/wasm/team.ts";
import { Workspace } from "../../../src/device/workspace.ts";
import { accumulate, host } from "../conformance_memory.ts";

/** A device and its team. */
export interface TeamDevice extends Device {
  readonly team: Team;
}

/** A device on which every operation that can be split is split. */
export function openTeam(variant: KernelVariant, threads: number): TeamDevice {
  const arena = newArena(true);
  const module = kernelModule(variant, engineCompile, true);
  const team = new Team(arena, module, threads, { barrier: 0, waking: 0 });
  const engine = {
    variant,
    arena,
    team,
    kernels: loadKernels(arena.memory, variant),
    workspace: new Workspace(arena),
    compile: engineCompile,
  };
  return {
    team,
    info: { name: "wasm", description: `${threads} threads` },
    compile: (plan) => compile(engine, plan),
    persist: (storage, dtype) => storeInWasm(arena, dtype, storage.readSync()),
    memory: () => arena.usage(),
  };
}

/** Starts the workers and waits for them. */
export async function ready(device: TeamDevice): Promise<void> {
  const executable = device.compile(accumulate(128));
  executable.run([host(128, 1), host(128, 1)]);
  executable.dispose();
  const end = performance.now() + 20000;
  while (!device.team.isReady) {
    if (performance.now() > end) throw new DeviceError("no workers in 20 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
