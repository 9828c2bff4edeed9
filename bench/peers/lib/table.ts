/** Tables in Markdown. */
import type { Row } from "./row.ts";

/** A table, line by line, with columns as wide as their longest cell. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((cells) => cells[i].length))
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  const rule = widths.map((n) => "-".repeat(n));
  return [head, rule, ...rows].map(line);
}

/** What each row is, how fast it starts and how much memory it took. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    row.dead === "" ? row.info : row.why,
    row.dead === "" ? row.initMs.toFixed(0) : "",
    row.rss > 0 ? (row.rss / 1e6).toFixed(0) : "",
  ]);
  const head = ["row", "what", "import+init ms", "peak RSS MB"];
  return ["## Rows", "", ...formatTable(head, cells)].join("\n");
}
