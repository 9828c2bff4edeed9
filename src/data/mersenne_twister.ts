/**
 * The MT19937 generator, which numpy's legacy `RandomState` and Python's
 * `random.Random` share: they only seed it and read it differently. Those two
 * faces are in random_state.ts and python_random.ts.
 */

const SIZE = 624;
const SHIFT = 397;

/** Seeds a state from one 32-bit word, as numpy's `RandomState(seed)` does. */
export function seedByWord(seed: number): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i++) {
    const previous = state[i - 1] ^ (state[i - 1] >>> 30);
    state[i] = Math.imul(1812433253, previous) + i;
  }
  return state;
}

/** Seeds a state from a list of 32-bit words, as Python's `random.seed` does. */
export function seedByWords(key: readonly number[]): Uint32Array {
  const state = seedByWord(19650218);
  let i = 1;
  const mix = (factor: number, change: (word: number) => number): void => {
    const previous = state[i - 1] ^ (state[i - 1] >>> 30);
    state[i] = change(state[i] ^ Math.imul(previous, factor));
    if (++i >= SIZE) {
      state[0] = state[SIZE - 1];
      i = 1;
    }
  };
  for (let step = 0; step < Math.max(SIZE, key.length); step++) {
    const j = step % key.length;
    mix(1664525, (word) => word + key[j] + j);
  }
  for (let step = 1; step < SIZE; step++) mix(1566083941, (word) => word - i);
  state[0] = 0x80000000;
  return state;
}

/** The generator: a stream of 32-bit words from a seeded state. */
export class MersenneTwister {
  readonly #state: Uint32Array;
  readonly #words = new Uint32Array(SIZE);
  #position = SIZE;

  /** Takes over a state made by {@link seedByWord} or {@link seedByWords}. */
  constructor(state: Uint32Array) {
    this.#state = state;
  }

  /** The next word, uniform on 0 .. 2^32 - 1. */
  uint32(): number {
    if (this.#position === SIZE) this.#refill();
    return this.#words[this.#position++];
  }

  /** The next double on [0, 1), of 53 bits and two words. */
  double(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Moves the state on and draws a block of words from it, in one loop. */
  #refill(): void {
    const state = this.#state;
    const words = this.#words;
    let shifted = SHIFT;
    for (let i = 0; i < SIZE; i++) {
      const next = state[i + 1 < SIZE ? i + 1 : 0];
      const pair = (state[i] & 0x80000000) | (next & 0x7fffffff);
      const twist = (pair >>> 1) ^ (-(pair & 1) & 0x9908b0df);
      let word = state[shifted] ^ twist;
      state[i] = word;
      if (++shifted === SIZE) shifted = 0;
      word ^= word >>> 11;
      word ^= (word << 7) & 0x9d2c5680;
      word ^= (word << 15) & 0xefc60000;
      words[i] = word ^ (word >>> 18);
    }
    this.#position = 0;
  }
}
