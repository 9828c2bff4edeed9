/**
 * AssemblyScript source of scatter: rows of updates combined into the rows
 * that indices name, in order. Stray indices are dropped.
 */

/** Kernel that combines a row with its update, per suffix of the name. */
const COMBINE: Readonly<Record<string, string>> = {
  set: "copyWords(inner, updates, to)",
  add: "add_rows(inner, to, updates, to)",
  min: "min_rows(inner, to, updates, to)",
  max: "max_rows(inner, to, updates, to)",
  add_i32: "add_i32_rows(inner, to, updates, to)",
  min_i32: "min_i32_rows(inner, to, updates, to)",
  max_i32: "max_i32_rows(inner, to, updates, to)",
  min_u32: "min_u32_rows(inner, to, updates, to)",
  max_u32: "max_u32_rows(inner, to, updates, to)",
};

const SIZES = "outer: i32, nIn: i32, inner: i32, nIdx: i32";

function scatterSource(name: string, combine: string): string {
  const forms = [["", "0"], ["_b", "<usize> nIdx << 2"]].map(([form, step]) => `
export function scatter_${name}${form}(${SIZES}, out: usize, idx: usize, updates: usize): void {
  rows_${name}(outer, nIn, inner, nIdx, out, idx, ${step}, updates);
}
`);
  return `
function rows_${name}(${SIZES}, out: usize, idx: usize, idxStep: usize, updates: usize): void {
  const row = <usize> inner << 2;
  for (; outer > 0; outer--) {
    for (let j: i32 = 0; j < nIdx; j++) {
      const i = load<u32>(idx + (<usize> j << 2));
      if (i < <u32> nIn) {
        const to = out + <usize> i * row;
        ${combine};
      }
      updates += row;
    }
    out += <usize> nIn * row;
    idx += idxStep;
  }
}
${forms.join("")}`;
}

/** Source of `scatter.ts`. */
export function scatterSources(): string {
  const used = Object.values(COMBINE).map((c) => c.slice(0, c.indexOf("(")));
  const fromRows = used.filter((name) => name !== "copyWords");
  return [
    `import { ${fromRows.join(", ")} } from "./rows";\n`,
    `import { copyWords } from "./words";\n`,
    ...Object.entries(COMBINE).map(([name, c]) => scatterSource(name, c)),
  ].join("");
}
