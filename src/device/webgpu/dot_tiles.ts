/**
 * Large products: each workgroup makes a tile of the result from tiles of the
 * operands in its memory, and each invocation a patch of that in registers.
 *
 * A tile of an operand is made of slots, vectors of four rows (or columns) a
 * quarter of the tile apart. So invocations side by side read and write words
 * side by side in the heap, and a patch still loads four elements at once.
 *
 * @module
 */
import { type Lines, resultsText } from "./dot_results.ts";
import {
  lines,
  load,
  parens,
  type Product,
  type Strides,
  sum,
  times,
} from "./dot_operands.ts";
import { type GroupCode, takeApart } from "./kernel_code.ts";

/** Sizes of tiles and patches: powers of two; those of patches at least 4. */
export interface Tile {
  /** Rows of the result. */
  readonly m: number;
  /** Its columns. */
  readonly n: number;
  /** Summands at a time. */
  readonly k: number;
  /** Rows of a patch. */
  readonly rows: number;
  /** Columns of a patch. */
  readonly columns: number;
}

/** One operand as its tiles are filled. */
interface Side {
  readonly name: string;
  /** Address of its matrix. */
  readonly start: string;
  /** Row or column of the result where the tile begins. */
  readonly first: string;
  readonly strides: Strides;
  /** Rows or columns of the matrix. */
  readonly size: number;
  /** Those of the tile. */
  readonly tile: number;
  /** Slots per summand. */
  readonly slots: number;
  /** The same in memory: apart so that banks do not conflict. */
  readonly pitch: number;
  /** Whether neighbouring invocations take neighbouring summands. */
  readonly inward: boolean;
}

/** The number of workgroups. */
export function tilesOf({ b, m, n }: Product, tile: Tile): number {
  return b * Math.ceil(m / tile.m) * Math.ceil(n / tile.n);
}

/** Products by tiles. */
export function tilesCode(product: Product, tile: Tile): GroupCode {
  const { b, m, n, k } = product;
  const grid = [b, Math.ceil(m / tile.m), Math.ceil(n / tile.n)];
  const { code, names: [batch, row, column] } = takeApart("group", grid, "g");
  const across = tile.n / tile.columns;
  const size = across * tile.m / tile.rows;
  const side = (
    name: string,
    base: string,
    strides: Strides,
    index: string,
    whole: number,
    part: number,
  ): Side => {
    const inward = strides.inner === 1 && strides.outer !== 1;
    const slots = part / 4;
    return {
      ...{ name, strides, size: whole, tile: part, slots, inward },
      start: sum([base, times(batch, strides.batch)]),
      first: times(index, part),
      pitch: inward ? slots + 1 : slots,
    };
  };
  const left = side("left", "p0", product.left, row, m, tile.m);
  const right = side("right", "p1", product.right, column, n, tile.n);
  const sides = [left, right];
  const full = k - k % tile.k;
  const step = (at: string, depth: number) =>
    [
      ...sides.map((s) => fillText(s, tile.k, size, at, depth)),
      "workgroupBarrier();",
      patchText(left, right, tile, depth),
      "workgroupBarrier();",
    ].join("\n");
  const loop = [
    `for (var at = 0u; at < ${full}u; at += ${tile.k}u) {`,
    step("at", tile.k),
    "}",
  ];
  return {
    kind: "groups",
    count: tilesOf(product, tile),
    size,
    shared: sides.map((s) => [
      `${s.name}Tile`,
      `array<vec4f, ${tile.k * s.pitch}>`,
    ]),
    code: [
      code,
      `let x = lane % ${across}u;`,
      `let y = lane / ${across}u;`,
      ...sides.map((s) => placesText(s, tile.k, size)),
      lines(
        tile.rows * tile.columns / 4,
        (i) => `var sum${i} = vec4f();`,
      ),
      ...full > 0 ? loop : [],
      ...full < k ? [step(`${full}u`, k - full)] : [],
      resultsText(product, {
        batch,
        rows: linesOf(left, "y", tile.rows),
        columns: linesOf(right, "x", tile.columns),
        value: (r, c) => {
          const [row, column] = [tile.rows / 4, tile.columns / 4];
          // Lines follow each other through the slots, part by part.
          const line = 4 * (r % row) + Math.floor(r / row);
          return `sum${line * column + c % column}.${
            "xyzw"[Math.floor(c / column)]
          }`;
        },
      }),
    ].join("\n"),
  };
}

/** Rows or columns that an invocation finds results of. */
function linesOf(side: Side, index: string, count: number): Lines {
  return {
    count,
    first: sum([side.first, index]),
    step: side.tile / count,
    safe: side.size % side.tile === 0 ? count : 0,
  };
}

/**
 * Slots that an invocation fills. Those of one invocation are apart by summands,
 * or by slots of the same summand if the operand is stored along summands.
 */
function jobsOf({ slots, inward }: Side, depth: number, size: number) {
  const count = slots * depth / size;
  const ahead = size / (inward ? depth : slots);
  return Array.from({ length: count }, (_, i) => ({
    slot: inward ? i * ahead : 0,
    inner: inward ? 0 : i * ahead,
    /** Which of the addresses are its. */
    address: inward ? 4 * i : 0,
  }));
}

/** Declares slot and summand of an invocation, and addresses of its lines. */
function placesText(side: Side, depth: number, size: number): string {
  const { name, slots, inward, start, first, strides } = side;
  const [fast, slow] = inward ? ["Inner", "Slot"] : ["Slot", "Inner"];
  const jobs = jobsOf(side, depth, size);
  const own = inward ? jobs : jobs.slice(0, 1);
  return [
    `let ${name}${fast} = lane % ${inward ? depth : slots}u;`,
    `let ${name}${slow} = lane / ${inward ? depth : slots}u;`,
    ...own.map(({ slot, address }) =>
      lines(4, (i) => {
        const line = sum([first, `${name}Slot`, `${slot + i * slots}u`]);
        // What lines beyond the last make is not stored.
        const inside = side.size % side.tile === 0
          ? parens(line)
          : `min(${line}, ${side.size - 1}u)`;
        const place = sum([start, times(inside, strides.outer)]);
        return `let ${name}${address + i} = ${place};`;
      })
    ),
  ].join("\n");
}

/** Fills a tile of an operand with summands from `at`, of which `rest` exist. */
function fillText(
  side: Side,
  depth: number,
  size: number,
  at: string,
  rest: number,
): string {
  const { name, pitch, strides } = side;
  return jobsOf(side, depth, size).map(({ slot, inner, address }) => {
    const index = sum([`${name}Inner`, `${inner}u`]);
    // What summands beyond the last give is not added.
    const inside = rest === depth ? index : `min(${index}, ${rest - 1}u)`;
    const ahead = times(parens(sum([at, inside])), strides.inner);
    const parts = Array.from(
      { length: 4 },
      (_, i) => load(sum([`${name}${address + i}`, ahead])),
    );
    const to = sum([times(parens(index), pitch), `${name}Slot`, `${slot}u`]);
    return `${name}Tile[${to}] = vec4f(${parts.join(", ")});`;
  }).join("\n");
}

/** Adds the products of `depth` summands in the tiles to the patch. */
function patchText(
  left: Side,
  right: Side,
  tile: Tile,
  depth: number,
): string {
  const [rows, columns] = [tile.rows / 4, tile.columns / 4];
  const read = (name: string, side: Side, index: string, count: number) =>
    lines(count, (i) => {
      const slot = [index, `${i * side.slots / count}u`];
      const place = sum([times("step", side.pitch), ...slot]);
      return `let ${name}${i} = ${side.name}Tile[${place}];`;
    });
  return [
    `for (var step = 0u; step < ${depth}u; step += 1u) {`,
    read("a", left, "y", rows),
    read("b", right, "x", columns),
    lines(
      tile.rows,
      (r) =>
        lines(
          columns,
          (c) =>
            `sum${r * columns + c} += a${r >> 2}.${"xyzw"[r & 3]} * b${c};`,
        ),
    ),
    "}",
  ].join("\n");
}
