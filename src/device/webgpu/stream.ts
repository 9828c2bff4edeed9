/**
 * The order of things on a GPU: uploads, runs, and reads. A read gives the
 * elements as they are when it is asked for, so it is copied before anything
 * that comes later; reads of one tick share one mapping.
 *
 * @module
 */
import type { Faults } from "./faults.ts";
import type { Heap, Pointer } from "./heap.ts";
import { Mapper } from "./mapping.ts";
import { BUFFER } from "./usage.ts";

/** Somebody waits for a block. */
interface Read {
  readonly pointer: Pointer;
  readonly bytes: number;
  resolve(data: ArrayBuffer): void;
  reject(error: unknown): void;
}

/** Buffers for reading that are kept for the next read. */
const MOST_SPARE = 4;
const LEAST_STAGING = 4096;

/** What happens on one device, in order. */
export class Stream {
  readonly #device: GPUDevice;
  readonly #heap: Heap;
  readonly #faults: Faults;
  readonly #mapper = new Mapper();
  #reads: Read[] = [];
  readonly #spare: GPUBuffer[] = [];

  /** For the memory `heap` of `device`. */
  constructor(device: GPUDevice, heap: Heap, faults: Faults) {
    this.#device = device;
    this.#heap = heap;
    this.#faults = faults;
  }

  /** Writes words to the heap. */
  upload(pointer: Pointer, data: ArrayBufferView<ArrayBuffer>): void {
    // Deno takes no empty arrays.
    if (data.byteLength === 0) return;
    if (this.#reads.length > 0) this.submit(() => {});
    this.#device.queue.writeBuffer(this.#heap.buffer, pointer, data);
  }

  /** Runs what `encode` encodes, in one submit. */
  submit(encode: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.#device.createCommandEncoder();
    const reads = this.#reads;
    this.#reads = [];
    const staging = reads.length > 0 ? this.#copyReads(encoder, reads) : null;
    encode(encoder);
    this.#device.queue.submit([encoder.finish()]);
    if (staging !== null) this.#answer(staging, reads);
  }

  /** The bytes of a block as they are now. */
  read(pointer: Pointer, bytes: number): Promise<ArrayBuffer> {
    return new Promise((resolve, reject) => {
      this.#faults.rejectIfGone("read");
      this.#reads.push({ pointer, bytes, resolve, reject });
      if (this.#reads.length > 1) return;
      queueMicrotask(() => {
        if (this.#reads.length > 0) this.submit(() => {});
      });
    });
  }

  #copyReads(encoder: GPUCommandEncoder, reads: readonly Read[]): GPUBuffer {
    const size = reads.reduce((sum, read) => sum + read.bytes, 0);
    const staging = this.#staging(size);
    let at = 0;
    for (const { pointer, bytes } of reads) {
      if (bytes > 0) {
        encoder.copyBufferToBuffer(
          this.#heap.buffer,
          pointer,
          staging,
          at,
          bytes,
        );
      }
      at += bytes;
    }
    return staging;
  }

  async #answer(staging: GPUBuffer, reads: readonly Read[]): Promise<void> {
    const mark = this.#faults.mark();
    try {
      const size = reads.reduce((sum, read) => sum + read.bytes, 0);
      const mapped = await this.#mapper.map(staging, size).catch((error) =>
        this.#faults.unmapped("read", mark, error)
      );
      await this.#faults.rethrow("read", mark);
      let at = 0;
      for (const { bytes, resolve } of reads) {
        resolve(mapped.slice(at, at + bytes));
        at += bytes;
      }
      staging.unmap();
      if (this.#spare.length < MOST_SPARE) this.#spare.push(staging);
      else staging.destroy();
    } catch (error) {
      staging.destroy();
      for (const { reject } of reads) reject(error);
    }
  }

  /** A buffer for `size` bytes, of those that are there if one fits. */
  #staging(size: number): GPUBuffer {
    const i = this.#spare.findIndex((b) => b.size >= size);
    if (i >= 0) return this.#spare.splice(i, 1)[0];
    this.#spare.shift()?.destroy();
    let bytes = LEAST_STAGING;
    while (bytes < size) bytes *= 2;
    return this.#device.createBuffer({
      label: "read",
      size: bytes,
      usage: BUFFER.MAP_READ | BUFFER.COPY_DST,
    });
  }
}
