/**
 * The MT19937 generator, which numpy's legacy `RandomState` and Python's
 * `random.Random` share: they only seed it and read it differently. Those two
 * faces are in random_state.ts and python_random.ts.
 */

const SIZE = 624;
const SHIFT = 397;

/** Seeds a state from one 32-bit word, as numpy's `RandomState(seed)` does. */
export function seedByWord(seed: number): Int32Array {
  const state = new Int32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i++) {
    const previous = state[i - 1] ^ (state[i - 1] >>> 30);
    state[i] = Math.imul(1812433253, previous) + i;
  }
  return state;
}

/** Seeds a state from a list of 32-bit words, as Python's `random.seed` does. */
export function seedByWords(key: readonly number[]): Int32Array {
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
  // Signed words, as engines keep words from 2^31 as slower doubles.
  readonly #state: Int32Array;
  readonly #words = new Int32Array(SIZE);
  #position = SIZE;

  /** Takes over a state made by {@link seedByWord} or {@link seedByWords}. */
  constructor(state: Int32Array) {
    this.#state = state;
  }

  /** The next 32 bits as a signed number. */
  int32(): number {
    if (this.#position === SIZE) this.#refill();
    return this.#words[this.#position++];
  }

  /** The next 32 bits as an unsigned number. */
  uint32(): number {
    return this.int32() >>> 0;
  }

  /** The next double on [0, 1), of 53 bits and two words. */
  double(): number {
    const high = this.int32() >>> 5;
    const low = this.int32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Moves the state on and draws a block of words from it, in one loop. */
  #refill(): void {
    const state = this.#state;
    const words = this.#words;
    let word = state[0];
    for (let i = 0, next = 1, far = SHIFT; i < SIZE; i++, next++, far++) {
      if (next === SIZE) next = 0;
      if (far === SIZE) far = 0;
      const upper = word & 0x80000000;
      word = state[next];
      const pair = upper | (word & 0x7fffffff);
      let mixed = state[far] ^ (pair >>> 1) ^ (-(pair & 1) & 0x9908b0df);
      state[i] = mixed;
      mixed ^= mixed >>> 11;
      mixed ^= (mixed << 7) & 0x9d2c5680;
      mixed ^= (mixed << 15) & 0xefc60000;
      words[i] = mixed ^ (mixed >>> 18);
    }
    this.#position = 0;
  }
}
