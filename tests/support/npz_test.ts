import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import moons from "../goldens/moons_stable_seed0.json" with { type: "json" };
import saved from "../goldens/moons_stable_seed0_pcax_saved.json" with {
  type: "json",
};
import sklearn from "../goldens/numpy_sklearn.json" with { type: "json" };
import { loadGolden } from "./npz.ts";

describe("loadGolden()", () => {
  it("reads arrays of one run, of both, and counts names", async () => {
    const golden = await loadGolden(moons);
    assertEquals(golden.names().length, 227);
    assertEquals(golden.get("e", "f32").shape, [256, 9]);
    assertEquals(golden.get("e", "f32").dtype, "<f4");
    assertEquals(golden.get("e", "f64").dtype, "<f8");
    assertEquals(golden.get("y", "f64"), golden.get("y", "f32"));
    assertThrows(() => golden.get("nothing"), Error, `"nothing"`);
  });

  it("holds the weights that pcax saved", async () => {
    const golden = await loadGolden(moons);
    const file = await loadGolden(saved);
    const name = ".layers[1].nn.weight";
    assertEquals(file.get(name).shape, [32, 32]);
    // What was saved is f32, the run beside it double.
    golden.assertClose(`epoch8/w${name}`, file.values(name));
  });

  it("reads integers and orders", async () => {
    const golden = await loadGolden(sklearn);
    const shuffled = golden.values("RandomState0/permutation_1000");
    assertEquals(
      [...shuffled].sort((a, b) => a - b),
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  it("accepts the f32 run and refuses twice the tolerance", async () => {
    const golden = await loadGolden(moons);
    golden.assertClose("e", golden.values("e", "f32"));
    const off = golden.values("e", "f64");
    off[7] += 2 * golden.tolerance("e");
    assertThrows(() => golden.assertClose("e", off), Error, `"e"[7]`);
    off[7] = NaN;
    off[9] += 1;
    assertThrows(() => golden.assertClose("e", off), Error, `"e"[7] is NaN`);
    assertThrows(() => golden.assertClose("e", [1]), Error, "got 1");
  });
});
