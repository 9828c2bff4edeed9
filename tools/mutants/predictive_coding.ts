import type { Mutant } from "./mutant.ts";

/** Mutants of the room predictive_coding. */
export const PREDICTIVE_CODING: readonly Mutant[] = [
  {
    file: "src/predictive_coding/energies.ts",
    from: "return h.sub(u).square().mul(0.5);",
    to: "return h.sub(u).square();",
  },
  {
    file: "src/predictive_coding/energies.ts",
    from: "return h.mul(logSoftmax(u)).neg();",
    to: "return h.mul(logSoftmax(u));",
  },
  {
    file: "src/predictive_coding/distributions.ts",
    from: "return error.mul(exp(log)).sub(log.mul(0.5));",
    to: "return error.mul(exp(log));",
  },
  {
    file: "src/predictive_coding/distributions.ts",
    from: "return error.div(exp(log)).add(log);",
    to: "return error.div(exp(log)).sub(log);",
  },
  {
    file: "src/predictive_coding/distributions.ts",
    from: "return softplus(u).sub(h.mul(u));",
    to: "return softplus(u).sub(h);",
  },
  {
    file: "src/predictive_coding/distributions.ts",
    from: "return inner.mul(error.sub(inner.mul(0.5)));",
    to: "return inner.mul(error.sub(inner));",
  },
  {
    file: "src/predictive_coding/vode.ts",
    from: "if (known instanceof Tensor) return known;",
    to: "if (known === this) return known;",
  },
  {
    file: "src/predictive_coding/vode.ts",
    from: 'this.cache.setItem("E", energy);',
    to: 'this.cache.setItem("e", energy);',
  },
  {
    file: "src/predictive_coding/vode.ts",
    from: 'if (u !== null && u !== undefined) this.set("u", u, rkg);',
    to: 'if (u !== null && u !== undefined) this.set("h", u, rkg);',
  },
  {
    file: "src/predictive_coding/vode.ts",
    from: 'const rules = { [STATUS.INIT]: "h, u <- u", ...options.ruleset };',
    to: 'const rules = { ...options.ruleset, [STATUS.INIT]: "h, u <- u" };',
  },
];
