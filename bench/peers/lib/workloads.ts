/** The work that all rows do: networks, their first weights, and data. */
import type { Batch, Floats, Layer, Workload } from "./types.ts";

/** The networks by name. */
export const WORKLOADS: Record<string, Workload> = {
  moons: {
    name: "moons",
    dims: [2, 32, 32, 2],
    batch: 32,
    T: 8,
    lrH: 1e-2,
    lrW: 1e-2,
    weightDecay: 1e-4,
    slope: 0.01,
    checkSteps: 32,
    tolEnergy: 2e-4,
  },
  small: {
    name: "small",
    dims: [64, 128, 128, 10],
    batch: 64,
    T: 8,
    lrH: 1e-2,
    lrW: 1e-3,
    weightDecay: 1e-4,
    slope: 0.01,
    checkSteps: 8,
    tolEnergy: 2e-4,
  },
  medium: {
    name: "medium",
    dims: [784, 128, 128, 10],
    batch: 256,
    T: 8,
    lrH: 1e-2,
    lrW: 1e-3,
    weightDecay: 1e-4,
    slope: 0.01,
    checkSteps: 4,
    tolEnergy: 2e-4,
  },
  mlp: {
    name: "mlp",
    dims: [784, 512, 512, 10],
    batch: 256,
    T: 8,
    lrH: 1e-2,
    lrW: 1e-3,
    weightDecay: 1e-4,
    slope: 0.01,
    checkSteps: 4,
    tolEnergy: 2e-4,
  },
  large: {
    name: "large",
    dims: [784, 2048, 2048, 2048, 10],
    batch: 1024,
    T: 8,
    lrH: 1e-2,
    lrW: 1e-4,
    weightDecay: 1e-4,
    slope: 0.01,
    checkSteps: 2,
    checkBatch: 8,
    tolEnergy: 2e-4,
  },
};

/** A workload as the numeric check runs it. */
export function forCheck(workload: Workload): Workload {
  const { batch, checkBatch = batch } = workload;
  return { ...workload, batch: checkBatch };
}

/** mulberry32: a small deterministic generator, uniform in [0, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) *
    Math.cos(2 * Math.PI * uniform());
}

/** First weights: uniform in +-1/sqrt(in), as equinox's Linear draws them. */
export function initLayers({ dims }: Workload): Layer[] {
  const uniform = generator(1);
  return dims.slice(1).map((out, i) => {
    const limit = 1 / Math.sqrt(dims[i]);
    const draw = (n: number): Floats =>
      new Float32Array(n).map(() => (uniform() * 2 - 1) * limit);
    return { w: draw(dims[i] * out), b: draw(out) };
  });
}

/** Two moons for `moons`; sparse "images" with random labels for the rest. */
export function makeBatches(workload: Workload, count: number): Batch[] {
  const uniform = generator(42);
  const fill = workload.name === "moons" ? moonsSample : imageSample;
  const { batch, dims } = workload;
  return Array.from({ length: count }, () => {
    const x = new Float32Array(batch * dims[0]);
    const y = new Float32Array(batch * dims[dims.length - 1]);
    for (let i = 0; i < batch; i++) {
      const image = x.subarray(i * dims[0], (i + 1) * dims[0]);
      const classes = y.length / batch;
      y[i * classes + fill(image, classes, uniform)] = 1;
    }
    return { x, y };
  });
}

/** Writes one sample and returns its class. */
type Sampler = (x: Floats, classes: number, uniform: () => number) => number;

const moonsSample: Sampler = (x, _, uniform) => {
  const label = uniform() < 0.5 ? 0 : 1;
  const t = uniform() * Math.PI;
  x[0] = (label ? 1 - Math.cos(t) : Math.cos(t)) + 0.2 * normal(uniform);
  x[1] = (label ? 0.5 - Math.sin(t) : Math.sin(t)) + 0.2 * normal(uniform);
  return label;
};

const imageSample: Sampler = (x, classes, uniform) => {
  for (let j = 0; j < x.length; j++) x[j] = uniform() < 0.8 ? 0 : uniform();
  return Math.floor(uniform() * classes);
};

/** The operands of an n x n product. */
export function matmulInputs(n: number): { a: Floats; b: Floats } {
  const uniform = generator(n);
  const draw = (): Floats =>
    new Float32Array(n * n).map(() => uniform() * 2 - 1);
  return { a: draw(), b: draw() };
}

/** FLOPs of one train step as written, nothing computed once for all. */
export function naiveFlops({ dims, batch, T }: Workload): number {
  const products = dims.slice(1).map((out, i) => 2 * batch * out * dims[i]);
  const forward = products.reduce((a, b) => a + b, 0);
  const stateGradients = forward - products[0];
  const weightGradients = forward;
  return (T + 2) * forward + T * stateGradients + weightGradients;
}
