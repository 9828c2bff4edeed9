import type { Mutant } from "./mutant.ts";

/** Mutants of the room nn. */
export const NN: readonly Mutant[] = [
  {
    file: "src/nn/linear.ts",
    from: "const limit = 1 / Math.sqrt(inputs);",
    to: "const limit = 1 / inputs;",
  },
  {
    file: "src/nn/linear.ts",
    from: "new LayerParam(uniform(keys.at(0), [outputs, inputs], range))",
    to: "new LayerParam(uniform(keys.at(1), [outputs, inputs], range))",
  },
  {
    file: "src/nn/norm.ts",
    from:
      "const inverse = rsqrt(centered.square().mean().add(this.eps.get()));",
    to: "const inverse = rsqrt(centered.square().sum().add(this.eps.get()));",
  },
  {
    file: "src/nn/batch_norm.ts",
    from: "batch.mul(1 - momentum).add(state.get().mul(momentum))",
    to: "batch.mul(momentum).add(state.get().mul(1 - momentum))",
  },
  {
    file: "src/nn/dropout.ts",
    from: "input.div(1 - p)",
    to: "input.div(p)",
  },
  {
    file: "src/nn/recurrent.ts",
    from: "return fresh.add(keep.mul(h.sub(fresh)));",
    to: "return fresh.add(keep.mul(fresh.sub(h)));",
  },
  {
    file: "src/nn/recurrent.ts",
    from: "const cell = f.mul(c).add(i.mul(tanh(gates[2])));",
    to: "const cell = f.mul(c).add(i.mul(gates[2]));",
  },
  {
    file: "src/nn/attention.ts",
    from: "const scale = 1 / Math.sqrt(q.shape[2]);",
    to: "const scale = 1 / q.shape[2];",
  },
  {
    file: "src/nn/pool.ts",
    from: "useCeil && rest !== 0 ? hi + strides[i] : hi",
    to: "useCeil ? hi + strides[i] : hi",
  },
  {
    file: "src/nn/conv.ts",
    from: "const reach = dilations[i] * (kernel[i] - 1);",
    to: "const reach = dilations[i] * kernel[i] - 1;",
  },
];
