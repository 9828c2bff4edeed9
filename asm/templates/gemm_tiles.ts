/**
 * AssemblyScript source of the matrix product's inner loops.
 *
 * A tile keeps rows x columns of C in registers. Each step loads four elements
 * of every row of A and spreads them by shuffles, which costs fewer memory
 * instructions than four splatting loads. A real branch between the four
 * k-steps handles every K, and keeps the optimiser from gathering all loads
 * at the top, which would spill registers.
 */

const STEPS = 4;

interface Tile {
  readonly rows: number;
  /** Vectors of four columns. */
  readonly vectors: number;
  /** Whether only the first `n` columns of the one vector are C's. */
  readonly edge: boolean;
}

const TILES: readonly Tile[] = [
  { rows: 2, vectors: 4, edge: false },
  { rows: 1, vectors: 4, edge: false },
  { rows: 4, vectors: 2, edge: false },
  { rows: 1, vectors: 2, edge: false },
  { rows: 4, vectors: 1, edge: false },
  { rows: 1, vectors: 1, edge: false },
  { rows: 4, vectors: 1, edge: true },
  { rows: 1, vectors: 1, edge: true },
];

function indices(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function tileName({ rows, vectors, edge }: Tile): string {
  return `${edge ? "edge" : "tile"}${rows}x${4 * vectors}`;
}

function tileSource(tile: Tile): string {
  const rows = indices(tile.rows);
  const vectors = indices(tile.vectors);
  const lines: string[] = [];
  for (const i of rows) {
    for (const j of vectors) lines.push(`let c${i}${j} = f32x4.splat(0);`);
    if (i > 0) lines.push(`let a${i} = a${i - 1} + lda;`);
  }
  lines.push("do {");
  for (const i of rows) lines.push(`const v${i} = v128.load(a${i});`);
  for (const u of indices(STEPS)) {
    for (const j of vectors) {
      lines.push(`const b${j}${u} = v128.load(b, ${16 * j});`);
    }
    lines.push("b += ldb;");
    for (const i of rows) {
      lines.push(
        `const x${i}${u} = v128.shuffle<f32>(v${i}, v${i}, ${u}, ${u}, ${u}, ${u});`,
      );
      for (const j of vectors) {
        lines.push(`c${i}${j} = madd(x${i}${u}, b${j}${u}, c${i}${j});`);
      }
    }
    if (u < STEPS - 1) lines.push(`if (k == ${u + 1}) break;`);
  }
  for (const i of rows) lines.push(`a${i} += 16;`);
  lines.push(`k -= ${STEPS};`, "} while (k > 0);");
  if (tile.edge) lines.push(...edgeStores(rows));
  else lines.push(...stores(rows, vectors));
  return `
export function ${
    tileName(tile)
  }(k: i32, a0: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, acc: bool${
    tile.edge ? ", n: i32" : ""
  }): void {
  ${lines.join("\n  ")}
}
`;
}

function stores(rows: number[], vectors: number[]): string[] {
  const each = (value: (i: number, j: number) => string) =>
    rows.flatMap((i) => [
      ...vectors.map((j) => `v128.store(c, ${value(i, j)}, ${16 * j});`),
      ...(i < rows.length - 1 ? ["c += ldc;"] : []),
    ]);
  return [
    "if (acc) {",
    ...each((i, j) => `f32x4.add(v128.load(c, ${16 * j}), c${i}${j})`),
    "} else {",
    ...each((i, j) => `c${i}${j}`),
    "}",
  ];
}

function edgeStores(rows: number[]): string[] {
  return rows.flatMap((i) => [
    `if (acc) c${i}0 = f32x4.add(v128.load(c), c${i}0);`,
    `v128.store32_lane(c, c${i}0, 0);`,
    `if (n > 1) v128.store32_lane(c, c${i}0, 1, 4);`,
    `if (n > 2) v128.store32_lane(c, c${i}0, 2, 8);`,
    ...(i < rows.length - 1 ? ["c += ldc;"] : []),
  ]);
}

/** Source of `gemm_tiles.ts`. */
export function gemmTilesSource(): string {
  return [
    `import { madd } from "./lanes";\n`,
    ...TILES.map(tileSource),
  ].join("");
}
