/**
 * The operations of a Plan, ready to run: as one call of a generated module,
 * or kernel by kernel from JavaScript where the host does not compile.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../base/dtype.ts";
import type { Plan } from "../plan.ts";
import type { Probe } from "../probe.ts";
import type { Assembly } from "./assembly.ts";
import { bind, runAll, windowCopy } from "./bind.ts";
import { assemble } from "./calls.ts";
import { generateStep } from "./codegen/step.ts";
import { type Kernels, MAXIMUM_PAGES, type Pointer } from "./kernel_types.ts";
import { type Compile, compileWasm, type KernelVariant } from "./kernels.ts";
import type { Arena } from "./memory.ts";
import { withoutRelaxed } from "./plain.ts";
import { schedule } from "./schedule.ts";
import type { Team, TeamRun } from "./team.ts";

/** What code runs on. */
export interface Machine {
  /** The kernels. */
  readonly kernels: Kernels;
  /** Which form of them, and so of generated code. */
  readonly variant: KernelVariant;
  /** Their memory. */
  readonly arena: Arena;
  /** Compiles generated modules; null where the host does not. */
  readonly compile: Compile | null;
  /** Threads that share the work; null for this one alone. */
  readonly team: Team | null;
}

/** A Plan's operations, ready to run. */
export interface Code {
  /** Bytes of scratch memory. */
  readonly scratchBytes: number;
  /**
   * Runs.
   *
   * @param bases Addresses of the Plan's bases, then that of the scratch.
   */
  run(bases: Int32Array): void;
  /** Frees what it holds. */
  readonly dispose: () => void;
}

const PAGE = 65536;

/**
 * Makes a Plan's operations ready.
 *
 * @param probe Times the calls of the Plan, on this thread alone.
 * @throws {DeviceError} If the engine does not compile them.
 */
export function prepare(
  machine: Machine,
  plan: Plan,
  probe: Probe | null = null,
): Code {
  const assembly = assemble(plan, machine.kernels);
  const { compile } = machine;
  return compile === null
    ? interpreted(machine, assembly, probe)
    : generated(machine, assembly, compile, probe);
}

function interpreted(
  machine: Machine,
  assembly: Assembly,
  probe: Probe | null,
): Code {
  const { kernels, arena } = machine;
  const { operations, origins, zero, scratchBytes } = assembly;
  const memory = placeConstants(arena, assembly, 0);
  const table = new Int32Array(origins.length);
  const thunks = bind({ kernels, arena, table, zero, probe }, operations);
  return {
    scratchBytes,
    dispose: () => arena.free(memory),
    run(addresses) {
      for (let base = 0; base < zero; base++) table[base] = addresses[base];
      table[zero] = 0;
      table[assembly.constants] = memory;
      table[assembly.scratch] = addresses[zero];
      for (let slot = assembly.scratch + 1; slot < table.length; slot++) {
        table[slot] = table[origins[slot]];
      }
      probe?.start.forEach(probe.mark);
      runAll(thunks);
    },
  };
}

function generated(
  machine: Machine,
  assembly: Assembly,
  compile: Compile,
  probe: Probe | null,
): Code {
  const { kernels, arena, variant } = machine;
  const team = probe === null ? machine.team : null;
  const { constants, zero, scratch } = assembly;
  const memory = placeConstants(arena, assembly, scratch + 1);
  const pages = arena.memory.buffer.byteLength / PAGE;
  const plan = team === null ? null : schedule(assembly, team.worth);
  const step = generateStep(assembly, plan, {
    pages,
    maximum: arena.isShared ? MAXIMUM_PAGES : undefined,
  }, probe);
  const windows = step.windows.map((operation, i) =>
    [`window${i}`, windowCopy(machine, operation)] as const
  );
  const wasm = variant === "relaxed" ? step.wasm : withoutRelaxed(step.wasm);
  const module = compileWasm("a generated program", wasm, compile);
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      memory: arena.memory,
      ...probe === null ? {} : { mark: probe.mark },
      ...Object.fromEntries(step.kernels.map((name) => [name, kernels[name]])),
      ...Object.fromEntries(windows),
    },
  });
  const alone = exports.run as (table: Pointer) => void;
  const job = plan === null || team === null
    ? null
    : team.job(wasm, exports.run as TeamRun);
  const table = memory + ELEMENT_BYTES * assembly.words.length;
  const start = table / ELEMENT_BYTES;
  return {
    scratchBytes: assembly.scratchBytes * (job === null ? 1 : team!.threads),
    run(addresses) {
      const { i32 } = arena.views();
      i32.set(addresses, start);
      i32[start + zero] = 0;
      i32[start + constants] = memory;
      i32[start + scratch] = addresses[zero];
      if (job === null) alone(table);
      else team!.run(job, table);
    },
    dispose: () => {
      arena.free(memory);
      if (job !== null) team!.forget(job);
    },
  };
}

/** Memory with the constants of `assembly`, and `more` words after them. */
function placeConstants(
  arena: Arena,
  { words }: Assembly,
  more: number,
): Pointer {
  const pointer = arena.alloc(ELEMENT_BYTES * (words.length + more));
  arena.views().u32.set(words, pointer / ELEMENT_BYTES);
  return pointer;
}
