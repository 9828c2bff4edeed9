/**
 * Where predictive coding settles is known in closed form for linear networks.
 * Numbers are those of a program in double.
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { describe } from "node:test";
import { jnp, px, pxc, pxf, pxnn, type Tensor, tensor } from "../../mod.ts";
import {
  formula,
  free,
  gradients,
  Mlp,
  settle,
  setWeights,
  start,
  weightGradients,
} from "../support/mlp.ts";
import { onReferenceToo } from "../support/on_devices.ts";

type Of = { model: Mlp };
type Result = [energy: Tensor, each: Tensor[], weights: Tensor[]];

const identity = (x: Tensor) => x;

/** Energies and weight gradients after `steps` of inference. */
const settled = (rate: number, steps: number) =>
  pxf.jit((x: Tensor, y: Tensor, { model }: Of): Result => {
    start(x, y, model);
    settle(x, model, rate, steps);
    const [sum, each] = gradients(free, x, model);
    return [sum, each, weightGradients(x, model)];
  });

/** A chain without biases, whose vodes may have precisions. */
function chain(dims: number[], precisions: number[] = []): Mlp {
  return new Mlp(
    dims,
    identity,
    1,
    precisions.map((precision) => ({
      energyFn: pxc.gaussianEnergy({ precision }),
    })),
  );
}

async function close(
  name: string,
  actual: Tensor,
  expected: readonly number[],
  tolerance = 1e-5,
): Promise<void> {
  const mine = await actual.data();
  assertEquals(mine.length, expected.length, name);
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((v, i) =>
    assert(
      Math.abs(mine[i] - v) <= tolerance * largest,
      `${name}[${i}] is ${mine[i]}, expected ${v}`,
    )
  );
}

describe("a linear chain settles", () => {
  onReferenceToo("at z = (w1 x + w2 y) / (1 + w2^2)", async () => {
    const model = chain([1, 1, 1]);
    setWeights(model, 0);
    model.layers[0].nn.weight.set(tensor([[0.8]], "f32"));
    model.layers[1].nn.weight.set(tensor([[1.5]], "f32"));
    const [x, y] = [2, -1].map((v) => tensor([[v]], "f32"));
    const [energy] = settled(0.2, 60)(x, y, { model });
    await close("F", energy, [1.778461538462]);
    await close("z", model.vodes[0].h.get(), [0.030769230769], 1e-4);
  });

  const x = formula([2, 3], 10), y = formula([2, 2], 11);

  onReferenceToo("at S^-1 of the error of its pass forward", async () => {
    const model = chain([3, 4, 5, 2]);
    setWeights(model, 0.5);
    const output = pxf.jit((x: Tensor, { model }: Of) => {
      const output = start(x, y, model);
      return [output, gradients(free, x, model)[1]] as const;
    });
    const [yhat, first] = output(x, { model });
    await close("yhat", yhat.at(0), [-0.007892212704, 0.007100803552], 1e-4);
    // After a pass forward only the last vode has an energy: the loss.
    await close("E", jnp.stack(first), [0, 0, 0.952897341474]);
    const [energy, each, weights] = settled(0.4, 300)(x, y, { model });
    await close("F", energy, [0.837692019144]);
    await close("each", jnp.stack(each), [
      0.003325442328,
      0.072301158873,
      0.762065417943,
    ]);
    await close("z1", model.vodes[0].h.at(0), [
      -0.453325290952,
      0.06506482608,
      0.407709220218,
      -0.422781384469,
    ]);
    await close("z2", model.vodes[1].h.at(0), [
      -0.17697307569,
      0.045464453623,
      0.041292655672,
      0.17140409873,
      0.123731357552,
    ]);
    // The envelope: gradients at the equilibrium are those of F itself.
    await close("gW1", weights[0].at(0), [
      -0.007576358463,
      0.003735173474,
      0.013208269868,
    ], 1e-4);
    // And so are errors: eps_l = W^T eps_{l+1}.
    const errors = pxf.jit((x: Tensor, { model }: Of) => {
      const [z1, z2] = model.vodes.map(({ h }) => h.get());
      const [w1, w2, w3] = model.layers.map(({ nn }) => nn.weight.get());
      const e1 = z1.sub(x.matmul(w1.T)), e2 = z2.sub(z1.matmul(w2.T));
      const e3 = y.sub(z2.matmul(w3.T));
      return [e1.sub(e2.matmul(w2)), e2.sub(e3.matmul(w3))].map((d) =>
        jnp.abs(d).max()
      );
    });
    for (const d of errors(x, { model })) assert((await d.data())[0] < 1e-5);
  });

  onReferenceToo("below a rate of 2 / 3.885, and not above", async () => {
    const model = chain([3, 4, 5, 2]);
    setWeights(model, 0.5);
    const [energy] = settled(0.5096, 400)(x, y, { model });
    await close("F", energy, [0.837692], 1e-4);
    const [diverged] = settled(0.55, 400)(x, y, { model });
    assert(!((await diverged.data())[0] < 1e6));
  });

  onReferenceToo("weighing layers by their precisions", async () => {
    const model = chain([3, 4, 5, 2], [0.7, 2, 5]);
    setWeights(model, 0.5);
    const [energy] = settled(0.12, 600)(x, y, { model });
    await close("F", energy, [3.704463969221]);
  });

  onReferenceToo(
    "with the loss over L where all products are rotations",
    async () => {
      const L = 7;
      const model = chain(Array(L + 1).fill(2));
      setWeights(model, 0);
      model.layers.forEach(({ nn }, i) => {
        const [c, s] = [Math.cos(0.3 * (i + 1)), Math.sin(0.3 * (i + 1))];
        nn.weight.set(tensor([[c, -s], [s, c]], "f32"));
      });
      const [x, y] = [[1, 2], [-0.5, 0.25]].map((v) => tensor([v], "f32"));
      const [energy, each] = settled(0.45, 400)(x, y, { model });
      await close("F", energy, [1.58800136489 / L]);
      await close("each", jnp.stack(each), Array(L).fill(0.03240819112), 1e-4);
    },
  );
});

/** Activation first, and a skip over each hidden layer, as in muPC. */
class Residual extends Mlp {
  override call(x: Tensor, y: Tensor | null): Tensor {
    const scales = [1 / Math.sqrt(5), 1 / 4, 1 / 4, 1 / 4];
    const last = this.vodes.at(-1)!;
    this.layers.forEach((layer, i) => {
      const u = layer(x).mul(scales[i]);
      const skips = i > 0 && i < this.layers.length - 1;
      x = this.vodes[i](skips ? u.add(x) : u);
    });
    if (y !== null) last.set("h", y);
    return last.get("u");
  }
}

describe("a linear network with skips", () => {
  onReferenceToo("settles at the energy that theory gives", async () => {
    const model = new Residual([5, 4, 4, 4, 3], identity);
    setWeights(model, 1);
    [[4, 5], [4, 4], [4, 4], [3, 4]].forEach((shape, i) =>
      model.layers[i].nn.weight.set(formula(shape, 60 + i))
    );
    const [x, y] = [formula([2, 5], 64), formula([2, 3], 65)];
    const look = pxf.jit((x: Tensor, { model }: Of) => {
      const yhat = start(x, y, model);
      return [yhat.at(0), gradients(free, x, model)[0]] as const;
    });
    const [yhat, loss] = look(x, { model });
    await close("yhat", yhat, [
      0.080806433195,
      -0.099072452716,
      0.109929015153,
    ]);
    await close("loss", loss, [1.77428592848]);
    const [energy] = settled(0.3, 600)(x, y, { model });
    await close("F", energy, [1.690988046129]);
  });
});

describe("inference of a network", () => {
  const x = formula([4, 3], 20), y = formula([4, 2], 21, 0.8);
  const network = (options: pxc.VodeOptions[] = []) => {
    const model = new Mlp([3, 6, 5, 4, 2], jnp.tanh, 1, options);
    setWeights(model, 0.6);
    return model;
  };

  onReferenceToo(
    "spreads by one layer a step; what it has not reached is as it was, to the bit",
    async () => {
      const model = network();
      const run = pxf.jit((x: Tensor, { model }: Of) => {
        start(x, y, model);
        const before = model.vodes.map(({ h }) => h.get());
        const moved: Tensor[] = [];
        const learning: Tensor[] = [];
        for (let t = 0; t < 3; t++) {
          settle(x, model, 0.1, 1);
          moved.push(
            jnp.stack(
              model.vodes.map(({ h }, i) =>
                h.notEqual(before[i]).any().astype("f32")
              ),
            ),
          );
          learning.push(
            jnp.stack(
              weightGradients(x, model).filter((_, i) => i % 2 === 0)
                .map((g) => g.notEqual(0).any().astype("f32")),
            ),
          );
        }
        return [jnp.stack(moved), jnp.stack(learning)];
      });
      const [moved, learning] = run(x, { model });
      // The last vode is clamped.
      assertEquals([...await moved.data()], [
        ...[0, 0, 1, 0],
        ...[0, 1, 1, 0],
        ...[1, 1, 1, 0],
      ]);
      assertEquals([...await learning.data()], [
        ...[0, 0, 1, 1],
        ...[0, 1, 1, 1],
        ...[1, 1, 1, 1],
      ]);
    },
  );

  onReferenceToo(
    "becomes backpropagation as the last precision vanishes",
    async () => {
      const exact = network();
      const bp = pxf.jit((x: Tensor, { model }: Of) => {
        start(x, y, model);
        model.vodes.slice(0, -1).forEach((vode) => vode.status = "init");
        return weightGradients(x, model);
      });
      const wanted = await Promise.all(
        bp(x, { model: exact }).map((g) => g.data()),
      );
      const errors: number[] = [];
      for (const precision of [0.1, 0.01]) {
        const energyFn = pxc.gaussianEnergy({ precision });
        const model = network([{}, {}, {}, { energyFn }]);
        const [, , g] = settled(0.3, 300)(x, y, { model });
        const mine = await Promise.all(
          g.map((tensor) => tensor.div(precision).data()),
        );
        let off = 0, all = 0;
        mine.forEach((data, k) =>
          data.forEach((v, i) => {
            off += (v - wanted[k][i]) ** 2;
            all += wanted[k][i] ** 2;
          })
        );
        errors.push(Math.sqrt(off / all));
      }
      // The error is of the order of the precision.
      assert(errors[0] < 0.3 && errors[1] < 0.03, `${errors}`);
      assert(errors[0] / errors[1] > 7 && errors[0] / errors[1] < 13);
    },
  );

  onReferenceToo("does not depend on what else is in the batch", async () => {
    const states = async (rows: number) => {
      const model = network();
      const take = (t: Tensor) => t.slice([0, rows]);
      settled(0.1, 5)(take(x), take(y), { model });
      return await model.vodes[1].h.at(0).data();
    };
    const [alone, together] = [await states(1), await states(4)];
    alone.forEach((v, i) => assert(Math.abs(v - together[i]) < 1e-6));
  });

  onReferenceToo(
    "leaves weights and what is clamped as they were",
    async () => {
      const model = network();
      const begin = pxf.jit((x: Tensor, { model }: Of) => {
        start(x, y, model);
      });
      const go = pxf.jit((x: Tensor, { model }: Of) => {
        settle(x, model, 0.1, 5);
      });
      begin(x, { model });
      const still = [
        ...px.treeExtract<px.Param>(model, { filter: pxnn.LayerParam }),
        model.vodes[3].h,
      ];
      const read = () => Promise.all(still.map((p) => p.data()));
      const before = await read();
      const hidden = await model.vodes[2].h.data();
      go(x, { model });
      assertEquals(await read(), before);
      assertNotEquals(await model.vodes[2].h.data(), hidden);
    },
  );
});
