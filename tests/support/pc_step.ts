/**
 * One training step of a small predictive coding network, unrolled, as a
 * Program: a forward pass, `T` steps of inference that clamp both ends, and
 * the gradients of the weights. Written out by hand, as a trace would have it.
 */
import { Builder, type Program, type ValueId } from "../../src/ir/program.ts";
import { Ops } from "../../src/transform/ops.ts";

/** Sizes of the network and the number of inference steps. */
export interface PcStep {
  readonly batch: number;
  readonly layers: readonly number[];
  readonly steps: number;
}

/** The training step. */
export function pcStep({ batch, layers, steps }: PcStep): Program {
  const b = new Builder();
  const o = new Ops(b);
  const f32 = (...shape: number[]) => b.input({ dtype: "f32", shape });
  const depth = layers.length - 1;
  const x = f32(batch, layers[0]);
  const y = f32(batch, layers[depth]);
  const weights = layers.slice(1).map((n, l) => f32(n, layers[l]));
  const biases = layers.slice(1).map((n) => f32(n));

  const linear = (v: ValueId, l: number) => {
    const product = o.dot(v, weights[l], {
      contract: [[1], [1]],
      batch: [[], []],
    });
    return o.add(product, o.broadcast(biases[l], o.shape(product), [1]));
  };
  const back = (e: ValueId, l: number) =>
    o.dot(e, weights[l], { contract: [[1], [0]], batch: [[], []] });
  const positive = (u: ValueId) => o.compareNumber("ge", u, 0);
  const act = (u: ValueId) => o.select(positive(u), u, o.scale(u, 0.01));
  const slope = (u: ValueId, e: ValueId) =>
    o.select(positive(u), e, o.scale(e, 0.01));

  const h: ValueId[] = [];
  for (let l = 0; l < depth - 1; l++) h[l] = act(linear(h[l - 1] ?? x, l));
  const errors = () => {
    const u = weights.map((_, l) => linear(h[l - 1] ?? x, l));
    const e = u.map((v, l) =>
      l < depth - 1 ? o.sub(h[l], act(v)) : o.sub(o.unary("sigmoid", v), y)
    );
    return { u, e };
  };
  for (let t = 0; t < steps; t++) {
    const { u, e } = errors();
    const next = h.map((v, l) => {
      const above = l === depth - 2
        ? back(e[l + 1], l + 1)
        : o.unary("neg", back(slope(u[l + 1], e[l + 1]), l + 1));
      return o.sub(v, o.scale(o.add(e[l], above), 0.01));
    });
    next.forEach((v, l) => h[l] = v);
  }
  const { u, e } = errors();
  const gradients = weights.flatMap((_, l) => {
    const top = l === depth - 1;
    const d = top
      ? e[l]
      : slope(u[l], o.scale(o.unary("neg", e[l]), 1 / batch));
    const w = o.dot(d, h[l - 1] ?? x, {
      contract: [[0], [0]],
      batch: [[], []],
    });
    return [w, o.sum(d, [0])];
  });
  return b.build([...gradients, ...h]);
}
