/**
 * @tensorflow/tfjs with its cpu, wasm and webgpu backends. Variants `cpu`,
 * `wasm-<threads>`, `webgpu`, then `+grad`, tf.grads over the energy, what a
 * user writes; or `+hand`, gradients derived by hand, fused.matMul, the first
 * layer hoisted and operands transposed explicitly (the wasm backend is slow
 * at transposeA and transposeB, which tf.grads uses).
 */
import * as tf from "@tensorflow/tfjs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Floats, Layer, Peer, Trainer, Workload } from "../lib/types.ts";

type Matrix = tf.Tensor2D;

/** The energy of a batch, and its gradients by weights, then by biases. */
interface Gradients {
  e: tf.Scalar;
  grads: tf.Tensor[];
}

/** Weights as [in, out] and biases. */
interface Params {
  W: Matrix[];
  b: tf.Tensor1D[];
}

type GradientRule = (
  workload: Workload,
  params: Params,
  x: Matrix,
  y: Matrix,
) => Gradients;

/** Opens a variant; see the head of this file. */
export async function open(variant: string): Promise<Peer> {
  const [backend, rule] = variant.split("+");
  const threads = await openBackend(backend);
  const hand = rule === "hand";
  const gradients = hand
    ? "hand-derived gradients, fused.matMul"
    : "tf.grads autodiff";
  const later = backend === "webgpu";
  return {
    info: `${backend}${threads}, ${gradients}`,
    trainer: (workload, layers) =>
      tfTrainer(workload, layers, hand ? byHand : byAutodiff, later),
    matmul: (n, a, b) => {
      const x = tf.tensor2d(a, [n, n]);
      const y = tf.tensor2d(b, [n, n]);
      let last = new Float32Array(0);
      return {
        run: async () => {
          const c = tf.matMul(x, y);
          last = floats(later ? await c.data() : c.dataSync());
          c.dispose();
        },
        result: () => last,
      };
    },
  };
}

/** All tensors here are float32; the library's types do not know. */
function floats(data: ArrayLike<number>): Floats {
  return data as Floats;
}

async function openBackend(backend: string): Promise<string> {
  const [name, count] = backend.split("-");
  let told = "";
  if (name === "wasm") {
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    const entry = import.meta.resolve("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(`${dirname(fileURLToPath(entry))}/`);
    const threads = Number(count);
    tf.env().set("WASM_HAS_SIMD_SUPPORT", true);
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threads > 1);
    if (threads > 1) wasm.setThreadsCount(threads);
    await tf.setBackend("wasm");
    await tf.ready();
    told = ` threads=${threads > 1 ? wasm.getThreadsCount() : 1}`;
  } else {
    if (name === "webgpu") await import("@tensorflow/tfjs-backend-webgpu");
    await tf.setBackend(name);
    await tf.ready();
  }
  if (tf.getBackend() !== name) {
    throw new Error(`tfjs: wanted ${name}, got ${tf.getBackend()}`);
  }
  return told;
}

const byAutodiff: GradientRule = (workload, { W, b }, x, y) => {
  const { batch, T, lrH, slope } = workload;
  const L = W.length;
  const act = (z: Matrix): Matrix => tf.leakyRelu(z, slope);
  const linear = (W: Matrix, b: tf.Tensor, h: Matrix): Matrix =>
    tf.add(tf.matMul(h, W), b);
  const energy = (hs: Matrix[], W: Matrix[], b: tf.Tensor[]): tf.Scalar => {
    const squares = hs.map((h, l): tf.Tensor => {
      const u = act(linear(W[l], b[l], l === 0 ? x : hs[l - 1]));
      return tf.sum(tf.square(tf.sub(h, u)));
    });
    const total = squares.reduce((sum, e) => tf.add(sum, e));
    const logits = linear(W[L - 1], b[L - 1], hs[L - 2]);
    const crossEntropy = tf.sum(tf.mul(tf.logSoftmax(logits), y));
    return tf.mul(tf.sub(tf.mul(total, 0.5), crossEntropy), 1 / batch);
  };
  let hs: Matrix[] = [];
  for (let l = 0; l < L - 1; l++) {
    hs.push(act(linear(W[l], b[l], l === 0 ? x : hs[l - 1])));
  }
  const gradH = tf.grads((...h) => energy(h as Matrix[], W, b));
  for (let t = 0; t < T; t++) {
    hs = tf.tidy(() => {
      const g = gradH(hs);
      return hs.map((h, l) => tf.sub(h, tf.mul(g[l], lrH * batch)));
    });
  }
  const { value, grads } = tf.valueAndGrads((...p) =>
    energy(hs, p.slice(0, L) as Matrix[], p.slice(L))
  )([...W, ...b]);
  return { e: value as tf.Scalar, grads };
};

const byHand: GradientRule = (workload, { W, b }, x, y) => {
  const { batch, T, lrH, slope } = workload;
  const L = W.length;
  const forward = (l: number, h: Matrix): Matrix =>
    tf.fused.matMul({
      a: h,
      b: W[l],
      bias: b[l],
      activation: l < L - 1 ? "leakyrelu" : "linear",
      leakyreluAlpha: slope,
    }) as Matrix;
  const byPre = (h: Matrix, u: Matrix): Matrix => {
    const error = tf.sub(u, h);
    const mask = tf.greaterEqual(u, 0);
    return tf.where(mask, error, tf.mul(error, slope)) as Matrix;
  };
  const predictions = (hs: Matrix[]): Matrix[] => [
    u0,
    ...hs.slice(0, -1).map((h, l) => forward(l + 1, h)),
  ];
  const Wt = W.map((w, l) => l === 0 ? w : tf.transpose(w));
  const u0 = forward(0, x);
  let hs: Matrix[] = [u0];
  for (let l = 1; l < L - 1; l++) hs.push(forward(l, hs[l - 1]));
  for (let t = 0; t < T; t++) {
    hs = tf.tidy(() => {
      const us = predictions(hs);
      const logits = forward(L - 1, hs[L - 2]);
      const last: Matrix = tf.sub(tf.softmax(logits), y);
      // Nobody asks for the error of the first layer: x is fixed.
      const d = [...us.slice(1).map((u, l) => byPre(hs[l + 1], u)), last];
      return hs.map((h, l) => {
        const g = tf.add(tf.sub(h, us[l]), tf.matMul(d[l], Wt[l + 1]));
        return tf.sub(h, tf.mul(g, lrH));
      });
    });
  }
  const us = predictions(hs);
  const logits = forward(L - 1, hs[L - 2]);
  const d: Matrix[] = us.map((u, l) => byPre(hs[l], u));
  d.push(tf.sub(tf.softmax(logits), y));
  let e: tf.Tensor = tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), y)));
  us.forEach((u, l) => {
    e = tf.add(e, tf.mul(tf.sum(tf.square(tf.sub(hs[l], u))), 0.5));
  });
  const gW = d.map((dl, l) =>
    tf.mul(tf.matMul(tf.transpose(l === 0 ? x : hs[l - 1]), dl), 1 / batch)
  );
  const gb = d.map((dl) => tf.mul(tf.sum(dl, 0), 1 / batch));
  return { e: tf.mul(e, 1 / batch) as tf.Scalar, grads: [...gW, ...gb] };
};

function tfTrainer(
  workload: Workload,
  layers: readonly Layer[],
  gradients: GradientRule,
  later: boolean,
): Trainer {
  const { dims, batch, lrW, weightDecay } = workload;
  const L = layers.length;
  const params: Params = {
    W: layers.map((l, i) =>
      tf.tidy(() => tf.transpose(tf.tensor2d(l.w, [dims[i + 1], dims[i]])))
    ),
    b: layers.map((l) => tf.tensor1d(l.b)),
  };
  const zeros = (): tf.Tensor[] =>
    [...params.W, ...params.b].map((p) => tf.zerosLike(p));
  const ms = zeros();
  const vs = zeros();
  let count = 0;

  const adamw = (grads: readonly tf.Tensor[]): void => {
    count++;
    const c1 = 1 / (1 - 0.9 ** count);
    const c2 = 1 / (1 - 0.999 ** count);
    const all: tf.Tensor[] = [...params.W, ...params.b];
    grads.forEach((g, k) => {
      const [p, m, v] = tf.tidy(() => {
        const m = tf.add(tf.mul(ms[k], 0.9), tf.mul(g, 0.1));
        const v = tf.add(tf.mul(vs[k], 0.999), tf.mul(tf.square(g), 0.001));
        const root = tf.add(tf.sqrt(tf.mul(v, c2)), 1e-8);
        const update = tf.div(tf.mul(m, c1), root);
        const decayed = tf.mul(all[k], 1 - lrW * weightDecay);
        return [tf.sub(decayed, tf.mul(update, lrW)), m, v];
      });
      tf.dispose([all[k], ms[k], vs[k], g]);
      ms[k] = m;
      vs[k] = v;
      if (k < L) params.W[k] = p as Matrix;
      else params.b[k - L] = p as tf.Tensor1D;
    });
  };

  return {
    step(sample) {
      const [e, ...grads] = tf.tidy(() => {
        const x = tf.tensor2d(sample.x, [batch, dims[0]]);
        const y = tf.tensor2d(sample.y, [batch, dims[dims.length - 1]]);
        const result = gradients(workload, params, x, y);
        return [result.e, ...result.grads];
      });
      adamw(grads);
      if (later) {
        return e.data().then((data) => {
          e.dispose();
          return data[0];
        });
      }
      const value = e.dataSync()[0];
      e.dispose();
      return value;
    },
    async weights() {
      const out: Layer[] = [];
      for (let l = 0; l < L; l++) {
        const transposed = tf.transpose(params.W[l]);
        out.push({
          w: floats(await transposed.data()).slice(),
          b: floats(await params.b[l].data()).slice(),
        });
        transposed.dispose();
      }
      return out;
    },
  };
}
