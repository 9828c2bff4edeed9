/**
 * An allocator of blocks of one memory: whole 64-byte lines, first fit, freed
 * neighbours joined. Only addresses are kept here, so it serves every kind of
 * memory.
 *
 * @module
 */
import { DeviceError } from "../base/errors.ts";

const LINE = 64;

interface Block {
  start: number;
  size: number;
}

/** How a memory grows. */
export interface Growth {
  /**
   * Makes the memory end at least `missing` bytes later than now, for a block
   * of `size` bytes where `used` are in use.
   *
   * @returns The new end.
   * @throws {DeviceError} If it cannot.
   */
  grow(missing: number, size: number, used: number): number;
}

/** Allocator of the blocks of one memory, from one byte to another. */
export class Allocator {
  /** Free blocks by address; no two touch. */
  readonly #free: Block[] = [];
  readonly #sizes = new Map<number, number>();
  readonly #growth: Growth;
  readonly #padding: number;
  readonly #what: string;
  #end: number;
  #used = 0;

  /**
   * Hands out the bytes from `start` up to `end`, and those by which the
   * memory grows.
   *
   * @param padding Bytes that may be read after each block.
   * @param what Name of the memory in errors.
   */
  constructor(
    [start, end]: readonly [number, number],
    padding: number,
    what: string,
    growth: Growth,
  ) {
    this.#padding = padding;
    this.#what = what;
    this.#growth = growth;
    this.#end = end;
    const first = roundUp(start, LINE);
    this.#insert(first, end - first);
  }

  /** Bytes in blocks, with their padding. */
  get used(): number {
    return this.#used;
  }

  /**
   * A block of at least `bytes` bytes and the padding. Its address is a
   * multiple of 64, its content undefined.
   *
   * @throws {DeviceError} If the memory cannot grow enough.
   */
  alloc(bytes: number): number {
    const size = roundUp(Math.max(bytes + this.#padding, 1), LINE);
    let i = this.#free.findIndex((block) => block.size >= size);
    if (i < 0) i = this.#grow(size);
    const block = this.#free[i];
    const start = block.start;
    if (block.size === size) {
      this.#free.splice(i, 1);
    } else {
      block.start += size;
      block.size -= size;
    }
    this.#sizes.set(start, size);
    this.#used += size;
    return start;
  }

  /**
   * Gives a block back.
   *
   * @throws {DeviceError} If there is no such block.
   */
  free(start: number): void {
    const size = this.#sizes.get(start);
    if (size === undefined) {
      throw new DeviceError(
        `Cannot free ${this.#what} memory at ${start}, expected the address ` +
          "of a block in use: free each block once",
      );
    }
    this.#sizes.delete(start);
    this.#used -= size;
    this.#insert(start, size);
  }

  /** Grows the memory so that `size` bytes are free at its end. */
  #grow(size: number): number {
    const last = this.#free.at(-1);
    const tail = last !== undefined && last.start + last.size === this.#end
      ? last.size
      : 0;
    const start = this.#end;
    this.#end = this.#growth.grow(size - tail, size, this.#used);
    this.#insert(start, this.#end - start);
    return this.#free.length - 1;
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
