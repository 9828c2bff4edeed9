/** Reproducible chance, for tests. */

/** Random numbers from a seed. */
export class Dice {
  #state: number;
  /** Dice that always fall the same way for one seed. */
  constructor(seed: number) {
    this.#state = seed * 2654435761 >>> 0;
  }
  /** A number from 0 up to 1. */
  next(): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    let t = Math.imul(this.#state ^ this.#state >>> 15, 1 | this.#state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  }
  /** An integer below `n`. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  /** One of a list. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
  /** The list in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    return list.map((x) => ({ x, at: this.next() }))
      .sort((a, b) => a.at - b.at).map(({ x }) => x);
  }
}
