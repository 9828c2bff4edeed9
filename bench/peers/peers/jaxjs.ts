/**
 * @jax-js/jax as one would write it: the energy is a plain function, gradients
 * come from valueAndGrad, and the whole train step (init, T inference steps,
 * AdamW) is inside one jit. T is unrolled because jax-js has no scan; AdamW is
 * written out, which is faster than calling its optax from outside.
 *
 * Variants: `wasm-sync` reads with dataSync() and runs on the calling thread,
 * `wasm-async` reads with await data() and runs on its worker pool,
 * `wasm-noworker` hides Worker, `webgpu`. Then `+hoist`, the first layer lifted
 * out of the loop by hand, or `+eager`, no jit.
 */
import type { numpy } from "@jax-js/jax";
import type {
  Batch,
  Floats,
  Layer,
  Peer,
  Pending,
  Trainer,
  Workload,
} from "../lib/types.ts";

type Jax = typeof import("@jax-js/jax");
type Tensor = numpy.Array;

/** A layer, its weight as [in, out]; a type because trees are records. */
type Params = { w: Tensor; b: Tensor };

type State = {
  p: Params[];
  m: Params[];
  v: Params[];
  b1t: Tensor;
  b2t: Tensor;
};

type TrainStep = (
  state: State,
  x: Tensor,
  y: Tensor,
) => { state: State; e: Tensor };

/** Opens a variant; see the head of this file. */
export async function open(variant: string): Promise<Peer> {
  const [backend, ...flags] = variant.split("+");
  if (backend === "wasm-noworker") Reflect.deleteProperty(globalThis, "Worker");
  const jax = await import("@jax-js/jax");
  const device = backend === "webgpu" ? "webgpu" : "wasm";
  const devices = await jax.init(device);
  if (!devices.includes(device)) throw new Error(`jax-js: no ${device} device`);
  jax.defaultDevice(device);
  const sync = backend === "wasm-sync" || backend === "wasm-noworker";
  const hoist = flags.includes("hoist");
  const eager = flags.includes("eager");
  const gradients = eager ? "eager valueAndGrad" : "jit(valueAndGrad)";
  return {
    info: [backend, gradients, ...(hoist ? ["hoisted by hand"] : [])]
      .join(", "),
    trainer: (workload, layers) => {
      const step = trainStep(jax, workload, hoist);
      const train: TrainStep = eager ? step : jax.jit(step);
      return jaxTrainer(jax, workload, layers, train, sync);
    },
    matmul: (n, a, b) => {
      const np = jax.numpy;
      const x = np.array(a).reshape([n, n]);
      const y = np.array(b).reshape([n, n]);
      const product = jax.jit((x: Tensor, y: Tensor) => np.matmul(x, y));
      let last = new Float32Array(0);
      return {
        run: sync
          ? () => {
            last = floats(product(x.ref, y.ref).dataSync());
          }
          : async () => {
            last = floats(await product(x.ref, y.ref).data());
          },
        result: () => last,
      };
    },
  };
}

/** All arrays here are float32; the library's types do not know. */
function floats(data: ArrayLike<number>): Floats {
  return data as Floats;
}

/** The function to trace: one train step. */
function trainStep(jax: Jax, workload: Workload, hoist: boolean): TrainStep {
  const { numpy: np, nn, tree, valueAndGrad } = jax;
  const { dims, batch, T, lrH, lrW, weightDecay, slope } = workload;
  const L = dims.length - 1;
  const linear = (p: Params, x: Tensor): Tensor => np.dot(x, p.w).add(p.b);
  const layer = (p: Params, x: Tensor): Tensor =>
    nn.leakyRelu(linear(p, x), slope);

  /** The energy after the first layer, whose prediction is `u`. */
  const energyFrom = (
    u: Tensor,
    hs: Tensor[],
    p: Params[],
    y: Tensor,
  ): Tensor => {
    let total = np.square(hs[0].ref.sub(u)).sum();
    for (let l = 1; l < L - 1; l++) {
      const u = layer(p[l], hs[l - 1]);
      total = total.add(np.square(hs[l].ref.sub(u)).sum());
    }
    const logits = linear(p[L - 1], hs[L - 2]);
    const crossEntropy = nn.logSoftmax(logits).mul(y).sum();
    return total.mul(0.5).sub(crossEntropy).mul(1 / batch);
  };
  const energy = (hs: Tensor[], p: Params[], x: Tensor, y: Tensor): Tensor =>
    energyFrom(layer(p[0], x), hs, p, y);
  const hoisted = (
    hs: Tensor[],
    rest: Params[],
    u: Tensor,
    y: Tensor,
  ): Tensor => energyFrom(u, hs, [rest[0], ...rest], y);

  const adamw = (
    p: Tensor,
    g: Tensor,
    m: Tensor,
    v: Tensor,
    c1: Tensor,
    c2: Tensor,
  ): { p: Tensor; m: Tensor; v: Tensor } => {
    m = m.mul(0.9).add(g.ref.mul(0.1));
    v = v.mul(0.999).add(np.square(g).mul(0.001));
    const update = m.ref.mul(c1).div(np.sqrt(v.ref.mul(c2)).add(1e-8))
      .add(p.ref.mul(weightDecay));
    return { p: p.sub(update.mul(lrW)), m, v };
  };

  return ({ p, m, v, b1t, b2t }, x, y) => {
    let hs: Tensor[] = [];
    for (let l = 0; l < L - 1; l++) {
      hs.push(layer(tree.ref(p[l]), l === 0 ? x.ref : hs[l - 1].ref));
    }
    const u0 = hoist ? hs[0].ref : null;
    for (let t = 0; t < T; t++) {
      const [e, g] = u0
        ? valueAndGrad(hoisted)(
          tree.ref(hs),
          tree.ref(p.slice(1)),
          u0.ref,
          y.ref,
        )
        : valueAndGrad(energy)(tree.ref(hs), tree.ref(p), x.ref, y.ref);
      e.dispose();
      hs = hs.map((h, l) => h.sub(g[l].mul(lrH * batch)));
    }
    u0?.dispose();
    const byWeights = (p: Params[], hs: Tensor[], x: Tensor, y: Tensor) =>
      energy(hs, p, x, y);
    const [e, g] = valueAndGrad(byWeights)(tree.ref(p), hs, x, y);
    b1t = b1t.mul(0.9);
    b2t = b2t.mul(0.999);
    const c1 = np.reciprocal(b1t.ref.mul(-1).add(1));
    const c2 = np.reciprocal(b2t.ref.mul(-1).add(1));
    const state: State = { p: [], m: [], v: [], b1t, b2t };
    for (let l = 0; l < L; l++) {
      const w = adamw(p[l].w, g[l].w, m[l].w, v[l].w, c1.ref, c2.ref);
      const b = adamw(p[l].b, g[l].b, m[l].b, v[l].b, c1.ref, c2.ref);
      state.p.push({ w: w.p, b: b.p });
      state.m.push({ w: w.m, b: b.m });
      state.v.push({ w: w.v, b: b.v });
    }
    c1.dispose();
    c2.dispose();
    return { state, e };
  };
}

function jaxTrainer(
  { numpy: np }: Jax,
  { batch, dims }: Workload,
  layers: readonly Layer[],
  train: TrainStep,
  sync: boolean,
): Trainer {
  const zeros = (): Params[] =>
    layers.map((_, l) => ({
      w: np.zeros([dims[l], dims[l + 1]]),
      b: np.zeros([dims[l + 1]]),
    }));
  let state: State = {
    p: layers.map(({ w, b }, l) => ({
      w: np.array(w).reshape([dims[l + 1], dims[l]]).transpose(),
      b: np.array(b),
    })),
    m: zeros(),
    v: zeros(),
    b1t: np.array(1),
    b2t: np.array(1),
  };
  const read = async (t: Tensor): Promise<Floats> =>
    floats(sync ? t.dataSync() : await t.data()).slice();
  const start = ({ x, y }: Batch): Tensor => {
    const { state: next, e } = train(
      state,
      np.array(x).reshape([batch, dims[0]]),
      np.array(y).reshape([batch, dims[dims.length - 1]]),
    );
    state = next;
    return e;
  };
  return {
    step(batch: Batch) {
      const e = start(batch);
      return sync ? e.dataSync()[0] : e.data().then((data) => data[0]);
    },
    start(batch: Batch): Pending {
      const e = start(batch);
      return {
        read: async () => (await e.data())[0],
        drop: () => e.dispose(),
      };
    },
    async weights() {
      const out: Layer[] = [];
      for (const { w, b } of state.p) {
        out.push({ w: await read(w.ref.transpose()), b: await read(b.ref) });
      }
      return out;
    },
  };
}
