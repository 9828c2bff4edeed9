/**
 * Which of a growing set of vertices depend on which, directly or not: one row
 * of bits per vertex, kept closed under every change.
 *
 * @module
 */

/** The transitive dependencies of up to `size` vertices. */
export class Reach {
  readonly #words: number;
  readonly #bits: Uint32Array;
  /** The vertices that depend on any: the other rows need no care. */
  readonly #dependent = new Set<number>();

  /** No vertex depends on any yet. */
  constructor(size: number) {
    this.#words = (size + 31) >>> 5;
    this.#bits = new Uint32Array(size * this.#words);
  }

  /** Whether `a` depends on `b`. */
  has(a: number, b: number): boolean {
    const word = this.#bits[a * this.#words + (b >>> 5)];
    return (word >>> (b & 31) & 1) === 1;
  }

  /** Lets `a`, on which none depends yet, depend on `b`. */
  extend(a: number, b: number): void {
    this.#dependent.add(a);
    this.#set(a, b);
    this.#absorb(a, b);
  }

  /** Lets `a` and all that depends on it depend on `b`. */
  add(a: number, b: number): void {
    this.extend(a, b);
    for (const u of this.#dependent) {
      if (this.has(u, a)) this.#absorb(u, a);
    }
  }

  /** Makes one vertex, from now on known as `a` only, of `a` and `b`. */
  merge(a: number, b: number): void {
    const news = this.#absorb(a, b);
    if (this.#dependent.delete(b)) this.#dependent.add(a);
    for (const u of this.#dependent) {
      if (this.has(u, b)) {
        this.#set(u, a);
        this.#absorb(u, a);
      } else if (news && this.has(u, a)) {
        this.#absorb(u, a);
      }
    }
  }

  #set(a: number, b: number): void {
    this.#bits[a * this.#words + (b >>> 5)] |= 1 << (b & 31);
  }

  /** Adds the dependencies of `b` to those of `a`; whether that added any. */
  #absorb(a: number, b: number): boolean {
    const bits = this.#bits;
    const to = a * this.#words;
    const from = b * this.#words;
    let news = 0;
    for (let i = 0; i < this.#words; i++) {
      news |= bits[from + i] & ~bits[to + i];
      bits[to + i] |= bits[from + i];
    }
    return news !== 0;
  }
}
