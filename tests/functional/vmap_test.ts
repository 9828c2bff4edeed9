import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { jax, jnp, px, pxf, type Tensor } from "../../mod.ts";

const { random } = jax;

/** What the state is after a pass over 5 samples that starts at seed 3. */
function stateAfter(fn: (x: Tensor) => Tensor, jitted: boolean): number[] {
  px.RKG.seed(3);
  const batched = pxf.vmap(fn);
  (jitted ? pxf.jit(batched) : batched)(jnp.ones([5]));
  return [...px.RKG.key.get().dataSync()];
}

describe("the random state after pxf.vmap", () => {
  const lane = () => random.split(random.key(3), 6).at(1);

  it("is the first sample's key, drawn from or not", () => {
    for (const jitted of [false, true]) {
      assertEquals(stateAfter((x) => x, jitted), [...lane().dataSync()]);
      const drawing = stateAfter((x) => x.add(random.normal(px.RKG())), jitted);
      assertEquals(drawing, [...random.split(lane()).at(0).dataSync()]);
    }
  });

  it("is so in jax's older mode as well", () => {
    random.configure({ threefryPartitionable: false });
    try {
      for (const jitted of [false, true]) {
        assertEquals(stateAfter((x) => x, jitted), [...lane().dataSync()]);
      }
    } finally {
      random.configure({ threefryPartitionable: true });
    }
  });
});
