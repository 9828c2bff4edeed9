/**
 * Elements in wasm memory: parameters, optimizer state, constants. What users
 * read from it are copies, so that a later update in place changes nothing
 * they hold.
 *
 * @module
 */
import {
  allocate,
  type DType,
  ELEMENT_BYTES,
  type TypedArray,
} from "../../base/dtype.ts";
import { DeviceError } from "../../base/errors.ts";
import type { Storage } from "../device.ts";
import type { Pointer } from "./kernel_types.ts";
import type { Arena } from "./memory.ts";

interface Owned {
  readonly arena: Arena;
  readonly pointer: Pointer;
}

/** Frees what was dropped without a release. */
const dropped = new FinalizationRegistry<Owned>(({ arena, pointer }) =>
  arena.free(pointer)
);

/** Fills `to` with the elements at `pointer`. */
export function readMemory(
  arena: Arena,
  pointer: Pointer,
  to: TypedArray,
): void {
  const { f32, i32, u32 } = arena.views();
  const from = pointer / ELEMENT_BYTES;
  const words = to instanceof Float32Array
    ? f32
    : to instanceof Int32Array
    ? i32
    : u32;
  to.set(words.subarray(from, from + to.length));
}

/** Writes `data` as `dtype` to `pointer`; doubles are rounded to f32. */
export function writeMemory(
  arena: Arena,
  dtype: DType,
  pointer: Pointer,
  data: TypedArray,
): void {
  const { f32, i32, u32 } = arena.views();
  const words = dtype === "f32" ? f32 : dtype === "i32" ? i32 : u32;
  words.set(data, pointer / ELEMENT_BYTES);
}

/** Elements in a block of an arena. */
export class WasmStorage implements Storage {
  /** Always `"wasm"`. */
  readonly device = "wasm";
  /** Set once a user can see this storage. */
  escaped = false;
  /** Always true. */
  readonly isSync = true;
  /** Number of the last run that this storage was donated to. */
  lastRun = 0;
  /** Element type. */
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** Memory the elements are in. */
  readonly arena: Arena;
  #pointer: Pointer;
  /** The elements, once the memory has gone to another storage. */
  #host: TypedArray | null = null;

  /** Owns the block at `pointer` from now on. */
  constructor(arena: Arena, pointer: Pointer, dtype: DType, size: number) {
    this.arena = arena;
    this.#pointer = pointer;
    this.dtype = dtype;
    this.size = size;
    dropped.register(this, { arena, pointer }, this);
  }

  /** Address of the elements, 0 when they are not in wasm memory any more. */
  get pointer(): Pointer {
    return this.#pointer;
  }

  /** A copy of the elements. */
  readSync(): TypedArray {
    if (this.#host !== null) return this.#host.slice();
    if (this.#pointer === 0) {
      throw new DeviceError(
        `Cannot read ${this.dtype} storage of ${this.size} elements: it was ` +
          "released, expected storage in use: keep the tensor until its last " +
          "use",
      );
    }
    const copy = allocate(this.dtype, this.size);
    readMemory(this.arena, this.#pointer, copy);
    return copy;
  }

  /** A copy of the elements. */
  read(): Promise<TypedArray> {
    return new Promise((resolve) => resolve(this.readSync()));
  }

  /** Gives the memory back. */
  release(): void {
    this.#host = null;
    if (this.#pointer === 0) return;
    dropped.unregister(this);
    this.arena.free(this.#pointer);
    this.#pointer = 0;
  }

  /**
   * Passes the memory on: this storage keeps `copy`, its elements, on the host.
   *
   * @returns Storage that owns the memory now.
   */
  handOver(copy: TypedArray): WasmStorage {
    const pointer = this.#pointer;
    dropped.unregister(this);
    this.#host = copy;
    this.#pointer = 0;
    return new WasmStorage(this.arena, pointer, this.dtype, this.size);
  }
}

/** Storage with a copy of `data`. */
export function storeInWasm(
  arena: Arena,
  dtype: DType,
  data: TypedArray,
): WasmStorage {
  const pointer = arena.alloc(ELEMENT_BYTES * data.length);
  writeMemory(arena, dtype, pointer, data);
  return new WasmStorage(arena, pointer, dtype, data.length);
}
