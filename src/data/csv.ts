/**
 * Tables of comma-separated values: numbers, and a column of labels.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import type { Tensor } from "../numpy/mod.ts";
import { bytesOf, nameOf, refuse, type Source } from "./sources.ts";
import { hostTensor } from "./tensors.ts";

/** How to read a table. */
export interface CsvOptions {
  /** Whether the first line has the names of columns; true by default. */
  readonly header?: boolean;
  /** What separates values; a comma by default. */
  readonly delimiter?: string;
  /** Name or index of the column of labels; without it there are none. */
  readonly label?: string | number;
  /** Names or indices of the columns of numbers; all others by default. */
  readonly columns?: readonly (string | number)[];
}

/** A table. */
export interface Table {
  /** The numbers, f32[rows, columns]. */
  readonly x: Tensor;
  /** The label of each row as an index in `classes`, i32[rows]; or null. */
  readonly y: Tensor | null;
  /** Names of the columns of numbers. */
  readonly columns: readonly string[];
  /** The labels there are, sorted: as numbers if all are, else as texts. */
  readonly classes: readonly string[];
}

/** The values of each line; those in quotes may hold anything. */
function rowsOf(text: string, delimiter: string, what: string): string[][] {
  const rows: string[][] = [];
  let [row, value]: [string[], string] = [[], ""];
  let quoted = false;
  const end = () => {
    row.push(value);
    if (row.length > 1 || value.trim() !== "") rows.push(row);
    [row, value] = [[], ""];
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char !== '"') value += char;
      else if (text[i + 1] === '"') value += text[++i];
      else quoted = false;
    } else if (char === '"' && value.trim() === "") {
      [quoted, value] = [true, ""];
    } else if (char === delimiter) {
      row.push(value);
      value = "";
    } else if (char === "\n") {
      end();
    } else if (char !== "\r") {
      value += char;
    }
  }
  if (quoted) {
    refuse(what, "it ends within quotes", "a closing quote", "copy it again");
  }
  end();
  return rows;
}

/**
 * Reads a table.
 *
 * @example
 * ```ts
 * import { loadCsv } from "@vodes/vodes/data";
 * const text = "width,height,kind\n1,2,cat\n3,4,dog\n";
 * const table = await loadCsv(new TextEncoder().encode(text), { label: "kind" });
 * console.log(table.x.toArray(), table.y?.toArray(), table.classes);
 * // [[1, 2], [3, 4]] [0, 1] ["cat", "dog"]
 * ```
 * @param source Bytes of UTF-8 text, or a path or web address.
 * @throws {TreeError} If rows differ in length, a value is no number, or a
 * column is missing.
 */
export async function loadCsv(
  source: Source,
  options: CsvOptions = {},
): Promise<Table> {
  const { header = true, delimiter = ",", label, columns } = options;
  const what = nameOf(source, "a CSV file");
  if (delimiter.length !== 1 || '"\r\n'.includes(delimiter)) {
    throw new TreeError(
      `Cannot read ${what}: the delimiter is ${JSON.stringify(delimiter)}, ` +
        'expected one character such as ",", ";" or "\\t"',
    );
  }
  const bytes = await bytesOf(source, "a CSV file");
  const text = new TextDecoder().decode(bytes);
  const all = rowsOf(text, delimiter, what);
  const first = header ? all.shift() : all[0]?.map((_, i) => String(i));
  if (first === undefined || all.length === 0) {
    refuse(what, "it has no rows", "some", "check the file");
  }
  const names = first.map((name) => name.trim());
  const indexOf = (column: string | number): number => {
    const index = typeof column === "number" ? column : names.indexOf(column);
    if (Number.isInteger(index) && index >= 0 && index < names.length) {
      return index;
    }
    return refuse(
      what,
      `there is no column ${JSON.stringify(column)}`,
      `one of ${names.join(", ")}`,
      "name another",
    );
  };
  const labelAt = label === undefined ? -1 : indexOf(label);
  const numbersAt = columns?.map(indexOf) ??
    names.map((_, i) => i).filter((i) => i !== labelAt);
  const x = new Float32Array(all.length * numbersAt.length);
  all.forEach((row, r) => {
    const line = r + 1 + (header ? 1 : 0);
    if (row.length !== names.length) {
      refuse(
        what,
        `row ${line} has ${row.length} values`,
        `${names.length}, as the first`,
        "check the row, or name the delimiter",
      );
    }
    numbersAt.forEach((at, c) => {
      const value = Number(row[at]);
      if (row[at].trim() === "" || Number.isNaN(value)) {
        refuse(
          what,
          `row ${line} has ${JSON.stringify(row[at])} for "${names[at]}"`,
          "a number",
          "leave the column out, or name it as the label",
        );
      }
      x[r * numbersAt.length + c] = value;
    });
  });
  const labels = labelAt < 0 ? [] : all.map((row) => row[labelAt].trim());
  const classes = sorted(new Set(labels));
  return {
    x: hostTensor("f32", [all.length, numbersAt.length], x),
    y: labelAt < 0 ? null : hostTensor(
      "i32",
      [all.length],
      Int32Array.from(labels, (text) => classes.indexOf(text)),
    ),
    columns: numbersAt.map((at) => names[at]),
    classes,
  };
}

/** Labels in order: of numbers if all are. */
function sorted(labels: ReadonlySet<string>): string[] {
  const list = [...labels];
  const areNumbers = list.every((l) => l !== "" && !Number.isNaN(Number(l)));
  return areNumbers ? list.sort((a, b) => Number(a) - Number(b)) : list.sort();
}
