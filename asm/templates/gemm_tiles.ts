/**
 * AssemblyScript source of the matrix product's inner loops.
 *
 * A tile keeps rows x columns of C in registers: as many as engines can hold
 * beside one vector of B and an element of each row of A. Elements of A are
 * spread by loads without an offset, which every engine makes one instruction.
 * A real branch between the unrolled k-steps handles every K, and keeps the
 * optimiser from gathering all loads at the top, which would spill registers.
 */

const STEPS = 4;

/** Rows of the tiles that are 1, 2, ... vectors of four columns wide. */
const ROWS = [4, 4, 3, 2, 2, 2];

function indices(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Computes C's next rows. */
function tileSource(count: number, width: number): string[] {
  const rows = indices(count);
  const vectors = indices(width);
  const lines = ["let k = K;", "let p = b;", "let a0 = a;"];
  for (const i of rows) {
    for (const j of vectors) lines.push(`let c${i}${j} = f32x4.splat(0);`);
    if (i > 0) lines.push(`let a${i} = a${i - 1} + rows;`);
  }
  lines.push("do {");
  for (const u of indices(STEPS)) {
    const loadA = (i: number) => [
      `const x${i}${u} = v128.load32_splat(a${i});`,
      `a${i} += steps;`,
    ];
    const loadB = (j: number) => `const b${j}${u} = v128.load(p, ${16 * j});`;
    const add = (i: number, j: number) =>
      `c${i}${j} = madd(x${i}${u}, b${j}${u}, c${i}${j});`;
    // The shorter side first, which then stays in registers.
    if (rows.length < vectors.length) {
      lines.push(...rows.flatMap(loadA));
      for (const j of vectors) {
        lines.push(loadB(j), ...rows.map((i) => add(i, j)));
      }
    } else {
      lines.push(...vectors.map(loadB));
      for (const i of rows) {
        lines.push(...loadA(i), ...vectors.map((j) => add(i, j)));
      }
    }
    lines.push("p += ldb;");
    if (u < STEPS - 1) lines.push(`if (k == ${u + 1}) break;`);
  }
  lines.push(`k -= ${STEPS};`, "} while (k > 0);");
  lines.push(...stores(rows, vectors));
  lines.push(`a += ${count} * rows;`);
  return lines;
}

/** Stores the rows, of the last vector `last` columns. */
function stores(rows: number[], vectors: number[]): string[] {
  const lines: string[] = [];
  const end = vectors.length - 1;
  for (const i of rows) {
    const c = (j: number) => `c${i}${j}`;
    for (const j of vectors) {
      const sum = `f32x4.add(v128.load(c, ${16 * j}), ${c(j)})`;
      lines.push(`if (acc) ${c(j)} = ${sum};`);
      if (j < end) lines.push(`v128.store(c, ${c(j)}, ${16 * j});`);
    }
    lines.push(
      `if (last == 4) v128.store(c, ${c(end)}, ${16 * end});`,
      `else storeLanes(c + ${16 * end}, ${c(end)}, last);`,
      "c += ldc;",
    );
  }
  return lines;
}

/** A function that computes C's columns from one panel of B, for all rows. */
function stripSource(rows: number, i: number): string {
  const width = i + 1;
  return `
function strip${
    4 * width
  }(M: i32, K: i32, a: usize, rows: usize, steps: usize, b: usize, ldb: usize, c: usize, ldc: usize, acc: bool, last: i32): void {
  for (; M >= ${rows}; M -= ${rows}) {
    ${tileSource(rows, width).join("\n    ")}
  }
  for (; M > 0; M--) {
    ${tileSource(1, width).join("\n    ")}
  }
}
`;
}

/** The function for `n` columns, at most as many as the widest. */
function stripsSource(): string {
  const parameters =
    "M, K, a, rows, steps, b, ldb, c, ldc, acc, n - (width - 4)";
  return `
export function strip(n: i32, M: i32, K: i32, a: usize, rows: usize, steps: usize, b: usize, ldb: usize, c: usize, ldc: usize, acc: bool): void {
  const width = n + 3 & ~3;
  ${
    indices(ROWS.length).reverse().map((i) =>
      `if (width == ${4 * i + 4}) strip${4 * i + 4}(${parameters});`
    ).join("\n  else ")
  }
}
`;
}

/** Source of `gemm_tiles.ts`. */
export function gemmTilesSource(): string {
  return [
    `import { madd } from "./lanes";\n`,
    `import { storeLanes } from "./words";\n`,
    ...ROWS.map(stripSource),
    stripsSource(),
  ].join("");
}
