/**
 * The memory of a GPU: one buffer that all elements are in, so that kernels are
 * bound to their memory once, whatever they work on.
 *
 * @module
 */
import { DeviceError } from "../../base/errors.ts";
import { Allocator } from "../allocator.ts";
import type { MemoryUse } from "../device.ts";
import type { Faults } from "./faults.ts";
import { BUFFER } from "./usage.ts";

/** Index of a byte of the heap. */
export type Pointer = number;

const FIRST_BYTES = 1 << 20;
/** What a full heap weighs for the garbage collector. */
const FULL_WEIGHT = 2 ** 29;
const LEAST_WEIGHT = 1024;
/** No block starts at 0, so that 0 can say "nowhere". */
const RESERVED = 64;

/** The buffer and the allocator of its blocks. */
export class Heap {
  readonly #device: GPUDevice;
  readonly #faults: Faults;
  readonly #allocator: Allocator;
  readonly #most: number;
  #buffer: GPUBuffer;

  /** Makes a small buffer on `device`. */
  constructor(device: GPUDevice, faults: Faults) {
    this.#device = device;
    this.#faults = faults;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize, 2 ** 32);
    this.#most = most - most % 64;
    this.#buffer = this.#create(FIRST_BYTES);
    this.#allocator = new Allocator([RESERVED, FIRST_BYTES], 0, "GPU", {
      grow: (...sizes) => this.#grow(...sizes),
    });
  }

  /** The buffer as it is now: each growth replaces it. */
  get buffer(): GPUBuffer {
    return this.#buffer;
  }

  /**
   * A block of at least `bytes` bytes at a multiple of 64.
   *
   * @throws {DeviceError} If the buffer cannot grow enough.
   */
  alloc(bytes: number): Pointer {
    return this.#allocator.alloc(bytes);
  }

  /** Gives a block back. What was submitted before may still use it. */
  free(pointer: Pointer): void {
    this.#allocator.free(pointer);
  }

  /**
   * Makes a block felt: the garbage collector, which finds the blocks that are
   * no longer used, sees JS memory only, and would not begin before the heap is
   * full of them. Nothing is written to it, so it takes addresses only.
   */
  weigh(bytes: number): ArrayBuffer | null {
    const weight = Math.floor(bytes / this.#most * FULL_WEIGHT);
    if (weight < LEAST_WEIGHT) return null;
    try {
      return new ArrayBuffer(weight);
    } catch {
      // JS memory is full as well, which is felt by itself.
      return null;
    }
  }

  /** Bytes in blocks, and bytes of the buffer. */
  usage(): MemoryUse {
    return { used: this.#allocator.used, capacity: this.#buffer.size };
  }

  /** Frees the buffer. */
  destroy(): void {
    this.#buffer.destroy();
  }

  #create(size: number): GPUBuffer {
    const { STORAGE, COPY_SRC, COPY_DST } = BUFFER;
    const usage = STORAGE | COPY_SRC | COPY_DST;
    this.#device.pushErrorScope("out-of-memory");
    const buffer = this.#device.createBuffer({ label: "heap", size, usage });
    // Known too late to go back: what was in the old buffer has moved.
    this.#faults.check(
      this.#device.popErrorScope(),
      () => this.#faults.end(`it has not the ${size} bytes of memory in use`),
    );
    return buffer;
  }

  #grow(missing: number, size: number, used: number): number {
    const before = this.#buffer;
    const least = before.size + missing;
    if (least > this.#most) {
      throw new DeviceError(
        `Cannot allocate ${size} bytes of GPU memory: ${used} of ` +
          `${before.size} bytes are in use, expected at most ${this.#most} ` +
          "bytes in all (maxStorageBufferBindingSize of this adapter): use " +
          "smaller batches, drop what is no longer needed, and await results " +
          "now and then, so that it can be freed",
      );
    }
    this.#buffer = this.#create(
      Math.min(Math.max(least, 2 * before.size), this.#most),
    );
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(before, 0, this.#buffer, 0, before.size);
    this.#device.queue.submit([encoder.finish()]);
    before.destroy();
    return this.#buffer.size;
  }
}
