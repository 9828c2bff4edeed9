/**
 * What the library does on a GPU: fused loops, products, training steps.
 *
 * @module
 */
import { jax, jnp, px, pxf, type Tensor } from "../../mod.ts";
import { type Pace, time, type Timing } from "./pace.ts";
import { makeBatch, makeTraining, type Sizes, trainStep } from "./network.ts";

/** Does something once, without waiting for the GPU. */
export type Work = () => void;

/** What work takes. */
export interface WorkTiming extends Timing {
  /** Milliseconds of JavaScript in it, of the best round. */
  readonly js: number;
}

const SEED = 0;

/** Random numbers, made where they are used. */
function random(seed: number, shape: readonly number[]): Tensor {
  return pxf.jit(() => jax.random.normal(jax.random.key(seed), [...shape]))();
}

/** A loop over arrays of `n` elements that reads two and writes one. */
export function makeLoop(n: number): Work {
  const state = { w: new px.Param(random(1, [n])) };
  const g = random(2, [n]);
  const step = pxf.jit((g: Tensor, { w }: typeof state) => {
    w.set(w.mul(0.9).add(g.mul(0.1)));
  });
  return () => step(g, state);
}

/** A product of matrices of `n` rows and columns. */
export function makeProduct(n: number): Work {
  const x = random(1, [n, n]);
  const y = random(2, [n, n]);
  // A param, so that the next result takes its memory.
  const state = { out: new px.Param(jnp.zeros([n, n])) };
  const step = pxf.jit((x: Tensor, y: Tensor, { out }: typeof state) => {
    out.set(x.matmul(y));
  });
  return () => step(x, y, state);
}

/** A training step with `T` steps of inference. */
export function makeStep(T: number, sizes: Sizes): Work {
  // The key of weights may be on a device that is gone.
  px.RKG.seed(SEED);
  const training = makeTraining(sizes);
  const [x, y] = makeBatch(sizes);
  const step = pxf.jit(trainStep, { staticArgnums: 0 });
  return () => step(T, x, y, training);
}

const mark = pxf.jit(() => jnp.zeros([1]));

/** Waits until everything before is done. */
async function settle(): Promise<void> {
  await mark().data();
}

/** Profiles end about then. */
const MOST_MS = 2000;

/**
 * The dispatches of `work`, which must have run before, each with the least
 * time of some profiles: what is short is easily disturbed.
 */
export async function profileOf(
  work: Work,
  { rounds }: Pace,
): Promise<px.KernelTime[]> {
  const start = performance.now();
  let best: readonly px.KernelTime[] = [];
  for (let i = 0; i < rounds; i++) {
    const { kernels } = await px.profile(() => Promise.resolve(work()));
    const before = new Map(best.map(({ name, ms }) => [name, ms]));
    best = kernels.map((kernel) => ({
      ...kernel,
      ms: Math.min(kernel.ms, before.get(kernel.name) ?? Infinity),
    }));
    if (performance.now() - start > MOST_MS) break;
  }
  const sum = best.reduce((sum, { ms }) => sum + ms, 0);
  return best.map((kernel) => ({ ...kernel, share: kernel.ms / sum }))
    .sort((a, b) => b.ms - a.ms);
}

/** Times `work`, which must have run before. */
export async function timeWork(work: Work, pace: Pace): Promise<WorkTiming> {
  let js = Infinity;
  await settle();
  const timing = await time(async (times) => {
    const start = performance.now();
    for (let i = 0; i < times; i++) work();
    js = Math.min(js, (performance.now() - start) / times);
    await settle();
    return performance.now() - start;
  }, pace);
  return { ...timing, js };
}
