/**
 * The one interface all devices implement, and storage: where the elements of
 * a concrete tensor are.
 *
 * @module
 */
import type { DType, TypedArray } from "../base/dtype.ts";
import type { CallWork } from "./describe.ts";
import type { Plan } from "./plan.ts";

/** Elements of a tensor, on the host or on a device. */
export interface Storage {
  /** Device that holds the elements, or `"host"`. */
  readonly device: string;
  /**
   * Set once a user can see this storage: a call that would update it in
   * place then leaves the old elements readable here.
   */
  escaped: boolean;
  /** Whether {@link readSync} works. */
  readonly isSync: boolean;
  /**
   * The elements; do not write to them.
   *
   * @throws {DeviceError} If the device can only be read asynchronously.
   */
  readSync(): TypedArray;
  /** The elements; do not write to them. */
  read(): Promise<TypedArray>;
  /** Gives the memory back; the storage must not be used afterwards. */
  release(): void;
}

/** Elements in an ordinary typed array: freed by the garbage collector. */
export class HostStorage implements Storage {
  /** Always `"host"`. */
  readonly device = "host";
  /** Host storage is never updated in place. */
  escaped = true;
  /** Always true. */
  readonly isSync = true;
  readonly #data: TypedArray;
  /** Wraps `data`, which must not be written to afterwards. */
  constructor(data: TypedArray) {
    this.#data = data;
  }
  /** The elements. */
  readSync(): TypedArray {
    return this.#data;
  }
  /** The elements. */
  read(): Promise<TypedArray> {
    return Promise.resolve(this.#data);
  }
  /** Nothing to do: the garbage collector frees host memory. */
  release(): void {}
}

/** How long a piece of a Plan took: a call, or what a device makes of some. */
export interface CallTime extends CallWork {
  /** How often it ran: more than once in a loop. */
  readonly count: number;
  /** Milliseconds, of all of these together. */
  readonly ms: number;
}

/** What a run took. */
export interface RunTimes {
  /** The calls in order. */
  readonly calls: readonly CallTime[];
  /** Milliseconds of a run whose calls are not timed. */
  readonly ms: number;
  /** How it was measured, in words. */
  readonly how: string;
}

/** A run of a Plan whose calls were timed. */
export interface ProfiledRun {
  /** What {@link Executable.run} gives. */
  readonly outputs: Storage[];
  /** What it took: a promise where the device cannot say it at once. */
  readonly times: RunTimes | Promise<RunTimes>;
}

/** A Plan made ready by a device. */
export interface Executable {
  /**
   * Runs the Plan. An input may be on the host or on this device. A donated
   * input is consumed: its memory, or new memory when it had escaped or was
   * on the host, holds the output. The other inputs keep their elements.
   *
   * @returns One storage per output; a donated one is on the device.
   */
  run(inputs: readonly Storage[]): Storage[];
  /**
   * Does what {@link run} does, with the same bits, and times each call.
   * A device may run the Plan several times to measure well; donated inputs
   * then start each time from what they held.
   */
  profile?(inputs: readonly Storage[]): ProfiledRun;
  /** Frees what the executable holds on the device. */
  dispose(): void;
}

/** Options that every device has. */
export interface CommonOptions {
  /**
   * Takes it that nothing is infinite or NaN: `0 * x`, `0 / x`, `x - x` and
   * matrix products with zeros are 0 without being computed. Right after a
   * forward initialisation all hidden errors of a network are zero, so that
   * saves products. Off by default.
   */
  readonly finiteMath?: boolean;
}

/** Facts about an opened device, for reports. */
export interface DeviceInfo {
  /** Registry name: `reference`, `wasm` or `webgpu`. */
  readonly name: string;
  /** One line: variant, adapter, features. */
  readonly description: string;
  /** Whether it is a GPU that is really a program on the processor. */
  readonly isSoftware?: boolean;
  /** Why `init("auto")` chose it. */
  readonly reason?: string;
}

/** Memory figures of a device. */
export interface MemoryUse {
  /** Bytes in use. */
  readonly used: number;
  /** Bytes held. */
  readonly capacity: number;
}

/** Something that runs Plans. */
export interface Device {
  /** What was opened. */
  readonly info: DeviceInfo;
  /** Whether Programs may take it that nothing is infinite or NaN. */
  readonly finiteMath?: boolean;
  /** Whether right operands of products are better packed; true if not given. */
  readonly packs?: boolean;
  /** Makes a Plan ready to run. */
  compile(plan: Plan): Executable;
  /** A copy of `storage` that stays on the device (constants). */
  persist(storage: Storage, dtype: DType, size: number): Storage;
  /** Memory in use now. */
  memory(): MemoryUse;
  /** Frees everything; the device cannot be used afterwards. */
  dispose?(): void;
}
