/**
 * Small and thin products: each item makes a patch of the result, straight from
 * the heap.
 *
 * @module
 */
import {
  lines,
  load,
  parens,
  type Product,
  sum,
  times,
} from "./dot_operands.ts";
import { resultsText } from "./dot_results.ts";
import { type ItemCode, placeOf, takeApart } from "./kernel_code.ts";

/** Size of a patch. */
export interface Patch {
  /** Rows of the result. */
  readonly rows: number;
  /** Its columns. */
  readonly columns: number;
}

/** Summands per turn of the loop. */
const UNROLL = 4;

/** Products by patches. */
export function patchesCode(product: Product, patch: Patch): ItemCode {
  const { b, m, n, k, left, right } = product;
  const grid = [
    b,
    Math.ceil(m / patch.rows),
    Math.ceil(n / patch.columns),
  ];
  const { code, names: [batch, row, column] } = takeApart("item", grid, "i");
  // Lines of a patch are apart, so that neighbours read neighbouring elements.
  const line = (axis: 1 | 2, i: number) =>
    sum([axis === 1 ? row : column, `${i * grid[axis]}u`]);
  const starts = (
    name: string,
    base: string,
    axis: 1 | 2,
    count: number,
    size: number,
    { batch: far, outer }: Product["left"],
  ) =>
    lines(count, (i) => {
      const index = line(axis, i);
      const inside = (i + 1) * grid[axis] > size
        ? `min(${index}, ${size - 1}u)`
        : parens(index);
      return `let ${name}${i} = ${
        placeOf(base, [batch, inside], [far, outer])
      };`;
    });
  const step = (at: string) =>
    [
      "{",
      lines(patch.rows, (r) =>
        `let x${r} = ${load(sum([`left${r}`, times(at, left.inner)]))};`),
      lines(patch.columns, (c) =>
        `let y${c} = ${load(sum([`right${c}`, times(at, right.inner)]))};`),
      lines(patch.rows, (r) =>
        lines(patch.columns, (c) =>
          `sum${r}_${c} += x${r} * y${c};`)),
      "}",
    ].join("\n");
  const full = k <= UNROLL ? 0 : k - k % UNROLL;
  return {
    kind: "items",
    count: grid[0] * grid[1] * grid[2],
    ...patch.rows === 1 ? { rows: b * m, steps: k } : {},
    code: [
      code,
      starts("left", "p0", 1, patch.rows, m, left),
      starts("right", "p1", 2, patch.columns, n, right),
      lines(
        patch.rows,
        (r) => lines(patch.columns, (c) => `var sum${r}_${c} = 0f;`),
      ),
      ...full === 0 ? [] : [
        `for (var at = 0u; at < ${full}u; at += ${UNROLL}u) {`,
        lines(UNROLL, (i) => step(i === 0 ? "at" : `(at + ${i}u)`)),
        "}",
      ],
      lines(k - full, (i) => step(`${full + i}u`)),
      resultsText(product, {
        batch,
        rows: {
          count: patch.rows,
          first: row,
          step: grid[1],
          safe: Math.floor(m / grid[1]),
        },
        columns: {
          count: patch.columns,
          first: column,
          step: grid[2],
          safe: Math.floor(n / grid[2]),
        },
        value: (r, c) => `sum${r}_${c}`,
      }),
    ].join("\n"),
  };
}
