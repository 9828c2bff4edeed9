/**
 * Memory that all executables of an arena share: one runs at a time, and none
 * leaves anything there that is needed afterwards. It is as large as the
 * largest executable asked for, and goes back with the last one.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";

/** What blocks come from. */
type Source = Pick<Allocator, "alloc" | "free">;

/** The shared block of an arena. */
export class Workspace {
  readonly #arena: Source;
  #pointer = 0;
  #bytes = 0;
  #users = 0;

  /** Takes its memory from `arena`. */
  constructor(arena: Source) {
    this.#arena = arena;
  }

  /** Where the block is now. */
  get pointer(): number {
    return this.#pointer;
  }

  /** Counts one more user. */
  join(): void {
    this.#users++;
  }

  /** Counts one user less. */
  leave(): void {
    if (--this.#users === 0) this.#drop();
  }

  /**
   * Makes the block at least `bytes` long; its content is lost.
   *
   * @throws {DeviceError} If there is not enough memory.
   */
  reserve(bytes: number): void {
    if (bytes <= this.#bytes && this.#pointer !== 0) return;
    const before = this.#bytes;
    this.#drop();
    try {
      this.#pointer = this.#arena.alloc(bytes);
      this.#bytes = bytes;
    } catch (error) {
      // The old block was just freed: what still works must go on working.
      this.#pointer = this.#arena.alloc(before);
      this.#bytes = before;
      throw error;
    }
  }

  #drop(): void {
    if (this.#pointer !== 0) this.#arena.free(this.#pointer);
    this.#pointer = 0;
    this.#bytes = 0;
  }
}
