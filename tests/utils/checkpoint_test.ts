/** A run that goes on from a file is the run that never stopped. */
import { describe, it } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import {
  jax,
  jnp,
  optax,
  px,
  pxc,
  pxf,
  pxnn,
  pxu,
  Tensor,
  tensor,
} from "../../mod.ts";
import { DeviceError, TreeError } from "../../src/base/errors.ts";
import { decodeNpz, encodeNpz } from "../../src/base/npz.ts";
import { onDefault } from "../support/on_devices.ts";
import { withFiles } from "../support/with_files.ts";

class Net extends pxc.EnergyModule<[Tensor, Tensor | null], Tensor> {
  layers: pxnn.Linear[];
  vodes: pxc.Vode[] = [new pxc.Vode([4]), new pxc.Vode([1])];
  seen: px.Param = new px.Param(tensor(0, "i32"));
  notes: px.ParamDict = new px.ParamDict();
  flag: px.Param = new px.Param(tensor(false));
  unset: px.Param<unknown> = new px.Param<unknown>();

  constructor(rkg: px.RandomKeyGenerator, hidden = 4) {
    super();
    this.layers = [
      new pxnn.Linear(2, hidden, { rkg }),
      new pxnn.Linear(hidden, 1, { rkg }),
    ];
    this.vodes[1].h.frozen = true;
  }

  override call(x: Tensor, y: Tensor | null): Tensor {
    const [state, output] = this.vodes;
    output(this.layers[1](state(this.layers[0](x).tanh())));
    if (y !== null) output.set("h", y);
    return output.get("u");
  }
}

const mask = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);
const clearParams = pxc.VodeParam.Cache;
const ofWeights = new pxu.Mask(pxnn.LayerParam, [false, true]);
const ofStates = new pxu.Mask(
  pxu.m(pxc.VodeParam).hasNot({ frozen: true }),
  [false, true],
);

type Of = { net: Net };

const forward = pxf.vmap(
  (x: Tensor, y: Tensor | null, { net }: Of): Tensor => net(x, y),
  { mask, inAxes: [0, 0] },
);
const energy = pxf.vmap((x: Tensor, { net }: Of): Tensor => {
  net(x, null);
  return net.energy();
}, { mask });
const total = (x: Tensor, { net }: Of): Tensor => energy(x, { net }).sum();
const weightGradients = pxf.valueAndGrad(total, { mask: ofWeights });
const stateGradients = pxf.valueAndGrad(total, { mask: ofStates });

interface Run {
  net: Net;
  optimW: pxu.Optim;
  optimH: pxu.Optim;
  rkg: px.RandomKeyGenerator;
}

/** Adam with a schedule for weights; momentum for states, made by each step. */
function newRun(seed: number, hidden = 4): Run & { step: number } {
  const rkg = new px.RandomKeyGenerator(seed);
  const net = new Net(rkg, hidden);
  return {
    net,
    optimW: new pxu.Optim(
      optax.adamw(optax.cosineDecaySchedule(0.05, 15)),
      new pxu.Mask(pxnn.LayerParam).apply(net),
    ),
    optimH: new pxu.Optim(optax.sgd(0.1, { momentum: 0.9 })),
    rkg,
    step: 0,
  };
}

const startInference = pxf.jit((x: Tensor, y: Tensor, { net }: Of): void => {
  pxu.step(net, pxc.STATUS.INIT, { clearParams }, () => {
    forward(x, y, { net });
  });
});

const train = pxf.jit(
  (x: Tensor, { net, optimW, optimH, rkg }: Run): Tensor => {
    const noise = jax.random.normal(rkg(), x.shape).mul(0.1);
    for (let t = 0; t < 2; t++) {
      pxu.step(net, pxc.STATUS.NONE, { clearParams }, () => {
        const [, gradients] = stateGradients(x.add(noise), { net });
        optimH.step(net, gradients.net);
      });
    }
    return pxu.step(net, pxc.STATUS.NONE, { clearParams }, () => {
      const [loss, gradients] = weightGradients(x, { net });
      optimW.step(net, gradients.net);
      net.seen.set((net.seen.get() as Tensor).add(1));
      return loss;
    });
  },
);

const x = jnp.linspace(-1, 1, 6).reshape(3, 2);
const y = jnp.ones([3, 1]);

/** Trains; each fourth step starts the inference and its optimizer anew. */
function steps(run: Run & { step: number }, count: number): void {
  const { net, optimW, optimH, rkg } = run;
  for (let i = 0; i < count; i++, run.step++) {
    if (run.step % 4 === 0) {
      startInference(x, y, { net });
      optimH.init(new pxu.Mask(pxu.m(pxc.VodeParam).hasNot({ frozen: true }))
        .apply(net));
    }
    train(x, { net, optimW, optimH, rkg });
    net.notes.setItem("last", tensor(run.step, "i32")).setItem("name", "a");
  }
}

/** Everything that a run holds, as text with all bits. */
async function bitsOf(run: unknown): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const visit = async (value: unknown, path: string): Promise<void> => {
    if (value instanceof Tensor) {
      const data = await value.data();
      found.set(path, `${value.dtype}[${value.shape}] ${[...data]}`);
    } else if (value !== null && typeof value === "object") {
      for (const [k, v] of Object.entries(value).sort()) {
        await visit(v, `${path}/${k}`);
      }
    } else found.set(path, String(value));
  };
  for (const { path, param } of px.paramsOf(run)) {
    if (!(param instanceof px.StaticParam)) await visit(param.get(), path);
  }
  return found;
}

describe("checkpoints", () => {
  onDefault("let a run go on bit by bit", async () => {
    const whole = newRun(3);
    steps(whole, 10);
    const bytes = await pxu.encodeCheckpoint(whole);
    const atTen = await bitsOf(whole);
    steps(whole, 10);

    const other = newRun(99);
    const resumed = await pxu.decodeCheckpoint(other, bytes);
    assertEquals(resumed === other, true);
    assertEquals(resumed.step, 10);
    assertEquals(await bitsOf(resumed), atTen);
    steps(resumed, 10);
    assertEquals(await bitsOf(resumed), await bitsOf(whole));
    assertEquals(resumed.net.notes.get("name"), "a");
    assertEquals(await (resumed.net.seen.get() as Tensor).item(), 20);
  });

  it("keep numbers that JSON lacks, texts, lists and null", async () => {
    const value = {
      "10": [1, -0, NaN, -Infinity, 1e300, "text", true, null],
      "9": { inner: tensor([NaN, -0, 1]), flag: tensor([true]) },
      empty: [],
    };
    const saved = { p: new px.Param<unknown>(value), lr: 0.1, done: false };
    const bytes = await pxu.encodeCheckpoint(saved);
    for (const start of [null, structureOf(value)]) {
      const tree = { p: new px.Param<unknown>(start), lr: 1, done: true };
      const loaded = await pxu.decodeCheckpoint(tree, bytes);
      assertEquals([loaded.lr, loaded.done], [0.1, false]);
      const [mine, theirs] = [loaded.p.get(), value] as [typeof value, unknown];
      assertEquals(mine["10"], (theirs as typeof value)["10"]);
      assertEquals(mine.empty, []);
      assertEquals(
        [...await mine["9"].inner.data()],
        [...await value["9"].inner.data()],
      );
      assertEquals(mine["9"].flag.dtype, "bool");
    }
  });

  it("keep a shared param once", async () => {
    const param = new px.Param(jnp.ones([2]));
    const bytes = await pxu.encodeCheckpoint({ a: param, b: param });
    assertEquals((await decodeNpz(bytes, "f")).names, [
      "['a']",
      "checkpoint.json",
    ]);
    const other = new px.Param(jnp.zeros([2]));
    await pxu.decodeCheckpoint({ a: other, b: other }, bytes);
    assertEquals([...await other.get()!.data()], [1, 1]);
  });

  /** The message of a refusal, which leaves the tree as it was. */
  async function refusal(tree: unknown, bytes: Uint8Array): Promise<string> {
    const before = await bitsOf(tree);
    const error = await assertRejects(
      () => pxu.decodeCheckpoint(tree, bytes),
      TreeError,
    );
    assertEquals(await bitsOf(tree), before);
    return error.message;
  }

  it("of another model list all that differs, and change nothing", async () => {
    const param = (size: number) => new px.Param(jnp.ones([size]));
    const bytes = await pxu.encodeCheckpoint({ a: param(2), b: param(3) });
    const tree = { a: param(4), c: param(1), step: 7 };
    assertEquals(
      await refusal(tree, bytes),
      "Cannot load a checkpoint from the bytes given: in the file ['a'] is " +
        "f4[2] and f32[4] in the tree; the file has no ['c']; the file has " +
        "no ['step']; the tree has no ['b'], expected a tree made like the " +
        "saved one: build it with the same sizes, names and optimizers",
    );
    assertEquals(tree.step, 7);
    const kinds = { a: new px.Param<unknown>(1), b: param(3) };
    const message = await refusal(kinds, bytes);
    assertEquals(message.includes("in the file ['a'] is a tensor"), true);
  });

  it("of another optimizer are refused", async () => {
    const run = newRun(1);
    const bytes = await pxu.encodeCheckpoint(run);
    const other = newRun(1);
    other.optimW = new pxu.Optim(
      optax.sgd(0.1),
      new pxu.Mask(pxnn.LayerParam).apply(other.net),
    );
    const message = await refusal(other, bytes);
    assertEquals(message.includes("in the file ['optimW'].state is"), true);
    const fewer = newRun(1);
    fewer.optimW.init(new pxu.Mask(pxnn.LayerParam).apply(fewer.net.layers[0]));
    assertEquals(
      (await refusal(fewer, bytes))
        .includes("the optimizer ['optimW'] has other targets"),
      true,
    );
  });

  it("that are damaged or foreign are refused", async () => {
    const tree = { net: new Net(new px.RandomKeyGenerator(0)), step: 1 };
    const bytes = await pxu.encodeCheckpoint(tree);
    for (let end = 0; end < bytes.length; end += 97) {
      await refusal(tree, bytes.subarray(0, end));
    }
    assertEquals(
      await refusal(tree, await pxu.encodeParams(tree.net)),
      "Cannot load a checkpoint from the bytes given: it has no " +
        "checkpoint.json, expected a file of saveCheckpoint: load a file of " +
        "saveParams with loadParams",
    );
    for (
      const [text, version] of [['{"version":9}', "9"], ["{", "undefined"]]
    ) {
      const other = await encodeNpz(new Map(), [
        ["checkpoint.json", new TextEncoder().encode(text)],
      ]);
      assertEquals(
        await refusal(tree, other),
        "Cannot load a checkpoint from the bytes given: its checkpoint.json " +
          `has the version ${version}, expected 1: use the release that ` +
          "saved it",
      );
    }
  });

  it("travel through files, an old one staying when writing fails", async () => {
    const files = new Map<string, Uint8Array>();
    const tree = (step: number) => ({ p: new px.Param(jnp.ones([1])), step });
    await withFiles(files, async () => {
      await pxu.saveCheckpoint("a/run", tree(5));
      assertEquals([...files.keys()], ["a/run.npz"]);
      assertEquals((await pxu.loadCheckpoint("a/run", tree(0))).step, 5);
      const error = await assertRejects(
        () => pxu.loadCheckpoint("b", tree(0)),
        TreeError,
      );
      assertEquals(
        error.message,
        "Cannot load a checkpoint from b.npz: the file cannot be read " +
          "(ENOENT: b.npz), expected an existing file that this program may " +
          "read: check the path",
      );
    });
    const old = [...files];
    await withFiles(files, async () => {
      await assertRejects(
        () => pxu.saveCheckpoint("a/run", tree(6)),
        TreeError,
        "Cannot save a checkpoint in a/run.npz: writing failed (full)",
      );
    }, true);
    assertEquals([...files], old);
    await withFiles(null, async () => {
      await assertRejects(
        () => pxu.saveCheckpoint("run", tree(0)),
        DeviceError,
        "Cannot save a checkpoint in run.npz: this runtime has no file " +
          "system, expected Deno, Bun or Node: use encodeCheckpoint(tree)",
      );
      await assertRejects(
        () => pxu.loadCheckpoint("run", tree(0)),
        DeviceError,
        "use decodeCheckpoint(tree, bytes)",
      );
    });
  });

  it("refuse what no file can hold", async () => {
    const fails = async (tree: unknown, message: string) => {
      const error = await assertRejects(
        () => pxu.encodeCheckpoint(tree),
        TreeError,
      );
      assertEquals(error.message, message);
    };
    await fails(
      {},
      "Cannot save a checkpoint: the tree given holds no params and no " +
        "values, expected some: give an object such as { model, optim, step }",
    );
    await fails(
      { step: 1, when: new Date(0) },
      "Cannot save a checkpoint: ['when'] is a Date, expected modules, " +
        "params, tensors, numbers, strings or booleans: leave it out, as its " +
        "state would be lost",
    );
    await fails(
      { p: new px.Param<unknown>([() => 1]) },
      "Cannot save a checkpoint: ['p'][0] holds a function, expected " +
        "tensors, numbers, strings, booleans, null, and lists and objects of " +
        "them: keep it in a px.static, which is not saved",
    );
  });
});

/** A value of the same structure with other leaves. */
function structureOf(value: unknown): unknown {
  return px.treeMap((leaf: unknown) => {
    if (leaf instanceof Tensor) return leaf.equal(leaf).astype(leaf.dtype);
    return typeof leaf === "number" ? 5 : leaf;
  }, value);
}
