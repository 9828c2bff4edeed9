import { before, describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import rng from "../goldens/rng.json" with { type: "json" };
import { forgotten } from "../support/excluded.ts";
import { type Golden, loadGolden } from "../support/npz.ts";
import { jax, jnp } from "./names.ts";
import type { Tensor } from "../../src/numpy/mod.ts";

const { nn: { initializers }, random } = jax;

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
Object.assign(
  EXACT,
  {
    rademacher_16: (k, partitionable) =>
      random.rademacher(k, [16], { partitionable }),
    choice_noreplace_10_4: (k, partitionable) =>
      random.choice(k, 10, [4], { replace: false, partitionable }),
    // Sixteen draws with probabilities of tenths.
    categorical_16: (k, partitionable) =>
      random.categorical(
        k,
        jnp.broadcastTo(jnp.log([0.1, 0.2, 0.3, 0.4]), [16, 4]),
        { partitionable },
      ),
    init_glorot_uniform_4x6: (k, partitionable) =>
      initializers.glorotUniform()(k, [4, 6], { partitionable }),
    init_he_uniform_4x6: (k, partitionable) =>
      initializers.heUniform()(k, [4, 6], { partitionable }),
  } satisfies Cases,
);
for (const name of ["scalar", "5", "8", "3x4"]) {
  for (const width of [8, 16] as const) {
    EXACT[`bits${width}_${name}`] = (k, partitionable) =>
      random.bits(k, SHAPES[name], { width, partitionable });
  }
}

/** What goes through functions that every machine rounds in its way. */
const NEAR: Cases = {
  truncnormal_m2_2_16: (k, partitionable) =>
    random.truncatedNormal(k, -2, 2, [16], { partitionable }),
  gumbel_16: (k, partitionable) => random.gumbel(k, [16], { partitionable }),
  exponential_16: (k, partitionable) =>
    random.exponential(k, [16], { partitionable }),
  laplace_16: (k, partitionable) => random.laplace(k, [16], { partitionable }),
  init_glorot_normal_4x6: (k, partitionable) =>
    initializers.glorotNormal()(k, [4, 6], { partitionable }),
  init_he_normal_4x6: (k, partitionable) =>
    initializers.heNormal()(k, [4, 6], { partitionable }),
  init_lecun_normal_4x6: (k, partitionable) =>
    initializers.lecunNormal()(k, [4, 6], { partitionable }),
  init_orthogonal_4x6: (k, partitionable) =>
    initializers.orthogonal()(k, [4, 6], { partitionable }),
};

/** Distance from JAX's f32 numbers: a few ulp of numbers up to 4. */
const NEAR_TOLERANCE = 5e-7;

for (const [name, shape] of Object.entries(SHAPES)) {
  EXACT[`bits_${name}`] = (k, partitionable) =>
    random.bits(k, shape, { partitionable });
  EXACT[`uniform_${name}`] = (k, partitionable) =>
    random.uniform(k, shape, { partitionable });
}

/** The names of the golden arrays that are compared. */
const seen = new Set<string>();

function assertEqualData(actual: Tensor, name: string): void {
  seen.add(name);
  const { shape, data } = golden.get(name, "f32");
  assertEquals(actual.shape, shape, name);
  assertEquals(
    Array.from(actual.dataSync()),
    Array.from(data as Float32Array),
    name,
  );
}

/** Keys as a generator draws them: row 0 of a split is its next state. */
function generator(seed: number, partitionable: boolean) {
  let key = random.key(seed);
  const several = (n: number): Tensor => {
    const keys = random.split(key, n + 1, { partitionable });
    key = keys.at(0);
    return keys.slice([1, n + 1]);
  };
  return { state: () => key, several, one: () => several(1).at(0) };
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
      for (const [name, draw] of Object.entries(NEAR)) {
        it(`${name} of key ${seed}: ${NEAR_TOLERANCE}`, () => {
          const full = `${part}/key${seed}/${name}`;
          seen.add(full);
          const y = draw(random.key(seed), partitionable);
          const { data, shape } = golden.get(full, "f32");
          assertEquals(y.shape, shape);
          y.dataSync().forEach((v, i) => {
            const far = Math.abs(v - Number(data[i]));
            assert(far <= NEAR_TOLERANCE, `${full}[${i}]: ${v} ${data[i]}`);
          });
        });
      }
      it(`a generator's keys of seed ${seed}`, () => {
        const rkg = generator(seed, partitionable);
        const at = (name: string) => `${part}/RKG${seed}/${name}`;
        const first = jnp.stack(Array.from({ length: 10 }, () => rkg.one()));
        assertEqualData(first, at("first10"));
        assertEqualData(rkg.state(), at("state_after10"));
        const other = generator(seed, partitionable);
        assertEqualData(other.several(5), at("call5"));
        assertEqualData(other.state(), at("state_after_call5"));
      });
      it(`weights of layers of seed ${seed}, drawn by hand`, () => {
        const rkg = generator(seed, partitionable);
        const at = (name: string) => `${part}/seed${seed}/${name}`;
        const layer = (shape: number[], bias: number[], inputs: number) => {
          const keys = random.split(rkg.one(), 2, { partitionable });
          const maxval = 1 / Math.sqrt(inputs);
          const range = { minval: -maxval, maxval, partitionable };
          return [shape, bias].map((s, i) =>
            random.uniform(keys.at(i), s, range)
          );
        };
        const [w1, b1] = layer([32, 2], [32], 2);
        assertEqualData(w1, at("Linear(2,32).weight"));
        assertEqualData(b1, at("Linear(2,32).bias"));
        const [w2, b2] = layer([8, 3, 3, 3], [8, 1, 1], 27);
        assertEqualData(w2, at("then_Conv2d(3,8,3).weight"));
        assertEqualData(b2, at("then_Conv2d(3,8,3).bias"));
        const [w3] = layer([64, 784], [64], 784);
        assertEqualData(w3.slice([0, 2]), at("then_Linear(784,64).weight[:2]"));
        const elements = w3.dataSync();
        const sums = Float32Array.from({ length: 64 }, (_, row) => {
          let sum = 0;
          for (let i = 0; i < 784; i++) sum += elements[784 * row + i];
          return sum;
        });
        const name = at("then_Linear(784,64).weight.sum_per_row_f64");
        seen.add(name);
        // Summed in double precision there too, in an order of its own.
        golden.values(name, "f32").forEach((sum, i) =>
          assert(Math.abs(sum - sums[i]) <= 2 ** -24)
        );
        const [w4] = layer([3, 5], [3], 5);
        assertEqualData(w4, at("then_Linear(5,3,False).weight"));
      });
      for (
        const [name, shape] of [
          ...Object.entries(SHAPES),
          ["1000", [1000]] as const,
        ]
      ) {
        it(`normal_${name} of key ${seed}: 3 ulp`, () => {
          const y = random.normal(random.key(seed), shape, { partitionable });
          const full = `${part}/key${seed}/normal_${name}`;
          seen.add(full);
          const { data } = golden.get(full, "f32");
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
    for (const part of ["part0", "part1"]) {
      for (const seed of seeds) {
        assertEqualData(random.PRNGKey(seed), `${part}/PRNGKey/${seed}`);
      }
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
  it("runs inside a trace too, with keys that are known and others", () => {
    const x = jnp.arange(300);
    const expected = random.permutation(key, x).toArray();
    const known = jax.jit((x: Tensor) => random.permutation(key, x));
    assertEquals(known(x).toArray(), expected);
    for (const partitionable of [true, false]) {
      const traced = jax.jit((k: Tensor) =>
        random.permutation(k, 300, { partitionable })
      );
      assertEquals(
        traced(key).toArray(),
        random.permutation(key, 300, { partitionable }).toArray(),
      );
    }
  });
  it("shuffles any axis, and lines by themselves", () => {
    const x = jnp.arange(12).reshape(2, 6);
    const order = random.permutation(key, 6);
    assertEquals(
      random.permutation(key, x, { axis: -1 }).toArray(),
      jnp.take(x, order, 1).toArray(),
    );
    const lines = random.permutation(key, x, { axis: 1, independent: true });
    assertEquals(jnp.sort(lines, 1).toArray(), x.toArray());
    const [a, b] = [lines.at(0), lines.at(1).sub(6)];
    assertEquals(jnp.arrayEqual(a, b).toArray(), false);
    assertThrows(
      () => random.permutation(key, jnp.tensor(5)),
      ShapeError,
      "Cannot shuffle i32[]: expected an axis",
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
});

describe("golden arrays of rng", () => {
  it("are all compared, but for those with a reason", () => {
    const left = golden.names()
      .map((name) => name.replace(/^f32\//, ""))
      .filter((name) => !seen.has(name));
    assertEquals(forgotten("rng", left), []);
    // A pattern that leaves out what is compared would hide what is forgotten.
    const compared = [...seen].filter((name) => golden.has(name, "f32"));
    assertEquals(compared.length, seen.size);
    assertEquals(forgotten("rng", compared), compared);
    console.log(`rng: ${seen.size} arrays compared, ${left.length} not`);
  });
});
