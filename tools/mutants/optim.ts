import type { Mutant } from "./mutant.ts";

/** Mutants of the room optim. */
export const OPTIM: readonly Mutant[] = [
  {
    file: "src/optim/means.ts",
    from: "return (m, g) => g.mul(1 - decay).add(m.mul(decay));",
    to: "return (m, g) => g.mul(decay).add(m.mul(1 - decay));",
  },
  {
    file: "src/optim/means.ts",
    from: "return reciprocal(minus.neg());",
    to: "return minus.neg();",
  },
  {
    file: "src/optim/moments.ts",
    from: "(g, t) => options.nesterov ? sum(t, g) : t",
    to: "(_, t) => t",
  },
  {
    file: "src/optim/adaptive.ts",
    from: "g.mul(rsqrt(v.sub(m.square()).add(eps)))",
    to: "g.mul(rsqrt(v.add(m.square()).add(eps)))",
  },
  {
    file: "src/optim/signs.ts",
    from: "const factor = where(agreement.greater(0), etaPlus, etaMinus);",
    to: "const factor = where(agreement.greater(0), etaMinus, etaPlus);",
  },
  {
    file: "src/optim/clipping.ts",
    from: "const factor = where(norm.less(maxNorm), 1, divide(maxNorm, norm));",
    to: "const factor = where(norm.less(maxNorm), 1, divide(norm, maxNorm));",
  },
  {
    file: "src/optim/scaling.ts",
    from: 'if (typeof learningRate === "number") return scale(-learningRate);',
    to: 'if (typeof learningRate === "number") return scale(learningRate);',
  },
  {
    file: "src/optim/schedules.ts",
    from: "const power = staircase ? x.floor(periods) : periods;",
    to: "const power = periods;",
  },
  {
    file: "src/optim/wrappers.ts",
    from: "const isDue = count.equal(k - 1);",
    to: "const isDue = count.equal(k);",
  },
  {
    file: "src/optim/leafwise.ts",
    from: "if (update === null || update === undefined) return before;",
    to: "if (update === null || update === undefined) return null;",
  },
];
