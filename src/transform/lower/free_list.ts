/**
 * Free blocks of an arena that grows at its end, for planning: no memory is
 * touched here.
 *
 * @module
 */

/** Free blocks, in order of their offsets, never adjacent to each other. */
export class FreeList {
  readonly #offsets: number[] = [];
  readonly #sizes: number[] = [];
  #end = 0;

  /** Bytes of the arena so far. */
  get end(): number {
    return this.#end;
  }

  /** Takes `bytes` from the best fitting block, or from the end. */
  take(bytes: number): number {
    let best = -1;
    for (let i = 0; i < this.#sizes.length; i++) {
      const size = this.#sizes[i];
      if (size >= bytes && (best < 0 || size < this.#sizes[best])) best = i;
    }
    if (best < 0) return this.#grow(bytes);
    const offset = this.#offsets[best];
    if (this.#sizes[best] === bytes) {
      this.#offsets.splice(best, 1);
      this.#sizes.splice(best, 1);
    } else {
      this.#offsets[best] += bytes;
      this.#sizes[best] -= bytes;
    }
    return offset;
  }

  /** Gives a block back. */
  give(offset: number, bytes: number): void {
    let i = 0;
    while (i < this.#offsets.length && this.#offsets[i] < offset) i++;
    const joinsBefore = i > 0 &&
      this.#offsets[i - 1] + this.#sizes[i - 1] === offset;
    if (joinsBefore) {
      i--;
      this.#sizes[i] += bytes;
    } else {
      this.#offsets.splice(i, 0, offset);
      this.#sizes.splice(i, 0, bytes);
    }
    const next = this.#offsets[i] + this.#sizes[i];
    if (this.#offsets[i + 1] === next) {
      this.#sizes[i] += this.#sizes[i + 1];
      this.#offsets.splice(i + 1, 1);
      this.#sizes.splice(i + 1, 1);
    }
  }

  /** Takes `bytes` at the end, with the free block that may be there. */
  #grow(bytes: number): number {
    const last = this.#offsets.length - 1;
    let offset = this.#end;
    if (
      last >= 0 && this.#offsets[last] + this.#sizes[last] === this.#end
    ) {
      offset = this.#offsets.pop()!;
      this.#sizes.pop();
    }
    this.#end = offset + bytes;
    return offset;
  }
}
