/** px.RKG against pcax: the keys it draws, and the tutorial on randomness. */
import { after, before, describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { jax, jnp, px, pxf, pxnn, type Tensor, tensor } from "../../mod.ts";
import file from "../goldens/rng.json" with { type: "json" };
import { loadGolden } from "../support/npz.ts";

const golden = await loadGolden(file);
const { random } = jax;
const { RandomKeyGenerator, RKG } = px;

describe("px.RKGState", () => {
  it("is the param that holds a generator's key", () => {
    const { key } = new RandomKeyGenerator(7);
    assertEquals(key instanceof px.RKGState, true);
    assertEquals(key.get().toArray(), [0, 7]);
  });
});

for (const mode of ["part1", "part0"]) {
  const same = (name: string, actual: Tensor) => {
    const { shape } = golden.get(`${mode}/${name}`, "f32");
    assertEquals([...actual.shape], shape, name);
    assertEquals(
      [...actual.dataSync()],
      [...golden.values(`${mode}/${name}`, "f32")],
      name,
    );
  };

  describe(`px.RKG as pcax, ${mode}`, () => {
    before(() => {
      random.configure({ threefryPartitionable: mode === "part1" });
    });
    after(() => random.configure({ threefryPartitionable: true }));

    for (const seed of [0, 1, 42]) {
      it(`draws the keys of seed ${seed}`, () => {
        RKG.seed(seed);
        const first = Array.from({ length: 10 }, () => RKG());
        same(`RKG${seed}/first10`, jnp.stack(first));
        same(`RKG${seed}/state_after10`, RKG.key.get());
        RKG.seed(seed);
        same(`RKG${seed}/call5`, RKG(5));
        same(`RKG${seed}/state_after_call5`, RKG.key.get());
        RKG.seed(seed);
        assertEquals(
          RKG.key.split(5).toArray(),
          new RandomKeyGenerator(seed)(5)
            .toArray(),
        );
      });
    }

    it("gives one key bare, and any number of keys as rows", () => {
      const [a, b, c] = [0, 0, 0].map((s) => new RandomKeyGenerator(s));
      assertEquals([a().shape, b(1).shape], [[2], [1, 2]]);
      assertEquals(c(null).toArray(), new RandomKeyGenerator(0)().toArray());
      assertEquals(a.key.toArray(), b.key.toArray());
    });

    it("keeps the low 32 bits of a seed", () => {
      const keyOf = (seed: number) => RKG.seed(seed).key.get().toArray();
      assertEquals(keyOf(2 ** 40 + 3), [0, 3]);
      assertEquals(keyOf(-1), [0, 2 ** 32 - 1]);
    });

    it("runs the tutorial on randomness", () => {
      RKG.seed(0);
      const custom = new RandomKeyGenerator(0);
      const layer = new pxnn.Linear(8, 8);
      const twin = new pxnn.Linear(8, 8, { rkg: custom });
      same("tut2/layer_default.weight", layer.nn.weight.get());
      assertEquals(twin.nn.weight.toArray(), layer.nn.weight.toArray());
      RKG();

      type Options = { minval: Tensor; maxval: Tensor };
      const noise = (key: Tensor, a: Tensor, { minval, maxval }: Options) =>
        a.add(random.uniform(key, a.shape).mul(maxval.sub(minval)).add(minval));
      const axes = [0, null, null];
      const vsum = pxf.jit(
        pxf.vmap((a: Tensor, minval: Tensor, maxval: Tensor) => {
          const y = noise(RKG(), a, { minval, maxval });
          RKG.seed(0);
          return y;
        }, { inAxes: axes }),
      );
      const range = [tensor(-1, "f32"), tensor(1, "f32")] as const;
      const a = jnp.ones([10, 1]);
      for (const i of [1, 2]) {
        same(`tut2/vsum_${i}`, vsum(a, ...range));
        same(`tut2/rkg_after_vsum_${i}`, RKG.key.get());
      }

      type Given = { rkg: px.RandomKeyGenerator };
      const draw = (a: Tensor, lo: Tensor, hi: Tensor, { rkg }: Given) =>
        noise(rkg(), a, { minval: lo, maxval: hi });
      same("tut2/custom_key_before", custom.key.get());
      // One generator for all samples: all draw with the same key.
      const one = pxf.jit(
        pxf.vmap(draw, { mask: { rkg: null }, inAxes: axes }),
      );
      same("tut2/sum_custom", one(a, ...range, { rkg: custom }));
      same("tut2/custom_key_after", custom.key.get());
      // One state per sample, split and merged by hand.
      const each = pxf.jit(
        pxf.vmap(draw, { mask: { rkg: 0 }, inAxes: axes }),
      );
      custom.key.set(custom.key.split(10));
      same("tut2/vsum_custom", each(a, ...range, { rkg: custom }));
      custom.key.set(custom.key.at(0));
      same("tut2/custom_key_final", custom.key.get());
    });

    it("gives a sample that draws twice two keys", () => {
      RKG.seed(5);
      const twice = pxf.vmap((x: Tensor) =>
        [0, 1].map(() => x.add(random.normal(RKG(), [3])))
      );
      const drawn = twice(jnp.zeros([4, 3]));
      [1, 2].forEach((i) => {
        const name = `${mode}/nested/noise${i}`;
        assertEquals([...drawn[i - 1].shape], golden.get(name, "f32").shape);
        const mine = drawn[i - 1].dataSync();
        // Normal numbers are exact to 3 roundings.
        golden.values(name, "f32").forEach((x, k) => {
          assertEquals(Math.abs(mine[k] - x) < 5e-7, true, name);
        });
      });
      same("nested/rkg_after", RKG.key.get());
    });
  });
}
