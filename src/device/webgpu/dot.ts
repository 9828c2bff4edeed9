/**
 * Matrix products: which form of code suits which sizes.
 *
 * @module
 */
import { type Call, type Kernel, packedSize } from "../plan.ts";
import { type Epilogue, packedColumns, productOf } from "./dot_operands.ts";
import { patchesCode } from "./dot_patches.ts";
import { splitCode } from "./dot_split.ts";
import { type Tile, tilesCode, tilesOf } from "./dot_tiles.ts";
import {
  type ItemCode,
  type KernelCode,
  placeOf,
  takeApart,
} from "./kernel_code.ts";

export type { Epilogue, Place } from "./dot_operands.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

/** What products are made for. */
export interface DotTuning {
  /**
   * Whether a program plays the GPU: it has few threads and no use for their
   * neighbourhood, but much room for a patch.
   */
  readonly software: boolean;
}

/** Multiplications up to which items are single rows, which may be chained. */
const FEW_PRODUCTS = { hardware: 2 ** 19, software: 2 ** 15 };
/** Tiles for GPUs, from the largest, and how many there must be to fill one. */
const TILES: readonly (Tile & { readonly least: number })[] = [
  { m: 64, n: 64, k: 16, rows: 8, columns: 8, least: 256 },
  { m: 32, n: 32, k: 16, rows: 4, columns: 4, least: 16 },
];
/** Tiles for a program, which keep its patches near. */
const LARGE: Tile = { m: 128, n: 128, k: 8, rows: 16, columns: 16 };
/** Rows and columns from which tiles are not mostly empty. */
const LEAST_LINES = 16;
/** Summands from which tiles are worth their barriers. */
const LEAST_SUMMANDS = 16;
/** Summands from which it is worth to add up shares of them. */
const MANY_SUMMANDS = 256;
/** Results of a workgroup that shares summands. */
const SPLIT_RESULTS = 16;
/** Items that keep a GPU busy. */
const MANY_ITEMS = 4096;

/**
 * Matrix products.
 *
 * @param epilogue What becomes of results, if not that they are stored.
 */
export function dotCode(
  call: Call,
  kernel: Of<"dot">,
  epilogue?: Epilogue,
  { software }: DotTuning = { software: false },
): KernelCode {
  const product = productOf(call, kernel, epilogue);
  const { b, m, n, k } = product;
  const few = FEW_PRODUCTS[software ? "software" : "hardware"];
  const columns = Math.min(n, 4);
  if (b * m * n * k <= few) {
    return patchesCode(product, { rows: 1, columns });
  }
  if (software) {
    return Math.min(m, n) >= LARGE.m
      ? tilesCode(product, LARGE)
      : patchesCode(product, { rows: Math.min(m, 8), columns: Math.min(n, 8) });
  }
  if (Math.min(m, n) >= LEAST_LINES && k >= LEAST_SUMMANDS) {
    const tile = TILES.find((tile) => tilesOf(product, tile) >= tile.least);
    if (tile !== undefined) return tilesCode(product, tile);
  }
  if (k >= MANY_SUMMANDS) {
    const wide = Math.min(4, powerFrom(n));
    const rows = Math.min(SPLIT_RESULTS / wide, powerFrom(m));
    const rest = Math.min(SPLIT_RESULTS / rows, powerFrom(n));
    return splitCode(product, { rows, columns: rest });
  }
  const rows = Math.min(m, 4);
  const enough = b * m * n >= MANY_ITEMS * rows * columns;
  return patchesCode(product, { rows: enough ? rows : 1, columns });
}

/** The least power of two from `n`. */
function powerFrom(n: number): number {
  return 2 ** Math.ceil(Math.log2(n));
}

/** Right operands row by row, rows padded with zeros to multiples of four. */
export function packCode(
  { reads: [x] }: Call,
  { b, k, n }: Of<"pack">,
): ItemCode {
  const columns = packedColumns(n);
  const { code, names } = takeApart("item", [b, k, columns], "i");
  const move = `heap[p1 + item] = heap[${placeOf("p0", names, x.strides)}];`;
  const pad = [
    `if (${names[2]} < ${n}u) {`,
    move,
    "} else {",
    "heap[p1 + item] = 0u;",
    "}",
  ];
  return {
    kind: "items",
    count: b * packedSize(k, n),
    code: [code, ...columns === n ? [move] : pad].join("\n"),
  };
}
