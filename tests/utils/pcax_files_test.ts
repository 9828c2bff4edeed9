/** Files that pcax wrote load, and ours have their names and arrays. */
import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { decodeNpz } from "../../src/base/npz.ts";
import {
  BaseModule,
  type Param,
  paramsOf,
  RandomKeyGenerator,
} from "../../src/core/mod.ts";
import { LayerParam, Linear } from "../../src/nn/mod.ts";
import { decodeParams, encodeParams } from "../../src/utils/mod.ts";
import moonsSaved from "../goldens/moons_seed0_pcax_saved.json" with {
  type: "json",
};
import leakySaved from "../goldens/moons_leaky_lowlr_seed0_pcax_saved.json" with {
  type: "json",
};
import stableSaved from "../goldens/moons_stable_seed0_pcax_saved.json" with {
  type: "json",
};
import netSaved from "../goldens/net_pcax_saved.json" with { type: "json" };
import rules from "../goldens/vode_rules.json" with { type: "json" };
import { Net } from "../support/net.ts";
import { loadGolden } from "../support/npz.ts";

/** The layers of the two-moons tutorial. */
class Moons extends BaseModule {
  layers: Linear[] = [
    new Linear(2, 32),
    new Linear(32, 32),
    new Linear(32, 2),
  ];
}

function bytesOf(file: { npz: string }): Uint8Array {
  return Uint8Array.from(atob(file.npz), (char) => char.charCodeAt(0));
}

describe("files of pcax", () => {
  for (
    const [name, file, make] of [
      ["moons_seed0", moonsSaved, () => new Moons()],
      ["moons_leaky_lowlr_seed0", leakySaved, () => new Moons()],
      ["moons_stable_seed0", stableSaved, () => new Moons()],
      ["net", netSaved, () => new Net(new RandomKeyGenerator(9))],
    ] as const
  ) {
    it(`load: ${name}`, async () => {
      const model = make();
      await decodeParams(model, bytesOf(file));
      const saved = await loadGolden(file);
      const params = paramsOf(model).filter(({ param }) =>
        param instanceof LayerParam
      );
      assertEquals(
        params.map(({ path }) => path).sort(),
        saved.names().sort(),
      );
      for (const { path, param } of params) {
        const value = (param as Param).get();
        assertEquals([...value.shape], saved.get(path, "f32").shape, path);
        assertEquals(
          [...value.dataSync()],
          [...saved.values(path, "f32")],
          path,
        );
      }
    });

    it(`have our names and arrays: ${name}`, async () => {
      const model = make();
      await decodeParams(model, bytesOf(file));
      const ours = await decodeNpz(await encodeParams(model), "ours");
      const theirs = await decodeNpz(bytesOf(file), "theirs");
      assertEquals([...ours.names].sort(), [...theirs.names].sort());
      for (const path of ours.names) {
        assertEquals(ours.get(path), theirs.get(path), path);
      }
    });
  }

  it("name the params as recorded", async () => {
    const { names } = await decodeNpz(await encodeParams(new Net()), "ours");
    assertEquals([...names].sort(), rules.npz_keys);
  });
});
