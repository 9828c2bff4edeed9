/**
 * Reading and writing parts of WebAssembly binaries.
 *
 * @module
 */

/** A place in a binary that moves on as things are read. */
export class Reader {
  /** Index of the next byte. */
  at: number;
  readonly #bytes: Uint8Array;

  /** Starts at byte `at`. */
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** The next byte. */
  byte(): number {
    return this.#bytes[this.at++];
  }

  /** An unsigned number of variable length; signed ones may be skipped so. */
  number(): number {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  /** Skips numbers of variable length. */
  numbers(count: number): void {
    for (; count > 0; count--) this.number();
  }
}

/** An unsigned number of variable length. */
export function encoded(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push(value & 127 | 128);
  return [...bytes, value];
}

/** Appends part of a binary; spreading it would be slow. */
export function append(
  to: number[],
  bytes: ArrayLike<number>,
  from = 0,
  end = bytes.length,
): void {
  for (let i = from; i < end; i++) to.push(bytes[i]);
}
