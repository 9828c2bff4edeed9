import { describe, it } from "node:test";
import { ShapeError } from "../../src/base/errors.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { valueAndGrad } from "../../src/functional/mod.ts";
import { type Tensor, tensor } from "../../src/numpy/mod.ts";
import {
  ceEnergy,
  type EnergyFn,
  seEnergy,
  Vode,
  VodeParam,
  zeroEnergy,
} from "../../src/predictive_coding/mod.ts";
import { Mask } from "../../src/utils/mod.ts";
import vodeGolden from "../goldens/vode.json" with { type: "json" };
import { forgotten } from "../support/excluded.ts";
import { loadGolden } from "../support/npz.ts";

const golden = await loadGolden(vodeGolden);

function load(name: string): Tensor {
  const { shape } = golden.get(name, "f32");
  const data = Float32Array.from(golden.values(name, "f32"));
  return tensor(data).reshape(shape);
}

function check(name: string, actual: Tensor): void {
  assertEquals([...actual.shape], golden.get(name, "f64").shape, name);
  golden.assertClose(name, actual.dataSync());
}

const ENERGIES: Record<string, EnergyFn> = {
  se: seEnergy,
  ce: ceEnergy,
  zero: zeroEnergy,
};

describe("energies, as pcax", () => {
  for (const size of ["5", "3x4", "2x3x3"]) {
    const shape = size.split("x").map(Number);
    const at = (name: string) => `energy/${size}/${name}`;
    for (const [name, energyFn] of Object.entries(ENERGIES)) {
      // A target distribution for the cross entropy.
      const h = load(at(name === "ce" ? "p" : "h"));
      const u = load(at("u"));

      it(`${name} of ${size} and its gradients`, () => {
        const vode = new Vode(shape, energyFn);
        vode.set("h", h);
        const energy = (input: Tensor, { vode }: { vode: Vode }): Tensor => {
          vode.set("u", input);
          return vode.energy();
        };
        const [value, [[byInput], byState]] = valueAndGrad(energy, {
          argnums: 0,
          mask: new Mask(VodeParam, [false, true]),
        })(u, { vode });
        check(at(name), value);
        check(at(`${name}_dh`), byState.vode.h.get());
        check(at(`${name}_du`), byInput);
      });
    }

    for (const name of ["se", "ce"]) {
      it(`${name} of ${size} for several samples`, () => {
        const vode = new Vode(shape, ENERGIES[name]);
        vode.set("h", load(at("batched_h"))).set("u", load(at("batched_u")));
        check(at(`${name}_outside_vmap`), vode.energy());
      });
    }
  }

  it("compares everything that was recorded", () => {
    // What is shared is compared in tests/pcax/shared_test.ts.
    assertEquals(
      forgotten("vode", golden.unchecked())
        .filter((name) => !name.startsWith("shared/")),
      [],
    );
  });

  it("refuses states that do not fit", () => {
    const vode = new Vode([3]);
    vode.set("h", [1, 2, 3]).set("u", [1, 2]);
    assertThrows(() => vode.energy(), ShapeError);
  });
});
