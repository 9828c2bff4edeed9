/**
 * Runs a Plan: fills the table of addresses, runs the code, hands out the
 * outputs. Everything that can fail happens before a
 * donated input is touched.
 *
 * @module
 */
import { allocate, ELEMENT_BYTES, type TypedArray } from "../../base/dtype.ts";
import { DeviceError } from "../../base/errors.ts";
import { formatAval, sizeOf } from "../../base/shape.ts";
import {
  type Executable,
  HostStorage,
  type ProfiledRun,
  type Storage,
} from "../device.ts";
import type { Plan } from "../plan.ts";
import { type Code, type Machine, prepare } from "./code.ts";
import type { Pointer } from "./kernel_types.ts";
import { profileCode } from "./profile.ts";
import { readMemory, WasmStorage, writeMemory } from "./storage.ts";
import type { Workspace } from "../workspace.ts";

/** The memory of a device, and the kernels that work on it. */
export interface Engine extends Machine {
  /** What executables share of it. */
  readonly workspace: Workspace;
}

/** Numbers the runs of all executables. */
let runs = 0;

const disposed = new FinalizationRegistry<() => void>((dispose) => dispose());

/** Makes a Plan ready to run. */
export function compile(engine: Engine, plan: Plan): Executable {
  return new WasmExecutable(engine, plan);
}

/** An input, as it is for all runs. */
interface Input {
  readonly size: number;
  /** The output that takes over its memory, or -1. */
  readonly output: number;
}

class WasmExecutable implements Executable {
  readonly #engine: Engine;
  readonly #plan: Plan;
  readonly #inputs: readonly Input[];
  readonly #code: Code;
  /** Addresses of the Plan's bases, then that of the scratch. */
  readonly #bases: Int32Array;
  /** Bytes from the workspace's start: scratch, outputs, inputs (or -1). */
  readonly #scratchAt: number;
  readonly #outputAt: readonly number[];
  readonly #inputAt: number[];
  #workspaceBytes: number;
  /** Host data of each input in the run under way. */
  readonly #staged: (TypedArray | null)[];
  /** Memory that donated inputs from the host go to. */
  readonly #fresh: Pointer[];
  #dispose: (() => void) | null;

  constructor(engine: Engine, plan: Plan) {
    const { workspace } = engine;
    this.#engine = engine;
    this.#plan = plan;
    this.#inputs = plan.inputs.map((aval, i) => ({
      size: sizeOf(aval.shape),
      output: plan.outputs.findIndex((output) => output.donated === i),
    }));
    const bases = 1 + plan.inputs.length + plan.outputs.length;
    this.#bases = new Int32Array(bases + 1);
    this.#scratchAt = padded(plan.arenaBytes);
    this.#inputAt = this.#inputs.map(() => -1);
    this.#staged = this.#inputs.map(() => null);
    this.#fresh = this.#inputs.map(() => 0);
    this.#code = prepare(engine, plan);
    let end = this.#scratchAt + padded(this.#code.scratchBytes);
    this.#outputAt = plan.outputs.map(({ aval, donated }) => {
      if (donated !== null) return -1;
      const at = end;
      end += padded(ELEMENT_BYTES * sizeOf(aval.shape));
      return at;
    });
    this.#workspaceBytes = end;
    workspace.reserve(end);
    workspace.join();
    this.#dispose = releaser(engine, this.#code);
    disposed.register(this, this.#dispose, this);
  }

  run(inputs: readonly Storage[]): Storage[] {
    return this.#runCode(this.#code, inputs);
  }

  profile(inputs: readonly Storage[]): ProfiledRun {
    const donated = this.#inputs.flatMap(({ size, output }, i) =>
      output < 0 ? [] : [{ base: 1 + i, size }]
    );
    const profiled = profileCode(
      this.#engine,
      this.#plan,
      this.#code,
      donated,
    );
    try {
      const outputs = this.#runCode(profiled, inputs);
      return { outputs, times: profiled.result() };
    } finally {
      profiled.dispose();
    }
  }

  #runCode(code: Pick<Code, "run">, inputs: readonly Storage[]): Storage[] {
    if (this.#dispose === null) {
      throw new DeviceError(
        "Cannot run a plan: its executable was disposed, expected one in " +
          "use: compile the plan again",
      );
    }
    const outputs = new Array<Storage>(this.#plan.outputs.length);
    const results = new Array<TypedArray | null>(outputs.length);
    for (let j = 0; j < outputs.length; j++) {
      results[j] = null;
      if (this.#outputAt[j] < 0) continue;
      const { dtype, shape } = this.#plan.outputs[j].aval;
      const data = allocate(dtype, sizeOf(shape));
      results[j] = data;
      outputs[j] = new HostStorage(data);
    }
    const run = ++runs;
    this.#prepareDonated(inputs, run);
    try {
      this.#prepareKept(inputs, run);
    } catch (error) {
      this.#freeFresh();
      throw error;
    }
    // Nothing fails from here on.
    this.#place(inputs, outputs);
    this.#fillBases();
    code.run(this.#bases);
    this.#handOut(results);
    return outputs;
  }

  dispose(): void {
    if (this.#dispose === null) return;
    disposed.unregister(this);
    this.#dispose();
    this.#dispose = null;
  }

  /** Host copies and fresh memory for the donated inputs that need them. */
  #prepareDonated(inputs: readonly Storage[], run: number): void {
    try {
      for (let i = 0; i < this.#inputs.length; i++) {
        const { output } = this.#inputs[i];
        if (output < 0) continue;
        const storage = inputs[i];
        this.#staged[i] = null;
        this.#fresh[i] = 0;
        if (this.#isResident(storage) && storage.lastRun !== run) {
          storage.lastRun = run;
          this.#check(i, storage.size);
          if (storage.escaped) this.#staged[i] = storage.readSync();
        } else {
          this.#stage(i, storage);
          const { size } = this.#inputs[i];
          this.#fresh[i] = this.#engine.arena.alloc(ELEMENT_BYTES * size);
        }
      }
    } catch (error) {
      this.#freeFresh();
      throw error;
    }
  }

  /** Data of the other inputs that are not in wasm memory, and room for it. */
  #prepareKept(inputs: readonly Storage[], run: number): void {
    for (let i = 0; i < this.#inputs.length; i++) {
      const { output, size } = this.#inputs[i];
      if (output >= 0) continue;
      const storage = inputs[i];
      this.#staged[i] = null;
      // What is also donated changes during the run: it takes a copy.
      if (this.#isResident(storage) && storage.lastRun !== run) {
        this.#check(i, storage.size);
        continue;
      }
      this.#stage(i, storage);
      if (this.#inputAt[i] < 0) {
        this.#inputAt[i] = this.#workspaceBytes;
        this.#workspaceBytes += padded(ELEMENT_BYTES * size);
      }
    }
    this.#engine.workspace.reserve(this.#workspaceBytes);
  }

  #isResident(storage: Storage | undefined): storage is WasmStorage {
    return storage instanceof WasmStorage && storage.pointer !== 0 &&
      storage.arena === this.#engine.arena;
  }

  #stage(i: number, storage: Storage | undefined): void {
    const data = storage?.readSync();
    this.#check(i, data?.length);
    this.#staged[i] = data ?? null;
  }

  #check(i: number, size: number | undefined): void {
    if (size === this.#inputs[i].size) return;
    throw new DeviceError(
      `Cannot run a plan: input ${i} has ${size ?? "no"} elements, expected ` +
        formatAval(this.#plan.inputs[i]),
    );
  }

  #freeFresh(): void {
    for (let i = 0; i < this.#fresh.length; i++) {
      if (this.#fresh[i] !== 0) this.#engine.arena.free(this.#fresh[i]);
      this.#fresh[i] = 0;
      this.#staged[i] = null;
    }
  }

  /** Puts each input where the kernels find it. */
  #place(inputs: readonly Storage[], outputs: Storage[]): void {
    const { arena, workspace } = this.#engine;
    for (let i = 0; i < this.#inputs.length; i++) {
      const { output, size } = this.#inputs[i];
      const { dtype } = this.#plan.inputs[i];
      const storage = inputs[i];
      const staged = this.#staged[i];
      let pointer = this.#fresh[i];
      this.#staged[i] = null;
      this.#fresh[i] = 0;
      if (pointer !== 0) {
        writeMemory(arena, dtype, pointer, staged!);
        outputs[output] = new WasmStorage(arena, pointer, dtype, size);
      } else if (output < 0 && staged !== null) {
        pointer = workspace.pointer + this.#inputAt[i];
        writeMemory(arena, dtype, pointer, staged);
      } else if (storage instanceof WasmStorage) {
        pointer = storage.pointer;
        if (output >= 0) {
          outputs[output] = staged === null
            ? storage
            : storage.handOver(staged);
        }
      }
      this.#bases[1 + i] = pointer;
    }
  }

  #fillBases(): void {
    const bases = this.#bases;
    const { pointer } = this.#engine.workspace;
    bases[0] = pointer;
    const first = 1 + this.#inputs.length;
    for (let j = 0; j < this.#outputAt.length; j++) {
      bases[first + j] = pointer + this.#outputAt[j];
    }
    bases[bases.length - 1] = pointer + this.#scratchAt;
  }

  /** Copies the outputs that have no memory of their own. */
  #handOut(results: readonly (TypedArray | null)[]): void {
    const { arena, workspace } = this.#engine;
    for (let j = 0; j < results.length; j++) {
      const data = results[j];
      if (data === null) continue;
      readMemory(arena, workspace.pointer + this.#outputAt[j], data);
    }
  }
}

/** Does not hold the executable, which can so be collected. */
function releaser({ workspace }: Engine, { dispose }: Code) {
  return () => {
    dispose();
    workspace.leave();
  };
}

function padded(bytes: number): number {
  return Math.ceil((bytes + 16) / 64) * 64;
}
