import type { Mutant } from "./mutant.ts";

/** Mutants of the room transform. */
export const TRANSFORM: readonly Mutant[] = [
  {
    file: "src/transform/scalar_rules.ts",
    from: "log: (o, d, x) => o.div(d, x()),",
    to: "log: (o, d, x) => o.mul(d, x()),",
    tests: ["tests/transform/grads_test.ts", "tests/numpy"],
  },
  {
    file: "src/transform/scalar_rules.ts",
    from: 'cos: (o, d, x) => o.neg(o.mul(d, o.unary("sin", x()))),',
    to: 'cos: (o, d, x) => o.mul(d, o.unary("sin", x())),',
    tests: ["tests/transform/grads_test.ts", "tests/numpy"],
  },
  {
    file: "src/transform/scalar_rules.ts",
    from: "sub: (o, d) => [() => d, () => o.neg(d)],",
    to: "sub: (_, d) => [() => d, () => d],",
    tests: ["tests/transform/grads_test.ts", "tests/numpy"],
  },
  {
    file: "src/transform/scalar_rules.ts",
    from: "square: (o, d, x) => o.mul(d, o.scale(x(), 2)),",
    to: "square: (o, d, x) => o.mul(d, x()),",
    tests: ["tests/transform/grads_test.ts", "tests/numpy"],
  },
  {
    file: "src/transform/scalar_rules.ts",
    from: "const part = o.keep(o.compare(op, x, y), o.full(o.aval(d), 1));",
    to: "const part = o.keep(o.compare(op, y, x), o.full(o.aval(d), 1));",
    tests: ["tests/transform/grads_test.ts", "tests/numpy"],
  },
  {
    file: "src/transform/vjp_rules.ts",
    from:
      'const inside = o.binary("min", o.binary("max", i, o.zerosLike(i)), last);',
    to: 'const inside = o.binary("min", i, last);',
    tests: ["tests/transform/grads_test.ts", "tests/numpy"],
  },
  {
    file: "src/transform/vjp_rules.ts",
    from: 'o.bind("cumsum", [d], { axis, reverse: !reverse }),',
    to: 'o.bind("cumsum", [d], { axis, reverse }),',
    tests: ["tests/transform/grads_test.ts", "tests/numpy"],
  },
  {
    file: "src/transform/vjp_rules.ts",
    from: "return [o.keep(tie, o.spread(o.div(d, count), shape, axes))];",
    to: "return [o.keep(tie, o.spread(d, shape, axes))];",
    tests: ["tests/transform/grads_test.ts", "tests/numpy"],
  },
  {
    file: "src/transform/vjp_rules.ts",
    from:
      "transpose: ({ o, d }, { perm }) => [o.transpose(d, inversePerm(perm))],",
    to: "transpose: ({ o, d }, { perm }) => [o.transpose(d, perm)],",
    tests: ["tests/transform/grads_test.ts", "tests/numpy"],
  },
  {
    file: "src/transform/vjp_rules.ts",
    from: "hi: shape.map((n, i) => n - start[i] - span[i]),",
    to: "hi: shape.map((n, i) => n - span[i]),",
    tests: ["tests/transform/grads_test.ts", "tests/numpy"],
  },
];
