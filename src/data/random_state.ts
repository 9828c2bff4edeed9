/**
 * numpy's legacy `RandomState`, so that a data set drawn with a seed in Python
 * is the same data set here. Words, uniform numbers and shuffles are bit-equal
 * to numpy. Normal numbers use a correctly rounded logarithm where numpy uses
 * the C library's, which rounds about one value in 2,000 the other way: those
 * differ by a last bit, everything else is bit-equal.
 */
import { exactLog } from "./exact_math.ts";
import { MersenneTwister, seedByWord } from "./mersenne_twister.ts";

/** What can be shuffled in place: any list one can assign to by index. */
export interface Shuffleable<T> {
  /** The number of elements. */
  readonly length: number;
  /** The elements. */
  [index: number]: T;
}

/** numpy's `numpy.random.RandomState(seed)`. */
export class RandomState {
  readonly #generator: MersenneTwister;
  #spareNormal: number | null = null;

  /** Seeds the generator with an integer from 0 to 2^32 - 1. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new RangeError(
        `Cannot seed a RandomState: the seed is ${seed}, expected an integer ` +
          `from 0 to 4294967295: choose another seed`,
      );
    }
    this.#generator = new MersenneTwister(seedByWord(seed));
  }

  /** The next 32 random bits. */
  uint32(): number {
    return this.#generator.uint32();
  }

  /** A uniform number on [0, 1). */
  randomSample(): number {
    return this.#generator.double();
  }

  /** A uniform number on [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.randomSample();
  }

  /** A normal number; every second one is kept from the draw before. */
  standardNormal(): number {
    const spare = this.#spareNormal;
    if (spare !== null) {
      this.#spareNormal = null;
      return spare;
    }
    let x: number, y: number, square: number;
    do {
      x = 2 * this.#generator.double() - 1;
      y = 2 * this.#generator.double() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt(-2 * exactLog(square) / square);
    this.#spareNormal = factor * x;
    return factor * y;
  }

  /** A normal number of this mean and standard deviation. */
  normal(mean: number, deviation: number): number {
    return mean + deviation * this.standardNormal();
  }

  /** Shuffles a list in place. */
  shuffle<T>(list: Shuffleable<T>): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.#upTo(i);
      const moved = list[i];
      list[i] = list[j];
      list[j] = moved;
    }
  }

  /** The numbers 0 .. n - 1 in random order. */
  permutation(n: number): Int32Array {
    const order = new Int32Array(n);
    for (let i = 1; i < n; i++) order[i] = i;
    this.shuffle(order);
    return order;
  }

  /**
   * A uniform integer on 0 .. max, by rejection under the covering mask. A list
   * is shorter than 2^31, so the mask also clears the sign.
   */
  #upTo(max: number): number {
    const mask = 0xffffffff >>> Math.clz32(max);
    let value: number;
    do value = this.#generator.int32() & mask; while (value > max);
    return value;
  }
}
