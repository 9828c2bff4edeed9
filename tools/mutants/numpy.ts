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
];
