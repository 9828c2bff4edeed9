/** Tables in Markdown. */
import type { Row } from "./row.ts";

/** Prints a table with columns as wide as their longest cell. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((cells) => cells[i].length))
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  const rule = widths.map((n) => "-".repeat(n));
  console.log([head, rule, ...rows].map(line).join("\n"));
}

/** Prints what each row is, how fast it starts and how much memory it took. */
export function printRows(rows: readonly Row[]): void {
  console.log("\n## rows");
  printTable(
    ["row", "what", "import+init ms", "peak RSS MB"],
    rows.map((row) => [
      row.name,
      row.dead ? `FAILED ${row.dead}` : row.info,
      row.initMs.toFixed(0),
      (row.rss / 1e6).toFixed(0),
    ]),
  );
}
