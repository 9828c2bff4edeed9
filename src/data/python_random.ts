/**
 * Python's `random.Random(seed)`, for scripts that order their minibatches
 * with `random.shuffle`: the same seed gives the same order here.
 */
import { MersenneTwister, seedByWords } from "./mersenne_twister.ts";
import type { Shuffleable } from "./random_state.ts";

/** Python's `random.Random(seed)` for integer seeds. */
export class PythonRandom {
  readonly #generator: MersenneTwister;

  /** Seeds the generator; like Python, the sign of the seed is ignored. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) {
      throw new RangeError(
        `Cannot seed a PythonRandom: the seed is ${seed}, expected an ` +
          `integer below 2^53: choose another seed`,
      );
    }
    const size = Math.abs(seed);
    const high = Math.floor(size / 0x100000000);
    const words = high > 0 ? [size >>> 0, high] : [size];
    this.#generator = new MersenneTwister(seedByWords(words));
  }

  /** A uniform number on [0, 1). */
  random(): number {
    return this.#generator.double();
  }

  /** An integer of this many random bits, from 1 to 32. */
  getrandbits(bits: number): number {
    if (!Number.isInteger(bits) || bits < 1 || bits > 32) {
      throw new RangeError(
        `Cannot draw random bits: ${bits} bits were asked for, expected an ` +
          `integer from 1 to 32: draw several times`,
      );
    }
    return this.#generator.uint32() >>> (32 - bits);
  }

  /** Shuffles a list in place. */
  shuffle<T>(list: Shuffleable<T>): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.#below(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }

  #below(n: number): number {
    const bits = 32 - Math.clz32(n);
    let value: number;
    do value = this.getrandbits(bits); while (value >= n);
    return value;
  }
}
