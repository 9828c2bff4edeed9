/**
 * The end of every form of `dot`: what becomes of the patch of results that an
 * invocation holds.
 *
 * @module
 */
import { lines, parens, type Product, sum, times } from "./dot_operands.ts";

/** Rows or columns of a patch. */
export interface Lines {
  /** How many. */
  readonly count: number;
  /** The first, a u32 expression. */
  readonly first: string;
  /** From one to the next. */
  readonly step: number;
  /** Those from here on may be outside of the result. */
  readonly safe: number;
}

/** Results that an invocation holds. */
export interface Patch {
  /** Of which product: a u32 expression. */
  readonly batch: string;
  /** Its rows. */
  readonly rows: Lines;
  /** Its columns. */
  readonly columns: Lines;
  /** The result in a row and column of the patch: an f32 expression. */
  readonly value: (row: number, column: number) => string;
}

/** Stores a patch, or does with each result what the product asks for. */
export function resultsText(product: Product, patch: Patch): string {
  const { rows, columns } = patch;
  const { count } = rows;
  if (product.epilogue === undefined || count * columns.count === 1) {
    return lines(
      count,
      (r) =>
        rowText(
          product,
          patch,
          `${r}u`,
          r >= rows.safe,
          () =>
            lines(columns.count, (c) =>
              cellText(
                product,
                patch,
                `${c}u`,
                c >= columns.safe,
                patch.value(r, c),
              )),
        ),
    );
  }
  // An epilogue may be long, so it stands in the code once.
  const cells = Array.from(
    { length: count * columns.count },
    (_, i) => patch.value(Math.floor(i / columns.count), i % columns.count),
  );
  const [c, r] = [columns.count, count];
  return [
    `var results = array<f32, ${cells.length}>(${cells.join(", ")});`,
    `for (var r = 0u; r < ${r}u; r += 1u) {`,
    rowText(product, patch, "r", rows.safe < r, () =>
      [
        `for (var c = 0u; c < ${c}u; c += 1u) {`,
        cellText(
          product,
          patch,
          "c",
          columns.safe < c,
          `results[${sum([times("r", c), "c"])}]`,
        ),
        "}",
      ].join("\n")),
    "}",
  ].join("\n");
}

function rowText(
  { m, n }: Product,
  { batch, rows }: Patch,
  index: string,
  guarded: boolean,
  cells: () => string,
): string {
  const start = times(parens(sum([times(batch, m), "row"])), n);
  const body = `let start = ${start};\n${cells()}`;
  return [
    "{",
    `let row = ${sum([rows.first, times(index, rows.step)])};`,
    guarded ? `if (row < ${m}u) {\n${body}\n}` : body,
    "}",
  ].join("\n");
}

function cellText(
  { n, epilogue }: Product,
  { batch, columns }: Patch,
  index: string,
  guarded: boolean,
  value: string,
): string {
  const body = epilogue === undefined
    ? `heap[p2 + start + column] = bitcast<u32>(${value});`
    : [
      `let flat = start + column;`,
      `let value = ${value};`,
      epilogue("value", { flat: "flat", batch, row: "row", column: "column" }),
    ].join("\n");
  return [
    "{",
    `let column = ${sum([columns.first, times(index, columns.step)])};`,
    guarded ? `if (column < ${n}u) {\n${body}\n}` : body,
    "}",
  ].join("\n");
}
