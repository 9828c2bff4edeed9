import { before, describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError, TraceError } from "../../src/base/errors.ts";
import rng from "../goldens/rng.json" with { type: "json" };
import { type Golden, loadGolden } from "../support/npz.ts";
import { jax, jnp } from "./names.ts";
import type { Tensor } from "../../src/numpy/mod.ts";

const { random } = jax;

let golden: Golden;
before(async () => {
  golden = await loadGolden(rng);
});

/** What a golden name ends with, and the same by this library. */
type Cases = Record<string, (key: Tensor, partitionable: boolean) => Tensor>;

const SHAPES: Record<string, number[]> = {
  scalar: [],
  "1": [1],
  "2": [2],
  "5": [5],
  "7": [7],
  "8": [8],
  "3x4": [3, 4],
  "2x3x5": [2, 3, 5],
};

const EXACT: Cases = {
  split2: (k, partitionable) => random.split(k, 2, { partitionable }),
  split3: (k, partitionable) => random.split(k, 3, { partitionable }),
  split4: (k, partitionable) => random.split(k, 4, { partitionable }),
  split33: (k, partitionable) => random.split(k, 33, { partitionable }),
  split_2x3: (k, partitionable) => random.split(k, [2, 3], { partitionable }),
  fold_in_0_1_7: (k, partitionable) =>
    jnp.stack([0, 1, 7].map((n) => random.foldIn(k, n, { partitionable }))),
  "uniform_m2_3_11": (k, partitionable) =>
    random.uniform(k, [11], { minval: -2, maxval: 3, partitionable }),
  "bernoulli_p0.5_40": (k, partitionable) =>
    random.bernoulli(k, 0.5, [40], { partitionable }),
  "bernoulli_p0.3_40": (k, partitionable) =>
    random.bernoulli(k, 0.3, [40], { partitionable }),
  "bernoulli_p0.9_40": (k, partitionable) =>
    random.bernoulli(k, 0.9, [40], { partitionable }),
  randint_0_10_20: (k, partitionable) =>
    random.randint(k, [20], 0, 10, { partitionable }),
  randint_m5_1000_20: (k, partitionable) =>
    random.randint(k, [20], -5, 1000, { partitionable }),
  permutation_10: (k, partitionable) =>
    random.permutation(k, 10, { partitionable }),
  permutation_257: (k, partitionable) =>
    random.permutation(k, 257, { partitionable }),
};
for (const [name, shape] of Object.entries(SHAPES)) {
  EXACT[`bits_${name}`] = (k, partitionable) =>
    random.bits(k, shape, { partitionable });
  EXACT[`uniform_${name}`] = (k, partitionable) =>
    random.uniform(k, shape, { partitionable });
}

function assertEqualData(actual: Tensor, name: string): void {
  const { shape, data } = golden.get(name, "f32");
  assertEquals(actual.shape, shape, name);
  assertEquals(
    Array.from(actual.dataSync()),
    Array.from(data as Float32Array),
    name,
  );
}

for (const part of ["part1", "part0"]) {
  const partitionable = part === "part1";
  describe(`random, ${partitionable ? "partitionable" : "legacy"}`, () => {
    for (const seed of [0, 1, 42]) {
      for (const [name, draw] of Object.entries(EXACT)) {
        it(`${name} of key ${seed}`, () =>
          assertEqualData(
            draw(random.key(seed), partitionable),
            `${part}/key${seed}/${name}`,
          ));
      }
      for (
        const [name, shape] of [
          ...Object.entries(SHAPES),
          ["1000", [1000]] as const,
        ]
      ) {
        it(`normal_${name} of key ${seed}: 3 ulp`, () => {
          const y = random.normal(random.key(seed), shape, { partitionable });
          const { data } = golden.get(
            `${part}/key${seed}/normal_${name}`,
            "f32",
          );
          const elements = y.dataSync();
          assertEquals(elements.length, data.length);
          elements.forEach((v, i) => {
            const expected = Number(data[i]);
            const ulp = 2 ** (Math.floor(Math.log2(Math.abs(expected))) - 23);
            assert(Math.abs(v - expected) <= 3 * ulp, `${v} ${expected}`);
          });
        });
      }
    }
  });
}

describe("keys", () => {
  it("are made of the low 32 bits of a seed", () => {
    const seeds = [0, 1, 42, 123456789, 2147483647, 4294967301, -1];
    for (const seed of seeds) {
      assertEqualData(random.PRNGKey(seed), `part1/PRNGKey/${seed}`);
    }
    assertThrows(() => random.key(0.5), ShapeError, "seed 0.5");
  });
  it("are made of traced seeds, and take traced numbers", () => {
    const made = jax.jit((seed: Tensor) => [
      random.key(seed),
      random.foldIn(random.key(7), seed),
    ])(jnp.tensor(42));
    assertEquals(made[0].toArray(), random.key(42).toArray());
    assertEquals(made[1].toArray(), random.foldIn(random.key(7), 42).toArray());
  });
  it("give each sample of a batch its own numbers", () => {
    const keys = random.split(random.key(3), 4);
    const rows = jax.vmap((key: Tensor) => random.normal(key, [5]))(keys);
    assertEquals(
      rows.toArray(),
      [0, 1, 2, 3].map((i) =>
        random.normal(keys.at(i), [5]).toArray() as number[]
      ),
    );
  });
  it("must be keys", () => {
    assertThrows(
      () => random.uniform(jnp.tensor([1, 2]), [3]),
      ShapeError,
      "Cannot draw random numbers: key i32[2] was given, expected u32[..,2]",
    );
  });
});

describe("settings", () => {
  it("choose the stream of all later draws", () => {
    const key = random.key(0);
    const drawn = (partitionable?: boolean) =>
      random.bits(key, [4], { partitionable }).toArray();
    try {
      assertEquals(random.configuration().threefryPartitionable, true);
      assertEquals(drawn(), drawn(true));
      random.configure({ threefryPartitionable: false });
      assertEquals(drawn(), drawn(false));
    } finally {
      random.configure({ threefryPartitionable: true });
    }
  });
});

describe("permutation", () => {
  const key = random.key(5);
  it("shuffles the first axis", () => {
    const x = jnp.arange(12).reshape(6, 2);
    const order = random.permutation(key, 6);
    assertEquals(
      random.permutation(key, x).toArray(),
      x.at(order).toArray(),
    );
  });
  it("runs inside a trace when the key is known, and only then", () => {
    const shuffled = jax.jit((x: Tensor) => random.permutation(key, x));
    const x = jnp.arange(9);
    assertEquals(
      shuffled(x).toArray(),
      random.permutation(key, x).toArray(),
    );
    assertThrows(
      () => jax.jit((k: Tensor) => random.permutation(k, 5))(key),
      TraceError,
      "Cannot shuffle with a traced key",
    );
  });
});

describe("distributions", () => {
  const key = random.key(11);
  it("randint refuses an empty range", () => {
    assertThrows(
      () => random.randint(key, [2], 3, 3),
      ShapeError,
      "Cannot draw integers from 3 to 3",
    );
  });
  it("categorical follows its probabilities", () => {
    const n = 20000;
    const logits = jnp.broadcastTo(jnp.log([0.2, 0.5, 0.3]), [n, 3]);
    const drawn = random.categorical(key, logits);
    // Five standard deviations of a frequency are 0.018 at most.
    [0.2, 0.5, 0.3].forEach((p, i) => {
      const share = drawn.equal(i).mean().toArray() as number;
      assert(Math.abs(share - p) < 0.018, `${i}: ${share}`);
    });
  });
  it("gumbel agrees with JAX", () => {
    for (const part of ["part0", "part1"]) {
      const y = random.gumbel(random.key(0), [16], {
        partitionable: part === "part1",
      }).dataSync();
      const { data } = golden.get(`${part}/key0/gumbel_16`, "f32");
      // Two logarithms in f32, here and there.
      y.forEach((v, i) => assert(Math.abs(v - Number(data[i])) <= 2e-6));
    }
  });
});
