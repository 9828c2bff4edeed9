/** Vodes without a shape: which axes are samples is told by where they are. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  jax,
  jnp,
  pxc,
  pxf,
  pxnn,
  pxu,
  ShapeError,
  type Tensor,
} from "../../mod.ts";

const mask = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);

type Of = { vode: pxc.Vode };

/** Sets h and u per sample, and gives the energies. */
const energies = (how: "call" | "set" | "h only") =>
  pxf.vmap((h: Tensor, { vode }: Of) => {
    vode.clearParams(pxc.VodeParam.Cache);
    vode.set("h", h);
    if (how === "call") vode(jnp.zeros([3]));
    if (how === "set") vode.set("u", jnp.zeros([3]));
    return vode.energy();
  }, { mask });

const h = jnp.ones([4, 3]);

describe("a Vode without a shape", () => {
  it("takes an energy function, options, or nothing", () => {
    assertEquals(new pxc.Vode().shape.get(), null);
    const ce = new pxc.Vode(pxc.ceEnergy, { value: [1, 0] });
    assertEquals(ce.energyFn.get(), pxc.ceEnergy);
    assertEquals(new pxc.Vode({ value: [1] }).h.toArray(), [1]);
    assertEquals(new pxc.Vode(null).energy().toArray(), 0);
  });

  it("is one sample under vmap, whatever was done before", () => {
    for (const how of ["call", "set", "h only"] as const) {
      const energyFn = how === "h only" ? pxc.l2Energy(1) : pxc.seEnergy;
      const fresh = new pxc.Vode(energyFn);
      assertEquals(energies(how)(h, { vode: fresh }).toArray(), [
        1.5,
        1.5,
        1.5,
        1.5,
      ]);
      // What vmap left behind is a batch: one energy per sample.
      fresh.clearParams(pxc.VodeParam.Cache);
      if (how !== "h only") fresh.cache.setItem("u", jnp.zeros([4, 3]));
      assertEquals(fresh.energy().shape, [4]);
      const used = new pxc.Vode(energyFn);
      used.set("u", jnp.zeros([4, 3]));
      assertEquals(energies(how)(h, { vode: used }).shape, [4]);
      const jaxed = jax.vmap((x: Tensor) => {
        const vode = new pxc.Vode(energyFn);
        vode.set("h", x).set("u", jnp.zeros([3]));
        return vode.energy();
      });
      assertEquals(jaxed(h).shape, [4]);
    }
  });

  it("is a sample outside of vmap where u had the rank of h", () => {
    const vode = new pxc.Vode();
    vode.status = pxc.STATUS.INIT;
    vode([1, 2]);
    assertEquals(vode.energy().toArray(), 0);
    vode.clearParams(pxc.VodeParam.Cache);
    vode.status = null;
    vode([3, 4]);
    assertEquals(vode.energy().toArray(), 4);
    vode.clearParams(pxc.VodeParam.Cache);
    // Then a batch, with one energy per sample.
    vode.set("h", [[1, 2], [3, 4]]).cache.setItem("u", jnp.zeros([2, 2]));
    assertEquals(vode.energy().toArray(), [2.5, 12.5]);
  });

  it("refuses a rank that is neither", () => {
    const vode = new pxc.Vode();
    vode.set("u", jnp.zeros([2])).set("h", jnp.zeros([3, 4, 2]));
    assertEquals(
      assertThrows(() => vode.energy(), ShapeError).message,
      "Cannot compute the energy of a vode: h is f32[3,4,2] and its energy " +
        "f32[3,4,2], expected rank 1, that of the last u, or that with an " +
        "axis for the samples in front: set u, and clear its params before " +
        "using other data",
    );
  });

  it("trains without retracing, as one with a shape", () => {
    class Model extends pxc.EnergyModule<[Tensor], Tensor> {
      layer = new pxnn.Linear(3, 2);
      vodes: pxc.Vode[];
      constructor(...shape: [number[]] | []) {
        super();
        this.vodes = [new pxc.Vode(...shape as [number[]])];
      }
      override call(x: Tensor): Tensor {
        return this.vodes[0](this.layer(x));
      }
    }
    const energy = pxf.vmap((x: Tensor, { model }: { model: Model }) => {
      model(x);
      return model.energy();
    }, { mask });
    const step = pxf.jit((x: Tensor, { model }: { model: Model }) => {
      const clearParams = pxc.VodeParam.Cache;
      pxu.step(model, "init", { clearParams }, () => energy(x, { model }));
      model.vodes[0].h.set(model.vodes[0].h.add(1));
      return pxu.step(model, null, { clearParams }, () => energy(x, { model }));
    });
    // States are one more than predicted, to a rounding.
    const check = (model: Model) => {
      const energies = step(h, { model }).dataSync();
      assertEquals(energies.length, 4);
      assert(energies.every((e) => Math.abs(e - 1) < 1e-5), `${energies}`);
    };
    const shapeless = new Model();
    for (let i = 0; i < 3; i++) check(shapeless);
    assertEquals(step.traces, 2); // without states, then with them
    check(new Model([2]));
  });
});
