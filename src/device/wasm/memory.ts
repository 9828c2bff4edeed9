/**
 * The WebAssembly memory and its allocator. There is one memory per process:
 * engines give only the first few of a process their fastest accesses.
 *
 * An arena hands out blocks of whole 64-byte lines, first fit, and joins freed
 * neighbours. It may grow the memory, which detaches typed arrays over it: ask
 * {@link Arena.views} again after each allocation.
 *
 * @module
 */
import { DeviceError } from "../../base/errors.ts";
import type { MemoryUse } from "../device.ts";
import {
  KERNEL_DATA_BYTES,
  MAXIMUM_PAGES,
  type Pointer,
} from "./kernel_types.ts";

export type { MemoryUse } from "../device.ts";

/** Typed arrays over a whole memory. */
export interface MemoryViews {
  /** As f32. */
  readonly f32: Float32Array<ArrayBuffer>;
  /** As i32. */
  readonly i32: Int32Array<ArrayBuffer>;
  /** As u32. */
  readonly u32: Uint32Array<ArrayBuffer>;
}

const PAGE = 65536;
const LINE = 64;
/** Bytes after a block that kernels may read. */
const PADDING = 16;
/** The memory grows by at least this, and by an eighth of its size. */
const LEAST_GROWTH = 4 << 20;

interface Block {
  start: number;
  size: number;
}

/** Allocator of the blocks of one memory. */
export class Arena {
  /** The memory the blocks are in. */
  readonly memory: WebAssembly.Memory;
  /** Free blocks by address; no two touch. */
  readonly #free: Block[] = [];
  readonly #sizes = new Map<Pointer, number>();
  #end: number;
  #used = 0;
  #views: MemoryViews | undefined;

  /**
   * Takes over `memory` from byte `base` on; whatever lies below stays as it
   * is.
   */
  constructor(memory: WebAssembly.Memory, base: number = KERNEL_DATA_BYTES) {
    this.memory = memory;
    const start = roundUp(base, LINE);
    this.#end = memory.buffer.byteLength;
    this.#insert(start, this.#end - start);
  }

  /**
   * A block of at least `bytes` bytes, followed by 16 that may be read. Its
   * address is a multiple of 64, its content undefined.
   *
   * @throws {DeviceError} If the memory cannot grow enough.
   */
  alloc(bytes: number): Pointer {
    const size = roundUp(bytes + PADDING, LINE);
    let i = this.#free.findIndex((block) => block.size >= size);
    if (i < 0) i = this.#grow(size);
    const block = this.#free[i];
    const pointer = block.start;
    if (block.size === size) {
      this.#free.splice(i, 1);
    } else {
      block.start += size;
      block.size -= size;
    }
    this.#sizes.set(pointer, size);
    this.#used += size;
    return pointer;
  }

  /**
   * Gives a block back.
   *
   * @throws {DeviceError} If there is no such block.
   */
  free(pointer: Pointer): void {
    const size = this.#sizes.get(pointer);
    if (size === undefined) {
      throw new DeviceError(
        `Cannot free wasm memory at ${pointer}, expected the address of a ` +
          "block in use: free each block once",
      );
    }
    this.#sizes.delete(pointer);
    this.#used -= size;
    this.#insert(pointer, size);
  }

  /** Whether threads can work on the memory. */
  get isShared(): boolean {
    return !(this.memory.buffer instanceof ArrayBuffer);
  }

  /** Typed arrays over the memory as it is now. */
  views(): MemoryViews {
    // Each growth replaces the buffer.
    const buffer = this.memory.buffer as ArrayBuffer;
    if (this.#views === undefined || this.#views.f32.buffer !== buffer) {
      this.#views = {
        f32: new Float32Array(buffer),
        i32: new Int32Array(buffer),
        u32: new Uint32Array(buffer),
      };
    }
    return this.#views;
  }

  /** Bytes in blocks, with their padding, and bytes of the memory. */
  usage(): MemoryUse {
    return { used: this.#used, capacity: this.memory.buffer.byteLength };
  }

  /** Grows the memory so that `size` bytes are free at its end. */
  #grow(size: number): number {
    const last = this.#free.at(-1);
    const tail = last !== undefined && last.start + last.size === this.#end
      ? last.size
      : 0;
    const pages = Math.ceil((size - tail) / PAGE);
    const held = this.#end / PAGE;
    const generous = Math.max(pages, LEAST_GROWTH / PAGE, held >> 3);
    const wanted = Math.min(generous, MAXIMUM_PAGES - held);
    if (pages > wanted || !(this.#tryGrow(wanted) || this.#tryGrow(pages))) {
      throw new DeviceError(
        `Cannot allocate ${size} bytes of wasm memory: ${this.#used} of ` +
          `${this.#end} bytes are in use, expected at most ` +
          `${MAXIMUM_PAGES * PAGE} bytes in all: use smaller batches or ` +
          "dispose of what is no longer needed",
      );
    }
    const start = this.#end;
    this.#end = this.memory.buffer.byteLength;
    this.#insert(start, this.#end - start);
    return this.#free.length - 1;
  }

  #tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }

  /** Adds a free block and joins it with its neighbours. */
  #insert(start: number, size: number): void {
    if (size <= 0) return;
    const free = this.#free;
    let low = 0;
    let high = free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (free[middle].start < start) low = middle + 1;
      else high = middle;
    }
    const before = free[low - 1];
    const after = free[low];
    const joinsBefore = before !== undefined &&
      before.start + before.size === start;
    const joinsAfter = after !== undefined && start + size === after.start;
    if (joinsBefore && joinsAfter) {
      before.size += size + after.size;
      free.splice(low, 1);
    } else if (joinsBefore) {
      before.size += size;
    } else if (joinsAfter) {
      after.start = start;
      after.size += size;
    } else {
      free.splice(low, 0, { start, size });
    }
  }
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** A new arena in a memory of its own. */
export function newArena(shared = false): Arena {
  const limits = { initial: 16, maximum: MAXIMUM_PAGES, shared };
  return new Arena(new WebAssembly.Memory(limits));
}
