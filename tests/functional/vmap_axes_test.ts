/** The axes of pxf.vmap: which there are, and what they do with params. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  jnp,
  lax,
  px,
  pxc,
  pxf,
  pxnn,
  pxu,
  ShapeError,
  type Tensor,
  tensor,
  TreeError,
} from "../../mod.ts";

const f32 = (...x: number[]) => tensor(x, "f32");

function message(
  body: () => unknown,
  kind: new (message: string) => Error = TreeError,
): string {
  return assertThrows(body, kind).message;
}

type P = { p: px.Param };

describe("pxf.vmap()", () => {
  it("takes axes of every sign, for parts of arguments and results", () => {
    const x = tensor([[1, 2, 3], [4, 5, 6]], "f32"), y = f32(10, 20, 30);
    const f = pxf.vmap(
      ([x]: Tensor[], y: Tensor, z: Tensor | null): [Tensor, Tensor] => [
        x.add(y),
        z === null ? x : x.mul(z),
      ],
      { inAxes: [[-1], 0, 0], outAxes: [1, 0] },
    );
    const [sum, same] = f([x], y, null);
    assertEquals(sum.toArray(), [[11, 22, 33], [14, 25, 36]]);
    assertEquals(same.toArray(), [[1, 4], [2, 5], [3, 6]]);
    const last = pxf.vmap((x: Tensor) => x, { inAxes: 1, outAxes: -1 });
    assertEquals(last(x).toArray(), x.toArray());
  });

  it("takes a mask per name, and a prefix of a tree", () => {
    class Two extends px.Module {
      a = new px.Param(f32(1, 2));
      b = { c: new px.Param(f32(5)), d: [new px.Param(f32(3, 4))] };
    }
    type Of = { two: Two; k: px.Param };
    const two = new Two(), k = new px.Param(f32(7));
    const entries = new pxu.Mask(null, [null, 0]).apply(two);
    entries.b = { c: null, d: [0] };
    const f = pxf.vmap(({ two, k }: Of) => {
      assertEquals([two.a.shape, two.b.c.shape, two.b.d[0].shape], [
        [],
        [1],
        [],
      ]);
      two.a.set(two.a.mul(2));
      return two.a.add(two.b.d[0]).add(two.b.c.sum()).add(k.sum());
    }, { mask: { two: entries, k: null } });
    assertEquals(f({ two, k }).toArray(), [17, 20]);
    assertEquals(two.a.toArray(), [2, 4]);
  });

  it("creates states with an axis of samples out of empty ones", () => {
    const model = new pxc.Vode([3]);
    const f = pxf.vmap((x: Tensor, { model }: { model: pxc.Vode }) => {
      assertEquals(model.h.get() as unknown, null);
      model.set("h", x);
      return x;
    }, { mask: pxu.m(pxc.VodeParam).to([null, 0]) });
    f(jnp.ones([5, 3]), { model });
    assertEquals(model.h.shape, [5, 3]);
  });

  it("nests, with an axis name for each", () => {
    const x = jnp.arange(6).reshape(2, 3).astype("f32");
    const f = pxf.vmap(
      pxf.vmap((x: Tensor): [Tensor, Tensor] => [
        lax.psum(x, "inner"),
        lax.pmean(x, "outer"),
      ], { axisName: "inner", outAxes: [null, 0] }),
      { axisName: "outer", outAxes: [0, null] },
    );
    const [sums, means] = f(x);
    assertEquals(sums.toArray(), [3, 12]);
    assertEquals(means.toArray(), [1.5, 2.5, 3.5]);
  });

  it("gives the gradient of a mean its share", () => {
    const p = new px.Param(f32(1, 2, 3, 4));
    const loss = pxf.vmap(({ p }: P) => lax.pmean(p.square().sum(), "b"), {
      mask: { p: 0 },
      outAxes: null,
      axisName: "b",
    });
    const [value, g] = pxf.valueAndGrad(loss, { mask: { p: true } })({ p });
    assertEquals([value.toArray(), g.p.toArray()], [7.5, [0.5, 1, 1.5, 2]]);
  });

  it("leaves the random state whole when it fails itself", () => {
    px.RKG.seed(7);
    const noise = (x: Tensor) => x.add(px.RKG().sum().astype("f32"));
    const x = jnp.ones([3]);
    const wrong = [
      () => pxf.vmap(noise, { outAxes: null })(x),
      () => pxf.vmap(noise, { outAxes: [0, 0] })(x),
      () => pxf.vmap(noise, { inAxes: [0, 0] })(x),
      () => pxf.vmap(noise, { inAxes: 1 })(x),
      () => pxf.jit(pxf.vmap(noise, { outAxes: null }))(x),
    ];
    for (const run of wrong) {
      assertThrows(run);
      assertEquals(px.RKG.key.toArray(), [0, 7]);
    }
    assertEquals(pxf.vmap(noise)(x).shape, [3]);
  });

  it("vectorises over layers, within samples, as over a loop", async () => {
    const [L, d, B] = [3, 4, 2];
    /** All layers in one, each with its own state. */
    class Parallel extends px.Module<[Tensor], Tensor> {
      weight = new pxnn.LayerParam(
        jnp.sin(jnp.arange(L * d * d).astype("f32")).reshape(L, d, d),
      );
      bias = new pxnn.LayerParam(
        jnp.cos(jnp.arange(L * d).astype("f32")).reshape(L, d),
      );
      override call(h: Tensor): Tensor {
        return jnp.tanh(this.weight.matmul(h).add(this.bias));
      }
    }
    type Of = { model: Parallel };
    const model = new Parallel();
    const layers = pxf.vmap((h: Tensor, { model }: Of) => model(h), {
      mask: pxu.m(pxnn.LayerParam).to([null, 0]),
    });
    const energy = pxf.vmap((h: Tensor, { model }: Of) => {
      const u = layers(h.slice([0, L]), { model });
      const e = h.slice([1, L + 1]).sub(u).square().sum().mul(0.5);
      return lax.psum(e, "batch");
    }, {
      mask: new pxu.Mask(px.Param, [null, null]),
      outAxes: null,
      axisName: "batch",
    });
    const loop = (h: Tensor, { model }: Of): Tensor => {
      let sum = jnp.zeros([]);
      for (let b = 0; b < B; b++) {
        for (let l = 0; l < L; l++) {
          const w = model.weight.at(l);
          const u = jnp.tanh(w.matmul(h.at(b).at(l)).add(model.bias.at(l)));
          sum = sum.add(h.at(b).at(l + 1).sub(u).square().sum().mul(0.5));
        }
      }
      return sum;
    };
    const h = jnp.sin(jnp.arange(B * (L + 1) * d).astype("f32").mul(0.7))
      .reshape(B, L + 1, d);
    const mask = new pxu.Mask(pxnn.LayerParam, [false, true]);
    const both = [energy, loop].map((fn) => {
      const [e, [[byH], g]] = pxf.valueAndGrad(fn, { mask, argnums: 0 })(h, {
        model,
      });
      return [e, byH, g.model.weight.get(), g.model.bias.get()];
    });
    const [mine, theirs] = await Promise.all(
      both.map((list) => Promise.all(list.map((x) => x.data()))),
    );
    mine.forEach((data, k) =>
      data.forEach((v, i) => assert(Math.abs(v - theirs[k][i]) < 1e-5))
    );
  });

  it("refuses axes that do not fit", () => {
    const same = (x: Tensor) => x;
    const x = jnp.ones([2]);
    assertEquals(
      message(() => pxf.vmap(same, { inAxes: [0, 0] })(x), ShapeError),
      'Cannot vmap "same": inAxes has 2 entries for 1 positional arguments, ' +
        "expected one for each: tracked arguments have their axes in the mask",
    );
    const axes = (x: unknown) => x as pxf.Axes;
    assertEquals(
      message(() => pxf.vmap(same, { inAxes: axes(["0"]) })(x)),
      'Cannot vmap: inAxes of "same"[0] say "0" for argument 0, expected an ' +
        "axis or null: give one for all, or an array with one for each part",
    );
    const two = (x: Tensor) => [x, x];
    assertEquals(
      message(() => pxf.vmap(two, { outAxes: [0] })(x)),
      'Cannot vmap: outAxes of "two" say nothing for [1], expected an axis or ' +
        "null: give one for all, or an array with one for each part",
    );
    assertEquals(
      message(() => pxf.vmap(same, { outAxes: [0, 0] })(x)),
      'Cannot vmap: outAxes of "same" say [0,0] for the value, expected an ' +
        "axis or null: give one for all, or an array with one for each part",
    );
    assertEquals(
      message(() => pxf.vmap(same, { inAxes: 1 })(x), ShapeError),
      'Cannot vmap "same": argument 0 is f32[2], expected an axis 1: give it ' +
        "one, or use null in inAxes",
    );
    const p = new px.Param(x);
    const sum = ({ p }: P) => p.sum();
    assertEquals(
      message(() => pxf.vmap(sum, { mask: { p: true } })({ p })),
      'Cannot vmap "sum": the mask says true for p, expected an axis or null: ' +
        "use new pxu.Mask(..., [null, 0])",
    );
    assertEquals(
      message(() => pxf.vmap(sum, { mask: { p: [] } })({ p })),
      'Cannot vmap "sum": the mask says  for p, expected an axis or null: ' +
        "use new pxu.Mask(..., [null, 0])",
    );
  });
});
