/**
 * The WebAssembly memory and its allocator. There is one memory per process:
 * engines give only the first few of a process their fastest accesses.
 *
 * An arena may grow the memory, which detaches typed arrays over it: ask
 * {@link Arena.views} again after each allocation.
 *
 * @module
 */
import { DeviceError } from "../../base/errors.ts";
import { Allocator } from "../allocator.ts";
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
/** Bytes after a block that kernels may read. */
const PADDING = 16;
/** The memory grows by at least this, and by an eighth of its size. */
const LEAST_GROWTH = 4 << 20;

/** Allocator of the blocks of one memory. */
export class Arena {
  /** The memory the blocks are in. */
  readonly memory: WebAssembly.Memory;
  readonly #blocks: Allocator;
  #views: MemoryViews | undefined;

  /**
   * Takes over `memory` from byte `base` on; whatever lies below stays as it
   * is.
   */
  constructor(memory: WebAssembly.Memory, base: number = KERNEL_DATA_BYTES) {
    this.memory = memory;
    this.#blocks = new Allocator(
      [base, memory.buffer.byteLength],
      PADDING,
      "wasm",
      { grow: (...sizes) => this.#grow(...sizes) },
    );
  }

  /**
   * A block of at least `bytes` bytes, followed by 16 that may be read. Its
   * address is a multiple of 64, its content undefined.
   *
   * @throws {DeviceError} If the memory cannot grow enough.
   */
  alloc(bytes: number): Pointer {
    return this.#blocks.alloc(bytes);
  }

  /**
   * Gives a block back.
   *
   * @throws {DeviceError} If there is no such block.
   */
  free(pointer: Pointer): void {
    this.#blocks.free(pointer);
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
    return {
      used: this.#blocks.used,
      capacity: this.memory.buffer.byteLength,
    };
  }

  /** Grows the memory by at least `missing` bytes. */
  #grow(missing: number, size: number, used: number): number {
    const end = this.memory.buffer.byteLength;
    const pages = Math.ceil(missing / PAGE);
    const held = end / PAGE;
    const generous = Math.max(pages, LEAST_GROWTH / PAGE, held >> 3);
    const wanted = Math.min(generous, MAXIMUM_PAGES - held);
    if (pages > wanted || !(this.#tryGrow(wanted) || this.#tryGrow(pages))) {
      throw new DeviceError(
        `Cannot allocate ${size} bytes of wasm memory: ${used} of ` +
          `${end} bytes are in use, expected at most ` +
          `${MAXIMUM_PAGES * PAGE} bytes in all: use smaller batches or ` +
          "dispose of what is no longer needed",
      );
    }
    return this.memory.buffer.byteLength;
  }

  #tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }
}

/** A new arena in a memory of its own. */
export function newArena(shared = false): Arena {
  const limits = { initial: 16, maximum: MAXIMUM_PAGES, shared };
  return new Arena(new WebAssembly.Memory(limits));
}
