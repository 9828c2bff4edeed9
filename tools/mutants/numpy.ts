import type { Mutant } from "./mutant.ts";

/** Mutants of the room numpy. */
export const NUMPY: readonly Mutant[] = [
  {
    file: "src/numpy/values/reduce.ts",
    from: "return o.div(sum, o.full(o.aval(sum), n));",
    to: "return sum;",
  },
  {
    file: "src/numpy/values/reduce.ts",
    from: "return o.div(squares, o.full(o.aval(squares), n - ddof));",
    to: "return o.div(squares, o.full(o.aval(squares), n));",
  },
  {
    file: "src/numpy/values/reduce.ts",
    from: 'return compute([v], (o, [id]) => o.unary("sqrt", id));',
    to: "return v;",
  },
  {
    file: "src/numpy/values/reduce.ts",
    from: 'return o.compareNumber("ne", count, 0);',
    to: 'return o.compareNumber("gt", count, 1);',
  },
  {
    file: "src/numpy/padding.ts",
    from: "symmetric: (i, n) => fold(i, 2 * n, n, 1),",
    to: "symmetric: (i, n) => fold(i, 2 * n, n, 0),",
  },
  {
    file: "src/numpy/bits.ts",
    from: "const pairs = words.sub(masked(words, 1, 0x55555555));",
    to: "const pairs = words.sub(masked(words, 1, 0x33333333));",
    tests: ["tests/numpy/functions_test.ts", "tests/numpy/lax_names_test.ts"],
  },
  {
    file: "src/numpy/diagonals.ts",
    from: "const start = offset >= 0 ? offset : -offset * m;",
    to: "const start = offset >= 0 ? offset : -offset;",
    tests: ["tests/numpy/diagonals_test.ts"],
  },
  {
    file: "src/numpy/integers.ts",
    from: "return part.mul(abs(y));",
    to: "return part.mul(y);",
    tests: ["tests/numpy/sets_test.ts"],
  },
  {
    file: "src/numpy/polynomials.ts",
    from: "t = concatenate([t.div(powers(t.size).add(1)), zeros(1)]);",
    to: "t = concatenate([t.div(powers(t.size)), zeros(1)]);",
    tests: ["tests/numpy/sets_test.ts"],
  },
  {
    file: "src/numpy/ranges.ts",
    from: "return spaced(n, (i) => 1 - Math.abs(2 * i / (n - 1) - 1));",
    to: "return spaced(n, (i) => 1 - Math.abs(2 * i / n - 1));",
    tests: ["tests/numpy/ranges_test.ts"],
  },
];
