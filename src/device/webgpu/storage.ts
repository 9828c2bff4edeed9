/**
 * Elements in the memory of a GPU.
 *
 * @module
 */
import {
  allocate,
  type DType,
  ELEMENT_BYTES,
  type TypedArray,
  view,
} from "../../base/dtype.ts";
import { DeviceError } from "../../base/errors.ts";
import type { Storage } from "../device.ts";
import type { Heap, Pointer } from "./heap.ts";
import type { Stream } from "./stream.ts";

/** Where elements are, and how they are reached. */
export interface Memory {
  /** The memory. */
  readonly heap: Heap;
  /** What happens to it. */
  readonly stream: Stream;
}

interface Owned {
  readonly heap: Heap;
  readonly pointer: Pointer;
}

/** Frees what was dropped without a release. */
const dropped = new FinalizationRegistry<Owned>(({ heap, pointer }) =>
  heap.free(pointer)
);

/** Elements in a block of a heap. */
export class GpuStorage implements Storage {
  /** Always `"webgpu"`. */
  readonly device = "webgpu";
  /** Set once a user can see this storage. */
  escaped = false;
  /** Always false. */
  readonly isSync = false;
  /** Number of the last run that this storage was donated to. */
  lastRun = 0;
  /** Element type. */
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** Memory the elements are in. */
  readonly memory: Memory;
  #pointer: Pointer;
  #weight: ArrayBuffer | null;

  /** Owns the block at `pointer` from now on. */
  constructor(
    memory: Memory,
    pointer: Pointer,
    dtype: DType,
    size: number,
    weight: ArrayBuffer | null = memory.heap.weigh(ELEMENT_BYTES * size),
  ) {
    this.#weight = weight;
    this.memory = memory;
    this.#pointer = pointer;
    this.dtype = dtype;
    this.size = size;
    dropped.register(this, { heap: memory.heap, pointer }, this);
  }

  /** Address of the elements, 0 when they are gone. */
  get pointer(): Pointer {
    return this.#pointer;
  }

  /** Fails: a GPU cannot be read at once. */
  readSync(): TypedArray {
    throw new DeviceError(
      `Cannot read ${this.dtype} storage of ${this.size} elements at once: ` +
        "it is on a GPU, expected to wait for it: use await x.data() or " +
        "await x.item()",
    );
  }

  /** A copy of the elements as they are now. */
  async read(): Promise<TypedArray> {
    if (this.#pointer === 0) {
      throw new DeviceError(
        `Cannot read ${this.dtype} storage of ${this.size} elements: it was ` +
          "released, expected storage in use: keep the tensor until its last " +
          "use",
      );
    }
    if (this.size === 0) return allocate(this.dtype, 0);
    const bytes = ELEMENT_BYTES * this.size;
    const data = await this.memory.stream.read(this.#pointer, bytes);
    return view(this.dtype, data, 0, this.size);
  }

  /** Gives the memory back. */
  release(): void {
    if (this.#pointer === 0) return;
    dropped.unregister(this);
    this.memory.heap.free(this.#pointer);
    this.#pointer = 0;
    this.#weight = null;
  }

  /** Passes the memory on; this storage has none any more. */
  handOver(): GpuStorage {
    const pointer = this.#pointer;
    const weight = this.#weight;
    dropped.unregister(this);
    this.#pointer = 0;
    this.#weight = null;
    const { memory, dtype, size } = this;
    return new GpuStorage(memory, pointer, dtype, size, weight);
  }
}

/** `data` as words of `dtype`: doubles are rounded to f32. */
export function wordsOf(
  dtype: DType,
  data: TypedArray,
): ArrayBufferView<ArrayBuffer> {
  return dtype === "f32" && data instanceof Float64Array
    ? Float32Array.from(data)
    : data as Exclude<TypedArray, Float64Array>;
}

/** Storage with a copy of `data`. */
export function storeOnGpu(
  memory: Memory,
  dtype: DType,
  data: TypedArray,
): GpuStorage {
  const pointer = memory.heap.alloc(ELEMENT_BYTES * data.length);
  memory.stream.upload(pointer, wordsOf(dtype, data));
  return new GpuStorage(memory, pointer, dtype, data.length);
}
