/** Draws against numpy's RandomState and Python's random.Random. */
import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { PythonRandom } from "../../src/data/python_random.ts";
import { RandomState } from "../../src/data/random_state.ts";
import goldens from "../goldens/numpy_sklearn.json" with { type: "json" };
import { loadGolden } from "../support/npz.ts";

const golden = await loadGolden({ npz: goldens.npz });
const draw = <T>(n: number, next: () => T) => Array.from({ length: n }, next);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

for (const seed of [0, 42, 123]) {
  const expected = (name: string) => [
    ...golden.values(`RandomState${seed}/${name}`),
  ];
  describe(`RandomState(${seed}) is bit-equal to numpy`, () => {
    it("draws words", () => {
      const random = new RandomState(seed);
      assertEquals(
        draw(10, () => random.uint32()),
        expected("bytes_uint32_10"),
      );
    });
    it("draws uniform numbers", () => {
      const random = new RandomState(seed);
      assertEquals(
        draw(10, () => random.randomSample()),
        expected("random_sample_10"),
      );
      const other = new RandomState(seed);
      assertEquals(
        draw(10, () => other.uniform(-2, 3)),
        expected("uniform_m2_3_10"),
      );
    });
    it("draws normal numbers", () => {
      const random = new RandomState(seed);
      assertEquals(
        draw(10, () => random.standardNormal()),
        expected("randn_10"),
      );
      const other = new RandomState(seed);
      assertEquals(
        draw(10, () => other.normal(0, 0.2)),
        expected("normal_0.2_5x2"),
      );
    });
    it("permutes", () => {
      for (const n of [10, 1000]) {
        const order = new RandomState(seed).permutation(n);
        assertEquals([...order], expected(`permutation_${n}`));
      }
    });
    it("goes on after a shuffle", () => {
      const random = new RandomState(seed);
      const list = range(16);
      random.shuffle(list);
      random.shuffle(list);
      assertEquals(list, expected("shuffle_16_again"));
      assertEquals(
        draw(3, () => random.standardNormal()),
        expected("then_randn_3"),
      );
    });
  });
}

for (const seed of [0, 1, 42]) {
  describe(`PythonRandom(${seed}) is bit-equal to Python`, () => {
    it("draws bits and uniform numbers", () => {
      const random = new PythonRandom(seed);
      assertEquals(
        draw(10, () => random.random()),
        [...golden.values(`pyrandom${seed}/random_10`)],
      );
      const other = new PythonRandom(seed);
      assertEquals(
        draw(10, () => other.getrandbits(32)),
        [...golden.values(`pyrandom${seed}/getrandbits32_10`)],
      );
    });
    it("shuffles, epoch after epoch", () => {
      const random = new PythonRandom(seed);
      const list = range(32);
      const epochs = draw(8, () => (random.shuffle(list), [...list]));
      assertEquals(
        epochs.flat(),
        [...golden.values(`pyrandom${seed}/shuffle32_8epochs`)],
      );
    });
  });
}

describe("seeds", () => {
  it("of Python may have more than 32 bits or a sign", () => {
    // random.Random(2**40 + 7).random() in CPython
    assertEquals(new PythonRandom(2 ** 40 + 7).random(), 0.6137037779936511);
    assertEquals(
      new PythonRandom(-42).random(),
      new PythonRandom(42).random(),
    );
  });
  it("out of range are refused", () => {
    for (const seed of [-1, 1.5, 2 ** 32, NaN]) {
      assertThrows(() => new RandomState(seed), RangeError, "Cannot seed");
    }
    assertThrows(() => new PythonRandom(0.5), RangeError, "Cannot seed");
    assertThrows(() => new PythonRandom(0).getrandbits(33), RangeError, "33");
  });
  it("give different streams", () => {
    assert(new RandomState(1).uint32() !== new RandomState(2).uint32());
  });
});
