/**
 * Sine, cosine and logarithm against power series in 200-bit integers: the
 * true value is within half the distance of doubles around the result.
 */
import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { exactCosSin, exactLog } from "../../src/data/exact_math.ts";
import { RandomState } from "../../src/data/random_state.ts";

const ONE = 1n << 200n;

/** A double as a number of units of 2^-200, exact down to 2^-148. */
function fixed(x: number): bigint {
  return BigInt(x * 2 ** 52 * 2 ** 96) << 52n;
}

/** Half the distance between doubles of this size. */
function half(y: number): bigint {
  return fixed(2 ** (Math.floor(Math.log2(Math.abs(y))) - 53));
}

/** The sum of x^k / k!, each term times its sign, for k = first, first + 2... */
function taylor(x: bigint, first: number, step: number, sign: bigint): bigint {
  let term = ONE;
  let sum = 0n;
  for (let k = 0; k < 120; k++) {
    if (k >= first && (k - first) % step === 0) {
      sum += ((k - first) / step) % 2 === 0 ? term : sign * term;
    }
    term = term * x / (ONE * BigInt(k + 1));
  }
  return sum;
}

const isNearest = (y: number, exact: bigint): boolean => {
  const off = exact - fixed(y);
  return (off < 0n ? -off : off) <= half(y);
};

describe("exact_math.ts rounds correctly", () => {
  const random = new RandomState(2024);
  const draw = (low: number, high: number) =>
    Array.from({ length: 300 }, () => random.uniform(low, high));

  it("sines and cosines", () => {
    // Small angles, all quadrants, and both sides of where they meet.
    const edges = [1, 2, 3, 4, 5, 6, 7].map((n) => n * Math.PI / 4);
    const near = edges.flatMap((x) => [x, x - 2 ** -40, x + 2 ** -40]);
    for (const x of [...draw(-7, 7), ...draw(-0.01, 0.01), ...near]) {
      const { cos, sin } = exactCosSin(x);
      assert(isNearest(cos, taylor(fixed(x), 0, 2, -1n)), `cos(${x})`);
      assert(isNearest(sin, taylor(fixed(x), 1, 2, -1n)), `sin(${x})`);
    }
  });
  it("logarithms", () => {
    // exp(y - half) < x < exp(y + half), as exp has a series for all y.
    for (const x of [...draw(0.001, 1), ...draw(0.999, 1.001), ...draw(1, 9)]) {
      const y = exactLog(x);
      const low = taylor(fixed(y) - half(y), 0, 1, 1n);
      const high = taylor(fixed(y) + half(y), 0, 1, 1n);
      assert(low < fixed(x) && fixed(x) < high, `log(${x})`);
    }
  });
  it("zeros with their signs", () => {
    assertEquals(exactCosSin(0), { cos: 1, sin: 0 });
    assertEquals(exactCosSin(-0), { cos: 1, sin: -0 });
    assertEquals(exactLog(1), 0);
  });
});
