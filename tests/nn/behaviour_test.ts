/** What layers do beside their formulas: modes, randomness, structure, errors. */
import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import {
  type Module,
  paramsOf,
  RandomKeyGenerator,
  RKG,
} from "../../src/core/mod.ts";
import { jit, vmap } from "../../src/functional/mod.ts";
import * as pxnn from "../../src/nn/mod.ts";
import {
  arange,
  nn,
  ones,
  random,
  type Tensor,
  tensor,
  zeros,
} from "../../src/numpy/mod.ts";

const paths = (layer: unknown) =>
  paramsOf(layer).flatMap(({ path, param }) =>
    param instanceof pxnn.LayerParam ? [path] : []
  );

describe("norms", () => {
  it("have no weights where none are asked for", () => {
    const plain = new pxnn.LayerNorm(4, { elementwiseAffine: false });
    assertEquals(paths(plain), []);
    const y = plain(arange(4)).dataSync();
    const root = Math.sqrt(1.25 + 1e-5);
    [-1.5, -0.5, 0.5, 1.5].forEach((v, i) => {
      assert(Math.abs(y[i] - v / root) < 1e-6);
    });
    assertEquals(paths(new pxnn.RMSNorm(4, { useBias: false })), [
      ".nn.weight",
    ]);
    assertEquals(
      paths(new pxnn.GroupNorm(2, 4, { channelwiseAffine: false })),
      [],
    );
  });
});

describe("Dropout", () => {
  it("gives each sample zeros of its own, from RKG", () => {
    const layer = new pxnn.Dropout(0.5);
    const apply = vmap((x: Tensor) => layer(x), { inAxes: [0], outAxes: 0 });
    RKG.seed(3);
    const [a, b] = [apply(ones([2, 64])), apply(ones([2, 64]))];
    RKG.seed(3);
    assertEquals(apply(ones([2, 64])).toArray(), a.toArray());
    const rows = [a.slice(0), a.slice(1), b.slice(0)]
      .map((row) => [...row.dataSync()].join());
    assertEquals(new Set(rows).size, 3);
    for (const row of rows) {
      assertEquals(new Set(row.split(",")), new Set(["0", "2"]));
    }
  });
  it("draws in a jitted function, anew at each call", () => {
    const model = new pxnn.Sequential([new pxnn.Dropout(0.5)]);
    const run = jit((x: Tensor, { model }: { model: pxnn.Sequential }) =>
      model(x)
    );
    const [a, b] = [0, 1].map(() => run(ones([64]), { model }).toArray());
    assert(JSON.stringify(a) !== JSON.stringify(b));
    assertEquals(run.traces, 1);
    model.eval();
    assertEquals(run(ones([3]), { model }).toArray(), [1, 1, 1]);
  });
});

describe("BatchNorm", () => {
  it("evaluates before any batch", () => {
    const norm = new pxnn.BatchNorm(2, { eps: 0 });
    norm.eval();
    assertEquals(norm(tensor([3, 4], "f32")).toArray(), [3, 4]);
  });
  it("has its state among those that are not learned", () => {
    assertEquals(paths(new pxnn.BatchNorm(2)), [".weight", ".bias"]);
  });
});

describe("Sequential, Lambda, Identity, MLP, PReLU", () => {
  it("apply what they are made of", () => {
    const double = (x: Tensor) => x.mul(2);
    const model = new pxnn.Sequential([
      double,
      new pxnn.Identity(),
      new pxnn.PReLU(0.5),
    ]);
    assertEquals(model([1, -3]).toArray(), [2, -3]);
    assertEquals(paths(model), [".layers[2].nn.negative_slope"]);
  });
  it("switch modes below them", () => {
    const model = new pxnn.Sequential([new pxnn.Dropout(0.5)]);
    model.eval();
    assert((model.layers[0] as unknown as Module).isEval);
  });
  it("draw one key for all layers", () => {
    const rkg = new RandomKeyGenerator(5);
    const mlp = new pxnn.MLP(2, "scalar", 8, 1, {
      rkg,
      activation: nn.tanh,
      useFinalBias: false,
    });
    assertEquals(paths(mlp), [
      ".nn.layers[0].weight",
      ".nn.layers[0].bias",
      ".nn.layers[1].weight",
    ]);
    assertEquals(mlp(ones([2])).shape, []);
    const other = new RandomKeyGenerator(5);
    const keys = random.split(other(), 2);
    assertEquals(rkg.key.get().toArray(), other.key.get().toArray());
    const { nn: first } = new pxnn.Linear(2, 8, { key: keys.at(0) });
    assertEquals(
      mlp.nn.layers[0].weight.get().toArray(),
      first.weight.get().toArray(),
    );
  });
});

describe("attention", () => {
  it("sees what the mask allows", () => {
    const layer = new pxnn.MultiheadAttention(2, 4);
    const x = random.normal(random.key(1), [3, 4]);
    const past = tensor([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
    const whole = layer(x, x, x, { mask: past });
    const head = x.slice([0, 2]);
    const short = layer(head, head, head, {
      mask: past.slice([0, 2], [0, 2]),
    });
    const gap = whole.slice([0, 2]).sub(short).abs().max().dataSync()[0];
    assert(gap < 1e-6, `${gap}`);
  });
});

describe("pooling with useCeil", () => {
  it("adds no window where none sticks out", () => {
    const pool = new pxnn.MaxPool2d(2, { stride: 2, useCeil: true });
    assertEquals(pool(ones([1, 4, 4])).shape, [1, 2, 2]);
    assertEquals(pool(ones([1, 5, 4])).shape, [1, 3, 2]);
  });
});

describe("options that are not given", () => {
  it("are as if they were left out", () => {
    const norm = new pxnn.BatchNorm(2, { eps: undefined });
    assertEquals(norm.options.get().eps, 1e-5);
  });
});

describe("layers refuse", () => {
  const cases: [string, () => unknown][] = [
    [
      "Cannot make a LayerNorm: shape [0] was given, expected the shape of one " +
      "sample: such as [8], or [3, 16, 16]",
      () => new pxnn.LayerNorm([0]),
    ],
    [
      "Cannot normalise f32[8,4]: expected f32[4], one sample: batch with " +
      "pxf.vmap",
      () => new pxnn.LayerNorm(4)(ones([8, 4])),
    ],
    [
      "Cannot normalise f32[3]: expected f32[4], one sample: reshape it, or " +
      "make the layer fit",
      () => new pxnn.RMSNorm(4)(ones([3])),
    ],
    [
      "Cannot make a GroupNorm: 3 groups of 4 channels were given, expected a " +
      "number of channels that is a multiple",
      () => new pxnn.GroupNorm(3, 4),
    ],
    [
      "Cannot normalise f32[3,2]: expected 4 channels on its first axis",
      () => new pxnn.GroupNorm(2, 4)(ones([3, 2])),
    ],
    [
      "Cannot make a BatchNorm: 0 channels were given, expected a positive " +
      "number of them",
      () => new pxnn.BatchNorm(0),
    ],
    [
      "Cannot normalise f32[8]: expected 3 channels on its first axis, one " +
      'sample: batch with pxf.vmap(fn, { axisName: "batch" })',
      () => new pxnn.BatchNorm(3)(ones([8])),
    ],
    [
      "Cannot make a Dropout: p is 1, expected a probability from 0 and below 1",
      () => new pxnn.Dropout(1),
    ],
    [
      "Cannot make an Embedding: numEmbeddings is 0, expected a whole number " +
      "from 1",
      () => new pxnn.Embedding(0, 4),
    ],
    [
      "Cannot embed f32[2]: expected integers, from 0 to 6: convert with " +
      '.astype("i32")',
      () => new pxnn.Embedding(7, 4)(tensor([0.5, 1])),
    ],
    [
      "Cannot make a GRUCell: hiddenSize is 0, expected a whole number from 1",
      () => new pxnn.GRUCell(3, 0),
    ],
    [
      "Cannot apply GRUCell: the hidden state is f32[3], expected f32[4], of " +
      "one sample: make the layer fit",
      () => new pxnn.GRUCell(3, 4)(ones([3]), ones([3])),
    ],
    [
      "Cannot apply LSTMCell: the input is f32[2,3], expected f32[3], of one " +
      "sample: batch with pxf.vmap",
      () => new pxnn.LSTMCell(3, 4)(ones([2, 3]), [zeros([4]), zeros([4])]),
    ],
    [
      "Cannot make a MultiheadAttention: numHeads is 0, expected a whole number " +
      "from 1",
      () => new pxnn.MultiheadAttention(0, 6),
    ],
    [
      "Cannot attend: the key is f32[5,4], expected f32[positions,6], of one " +
      "sample: make the layer fit",
      () =>
        new pxnn.MultiheadAttention(2, 6)(
          ones([5, 6]),
          ones([5, 4]),
          ones([
            5,
            6,
          ]),
        ),
    ],
    [
      "Cannot attend: 5 keys and 4 values were given, expected a value for " +
      "each key",
      () =>
        new pxnn.MultiheadAttention(2, 6)(
          ones([5, 6]),
          ones([5, 6]),
          ones([
            4,
            6,
          ]),
        ),
    ],
    [
      "Cannot attend: the mask is f32[5,5], expected bool[5,5], or one for " +
      "each head",
      () => {
        const x = ones([5, 6]);
        new pxnn.MultiheadAttention(2, 6)(x, x, x, { mask: ones([5, 5]) });
      },
    ],
    [
      "Cannot make a Sequential: element 1 is 3, expected a layer or a " +
      "function of one tensor",
      () => new pxnn.Sequential([new pxnn.Identity(), 3 as never]),
    ],
    [
      "Cannot make an MLP: width is 0, expected a whole number from 1",
      () => new pxnn.MLP(2, 3, 0, 1),
    ],
    [
      'Cannot make a Conv: padding "SAME" in the mode "reflect" was given, ' +
      "expected numbers, and one of zeros, reflect, replicate, circular",
      () =>
        new pxnn.Conv2d(2, 3, 3, { padding: "SAME", paddingMode: "reflect" }),
    ],
    [
      "Cannot make a Linear: rkg is 3, expected a generator of keys: px.RKG, or " +
      "new px.RandomKeyGenerator(seed)",
      () => new pxnn.Linear(2, 3, { rkg: 3 as never }),
    ],
    [
      "Cannot make a Linear: features is 2.5, expected a whole number from 1",
      () => new pxnn.Linear(2.5, 3),
    ],
    [
      'Cannot make a Linear: there is no option "useBias", expected an object ' +
      "with some of bias, rkg, key",
      () => new pxnn.Linear(2, 3, { useBias: false } as never),
    ],
    [
      'Cannot make a Conv: padding "same" was given, expected numbers or one of ' +
      "SAME, SAME_LOWER, VALID",
      () => new pxnn.Conv2d(2, 3, 3, { padding: "same" as "SAME" }),
    ],
    [
      "Cannot make a Conv(2, 0, 3): inChannels is 0, expected a whole number " +
      "from 1",
      () => new pxnn.Conv2d(0, 3, 3),
    ],
    [
      "Cannot make a layer: kernelSize undefined was given, expected an integer " +
      "from 1, or 2, one per spatial axis",
      () => new pxnn.MaxPool2d(undefined as never),
    ],
    [
      "Cannot make a layer: dilation 0 was given, expected an integer from 1",
      () => new pxnn.Conv2d(2, 3, 3, { dilation: 0 }),
    ],
    [
      "Cannot make a layer: padding [[1,1,1],[1,1,1]] was given, expected an " +
      "integer or 2 integers or pairs",
      () =>
        new pxnn.Conv2d(2, 3, 3, {
          padding: [[1, 1, 1], [1, 1, 1]] as never,
        }),
    ],
    [
      "Cannot make a layer: outputPadding -1 was given, expected an integer from 0",
      () => new pxnn.ConvTranspose(2, 1, 1, 3, { outputPadding: -1 }),
    ],
    [
      "Cannot apply MaxPool to f32[2,3,3]: the window [4,4] is larger, expected " +
      "a larger sample, or a smaller window",
      () => new pxnn.MaxPool2d(4)(ones([2, 3, 3])),
    ],
    [
      'Cannot make an adaptive pool: the kind "median" was given, expected max ' +
      "or avg",
      () => new pxnn.AdaptivePool("median" as "max", 2, 2),
    ],
    [
      'Cannot make a BatchNorm: the mode is "x", expected "batch" or "ema"',
      () => new pxnn.BatchNorm(3, { mode: "x" as "ema" }),
    ],
    [
      "Cannot make a BatchNorm: momentum is 2, expected a number from 0 to 1",
      () => new pxnn.BatchNorm(3, { momentum: 2 }),
    ],
    [
      'Cannot make a LayerNorm: eps is "x", expected a number from 0',
      () => new pxnn.LayerNorm(3, { eps: "x" as never }),
    ],
    [
      "Cannot make a MultiheadAttention: qkSize is 0, expected a whole number " +
      "from 1",
      () => new pxnn.MultiheadAttention(4, 3),
    ],
    [
      "Cannot apply LSTMCell: the state is undefined, expected [hidden, cell]",
      () =>
        (new pxnn.LSTMCell(3, 4) as unknown as (x: Tensor) => void)(
          ones([3]),
        ),
    ],
    [
      "Cannot make a Sequential: undefined was given, expected a list of layers " +
      "and functions",
      () => new pxnn.Sequential(undefined as never),
    ],
    [
      "Cannot make a Lambda: fn is 3, expected a function of one tensor",
      () => new pxnn.Lambda(3 as never),
    ],
    [
      'Cannot make a pooling layer: the kind "median" was given, expected one ' +
      "of max, min, avg, sum",
      () => new pxnn.Pool("median" as "max", 2, 2),
    ],
  ];
  for (const [text, run] of cases) {
    it(text.slice(0, 70), () => {
      assertThrows(run, ShapeError, text);
    });
  }
});
