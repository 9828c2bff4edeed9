/**
 * Few results of many summands: each workgroup makes a patch of the result, and
 * each of its invocations a share of the summands.
 *
 * @module
 */
import {
  lines,
  load,
  parens,
  type Product,
  type Strides,
  sum,
  times,
} from "./dot_operands.ts";
import { resultsText } from "./dot_results.ts";
import { type GroupCode, placeOf, takeApart } from "./kernel_code.ts";

/** Invocations per workgroup. */
const SIZE = 64;

/** Sizes of a patch: powers of two, of a product up to 64. */
export interface SplitPatch {
  /** Rows of the result. */
  readonly rows: number;
  /** Its columns. */
  readonly columns: number;
}

/** Products with their summands split. */
export function splitCode(product: Product, patch: SplitPatch): GroupCode {
  const { b, m, n, k, left, right } = product;
  const { rows, columns } = patch;
  const cells = rows * columns;
  const parts = SIZE / cells;
  const share = SIZE / parts;
  const grid = [b, Math.ceil(m / rows), Math.ceil(n / columns)];
  const { code, names: [batch, row, column] } = takeApart("group", grid, "g");
  const starts = (
    name: string,
    base: string,
    count: number,
    index: string,
    size: number,
    { batch: far, outer }: Strides,
  ) =>
    lines(count, (i) => {
      const line = sum([times(index, count), `${i}u`]);
      const inside = i >= (size % count || count)
        ? `min(${line}, ${size - 1}u)`
        : parens(line);
      const place = placeOf(base, [batch, inside], [far, outer]);
      return `let ${name}${i} = ${place};`;
    });
  const cell = (i: number) => `sum${i}`;
  return {
    kind: "groups",
    count: grid[0] * grid[1] * grid[2],
    size: SIZE,
    // Apart so that banks do not conflict.
    shared: [["shares", `array<f32, ${cells * (SIZE + 1)}>`], [
      "parts",
      `array<f32, ${SIZE}>`,
    ]],
    code: [
      code,
      starts("left", "p0", rows, row, m, left),
      starts("right", "p1", columns, column, n, right),
      lines(cells, (i) => `var ${cell(i)} = 0f;`),
      `for (var at = lane; at < ${k}u; at += ${SIZE}u) {`,
      lines(
        rows,
        (r) =>
          `let x${r} = ${load(sum([`left${r}`, times("at", left.inner)]))};`,
      ),
      lines(
        columns,
        (c) =>
          `let y${c} = ${load(sum([`right${c}`, times("at", right.inner)]))};`,
      ),
      lines(
        rows,
        (r) =>
          lines(columns, (c) => `${cell(r * columns + c)} += x${r} * y${c};`),
      ),
      "}",
      lines(cells, (i) => `shares[lane + ${i * (SIZE + 1)}u] = ${cell(i)};`),
      "workgroupBarrier();",
      "var total = 0f;",
      `let own = lane % ${cells}u;`,
      `let first = own * ${SIZE + 1}u + lane / ${cells}u * ${share}u;`,
      `for (var i = 0u; i < ${share}u; i += 1u) {`,
      "total += shares[first + i];",
      "}",
      "parts[lane] = total;",
      "workgroupBarrier();",
      `if (lane < ${cells}u) {`,
      lines(parts - 1, (i) => `total += parts[lane + ${(i + 1) * cells}u];`),
      resultsText(product, {
        batch,
        rows: {
          count: 1,
          first: sum([times(row, rows), `lane / ${columns}u`]),
          step: 0,
          safe: m % rows === 0 ? 1 : 0,
        },
        columns: {
          count: 1,
          first: sum([times(column, columns), `lane % ${columns}u`]),
          step: 0,
          safe: n % columns === 0 ? 1 : 0,
        },
        value: () => "total",
      }),
      "}",
    ].join("\n"),
  };
}
