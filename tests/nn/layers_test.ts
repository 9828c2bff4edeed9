/** Layers without windows against equinox, value by value and gradient. */
import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { type BaseModule, Module, paramsOf } from "../../src/core/mod.ts";
import { valueAndGrad, vmap } from "../../src/functional/mod.ts";
import * as pxnn from "../../src/nn/mod.ts";
import { LayerParam, LayerState } from "../../src/nn/mod.ts";
import {
  concatenate,
  jax,
  random,
  tanh,
  type Tensor,
  tensor,
} from "../../src/numpy/mod.ts";
import { Mask } from "../../src/utils/mod.ts";
import zoo from "../goldens/zoo_layers.json" with { type: "json" };
import { loadGolden, type Precision } from "../support/npz.ts";

const golden = await loadGolden(zoo);

function given(name: string, precision: Precision = "f64"): Tensor {
  const { shape } = golden.get(name, precision);
  golden.note(name);
  return tensor(Float32Array.from(golden.values(name, precision)))
    .reshape(shape);
}

function assertGolden(name: string, x: Tensor): void {
  assertEquals([...x.shape], golden.get(name, "f64").shape, name);
  golden.assertClose(name, x.dataSync());
}

type AnyLayer = BaseModule<never, unknown>;

/** A layer, and what it makes of the inputs of the golden. */
interface Entry {
  make(): AnyLayer;
  apply(layer: AnyLayer, ...inputs: Tensor[]): Tensor;
}

/** A layer of one tensor. */
function simple(make: () => BaseModule<[Tensor], Tensor>): Entry {
  return { make, apply: (layer, x) => (layer as never as Fn)(x) };
}

type Fn = (...args: unknown[]) => Tensor;
const call = (layer: AnyLayer): Fn => layer as never as Fn;

const LAYERS: Record<string, Entry> = {
  linear: simple(() => new pxnn.Linear(5, 3)),
  linear_nobias: simple(() => new pxnn.Linear(5, 3, { bias: false })),
  linear_1x1: simple(() => new pxnn.Linear(1, 1)),
  linear_big: simple(() => new pxnn.Linear(67, 33)),
  conv2d_reflect: simple(() =>
    new pxnn.Conv2d(2, 3, 3, { padding: 1, paddingMode: "reflect" })
  ),
  conv2d_replicate: simple(() =>
    new pxnn.Conv2d(2, 3, 3, { padding: 1, paddingMode: "replicate" })
  ),
  conv2d_circular: simple(() =>
    new pxnn.Conv2d(2, 3, 3, { padding: 1, paddingMode: "circular" })
  ),
  pool_add: simple(() => new pxnn.Pool("sum", 2, 2, { stride: 2 })),
  layernorm: simple(() => new pxnn.LayerNorm([6])),
  layernorm_eps: simple(() => new pxnn.LayerNorm(4, { eps: 1e-2 })),
  layernorm_chw: simple(() => new pxnn.LayerNorm([2, 3, 4])),
  layernorm_noaffine: simple(() => new pxnn.LayerNorm(6, { useWeight: false })),
  groupnorm: simple(() => new pxnn.GroupNorm(2, 4)),
  rmsnorm: simple(() => new pxnn.RMSNorm([6])),
  dropout_inference: simple(() => {
    const layer = new pxnn.Dropout(0.5);
    layer.eval();
    return layer;
  }),
  gru_cell: {
    make: () => new pxnn.GRUCell(3, 4),
    apply: (layer, x, hidden) => call(layer)(x, hidden),
  },
  lstm_cell: {
    make: () => new pxnn.LSTMCell(3, 4),
    apply: (layer, x, h, c) =>
      concatenate(call(layer)(x, [h, c]) as unknown as Tensor[]),
  },
  mha: {
    make: () => new pxnn.MultiheadAttention(2, 6),
    apply: (layer, x) => call(layer)(x, x, x),
  },
};

/** Params of one kind in a tree, by path. */
function paramsIn(tree: unknown): [string, LayerParam][] {
  return paramsOf(tree).flatMap(({ path, param }) =>
    param instanceof LayerParam ? [[path, param] as [string, LayerParam]] : []
  );
}

function setParams(layer: unknown, name: string): string[] {
  return paramsIn(layer).map(([path, param]) => {
    const value = given(`${name}/param/${path}`);
    assertEquals([...param.shape], [...value.shape], `${name}${path}`);
    param.set(value);
    return path;
  });
}

const mask = new Mask(LayerParam, [false, true]);

describe("layers equal equinox's", () => {
  for (const [name, { make, apply }] of Object.entries(LAYERS)) {
    it(name, () => {
      const layer = make();
      const paths = setParams(layer, name);
      const R = given(`${name}/R`);
      const suffixes = ["", "1", "2"]
        .filter((i) => golden.has(`${name}/x${i}`, "f64"));
      const inputs = suffixes.map((i) => given(`${name}/x${i}`));
      assertGolden(`${name}/y`, apply(layer, ...inputs));
      const [, pullback] = jax.vjp(
        (...xs: Tensor[]) => apply(layer, ...xs),
        ...inputs,
      );
      const cotangents = pullback(R) as Tensor[];
      suffixes.forEach((i, k) => {
        assertGolden(`${name}/grad_x${i}`, cotangents[k]);
      });
      if (paths.length === 0) return;
      const [, gradients] = valueAndGrad(
        ({ layer }: { layer: AnyLayer }) =>
          apply(layer, ...inputs).mul(R).sum(),
        { mask },
      )({ layer });
      const found = new Map(paramsIn(gradients.layer));
      for (const path of paths) {
        assertGolden(`${name}/grad/${path}`, found.get(path)!.get());
      }
    });
  }

  it("embedding", () => {
    const layer = new pxnn.Embedding(7, 4);
    setParams(layer, "embedding");
    const index = tensor([...golden.values("embedding/x")], "i32").reshape();
    golden.note("embedding/x");
    assertGolden("embedding/y", layer(index));
    const R = given("embedding/R");
    const [, gradients] = valueAndGrad(
      ({ layer }: { layer: pxnn.Embedding }) => layer(index).mul(R).sum(),
      { mask },
    )({ layer });
    const [[path, param]] = paramsIn(gradients.layer);
    assertGolden(`embedding/grad/${path}`, param.get());
  });

  for (const p of [0.5, 0.2]) {
    for (const part of [1, 0]) {
      const name = `dropout_p${p}_part${part}`;
      it(name, () => {
        const layer = new pxnn.Dropout(p);
        const partitionable = part === 1;
        const options = { key: random.PRNGKey(3), partitionable };
        const [x, R] = ["x", "R"].map((n) => given(`${name}/${n}`, "f32"));
        const values = (n: string) => {
          golden.note(`${name}/${n}`);
          return [...golden.values(`${name}/${n}`, "f32")];
        };
        const drop = (x: Tensor) => layer(x, options);
        const [y, pullback] = jax.vjp(drop, x);
        // The zeros are the same; a quotient may be an ulp apart.
        const close = (actual: Tensor, expected: number[]) =>
          actual.dataSync().forEach((v, i) => {
            const e = expected[i];
            assert(
              v === e || Math.abs(v - e) <= 2e-7 * Math.abs(e),
              `${v} ${e}`,
            );
          });
        close(y, values("y"));
        close(pullback(R)[0], values("grad_x"));
      });
    }
  }
});

/** What a batch norm is called through. */
function batched(layer: pxnn.BatchNorm): (x: Tensor) => Tensor {
  type Tracked = { layer: pxnn.BatchNorm };
  const mapped = vmap((x: Tensor, { layer }: Tracked) => layer(x), {
    mask: new Mask([LayerParam, LayerState], [null, null]),
    inAxes: [0],
    outAxes: 0,
    axisName: "batch",
  });
  return (x) => mapped(x, { layer });
}

describe("BatchNorm equals equinox's", () => {
  for (const mode of ["legacy", "ema", "batch"] as const) {
    it(`mode ${mode}`, () => {
      const name = `batchnorm_${mode}`;
      const make = () => {
        const layer = new pxnn.BatchNorm(3, {
          momentum: 0.1,
          // The values of equinox's two older modes are the same.
          mode: mode === "legacy" ? "ema" : mode,
        });
        layer.weight!.set(tensor([1.5, 0.5, 2], "f32"));
        layer.bias!.set(tensor([0.1, -0.2, 0.3], "f32"));
        return layer;
      };
      const [x, R] = ["x", "R"].map((n) => given(`${name}/${n}`));
      const layer = make();
      const apply = batched(layer);
      const state = (i: number) => {
        assertGolden(`${name}/state${i}_1`, layer.mean.get());
        assertGolden(`${name}/state${i}_2`, layer.variance.get());
        golden.note(`${name}/state${i}_0`);
        assertEquals(layer.count.get().dataSync()[0], i);
      };
      assertGolden(`${name}/y1`, apply(x));
      state(1);
      assertGolden(`${name}/y2`, apply(x.mul(2).add(1)));
      state(2);
      layer.eval();
      assertGolden(`${name}/y3_inference`, apply(x));
      state(2);
      const fresh = make();
      const [, [[gx]]] = valueAndGrad(
        (x: Tensor, { layer }: { layer: pxnn.BatchNorm }) =>
          batched(layer)(x).mul(R).sum(),
        { argnums: [0], mask: new Mask(LayerParam, [false, false]) },
      )(x, { layer: fresh });
      assertGolden(`${name}/grad_x1`, gx as Tensor);
    });
  }
});

describe("a batch of a convolution and a linear layer", () => {
  it("has the gradients of pcax", () => {
    class Two extends Module {
      conv = new pxnn.Conv2d(2, 3, 3, { padding: 1 });
      lin = new pxnn.Linear(27, 4);
    }
    const net = new Two();
    const named = { conv: net.conv, lin: net.lin };
    setParams(named, "batched");
    const [x, R] = ["x", "R"].map((n) => given(`batched/${n}`));
    type Tracked = { net: Two };
    const each = vmap(
      (x: Tensor, R: Tensor, { net }: Tracked) =>
        net.lin(tanh(net.conv(x)).flatten()).mul(R).sum(),
      { mask: new Mask(null, [null, null]), inAxes: [0, 0], outAxes: 0 },
    );
    const [value, [[gx], gradients]] = valueAndGrad(
      (x: Tensor, { net }: Tracked) => each(x, R, { net }).sum(),
      { argnums: [0], mask },
    )(x, { net });
    assertGolden("batched/value", value);
    assertGolden("batched/grad_x", gx as Tensor);
    const { conv, lin } = gradients.net as unknown as Two;
    for (const [path, param] of paramsIn({ conv, lin })) {
      assertGolden(`batched/grad/${path}`, param.get());
    }
  });
});

describe("the golden file of layers", () => {
  it("was checked whole", () => {
    assertEquals(golden.unchecked(), []);
  });
});
