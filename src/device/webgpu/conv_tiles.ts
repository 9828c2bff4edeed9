/**
 * Convolution as WGSL by workgroups. Outputs are a product of matrices: its
 * rows are the output features, its columns the places of all samples, and what
 * is summed over are the elements of a window. The address of an element is
 * the sum of a part that depends on the column and one that depends on the
 * element of the window, so the image is read as if it were that matrix.
 *
 * A workgroup computes a tile of the result. It copies pieces of both matrices
 * to workgroup memory; there each invocation reads 4 rows and 4 columns at a
 * time. Where the tile has fewer cells than the workgroup invocations, slices
 * of the workgroup share the sum, and add up at the end. Long sums may be cut
 * into parts, each of a workgroup of its own.
 *
 * @module
 */
import { range, sizeOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import { type GroupCode, placeOf, takeApart } from "./kernel_code.ts";
import { block, float, lines, loop, offsetBy, storeFloat } from "./loops.ts";

type Conv = Extract<Kernel, { kind: "conv" }>;

/** How a workgroup works. */
export interface Tiling {
  /** Rows of its tile of the result. */
  readonly rows: number;
  /** Columns of its tile of the result. */
  readonly columns: number;
  /** Elements of windows that are in workgroup memory at a time. */
  readonly depth: number;
}

/** Invocations per workgroup. */
export const SIZE = 256;

/** Tilings to choose from: for large results, few rows, small, very small. */
export const TILINGS: readonly Tiling[] = [
  { rows: 64, columns: 64, depth: 16 },
  { rows: 16, columns: 256, depth: 8 },
  { rows: 32, columns: 32, depth: 32 },
  { rows: 16, columns: 16, depth: 64 },
];

/** Pieces of a sum that are in workgroup memory one after the other. */
export function piecesOf({ reads: [, w] }: Call, { depth }: Tiling): number {
  return Math.ceil(sizeOf(w.shape.slice(2)) / depth);
}

/**
 * `conv`, by workgroups.
 *
 * @param cuts Into how many parts sums are cut; each writes results of its own,
 *   to views like that of the call that follow each other.
 */
export function convByTiles(
  call: Call,
  kernel: Conv,
  tiling: Tiling,
  cuts = 1,
): GroupCode {
  const { rows, columns, depth } = tiling;
  const [x, w] = call.reads;
  const [groups, samples] = x.shape;
  const pieces = Math.ceil(piecesOf(call, tiling) / cuts);
  const parts = [
    cuts,
    groups,
    Math.ceil(samples * sizeOf(kernel.places) / columns),
    Math.ceil(w.shape[1] / rows),
  ];
  const at = takeApart("group", parts, "i");
  const [cut, g, columnPart, rowPart] = at.names;
  const [down, right] = [rows / 4, columns / 4];
  const slices = SIZE / (down * right);
  const weights = weightsSide(call, g, down);
  const image = imageSide(call, kernel, g, right);
  const imageAt = depth * (down + 1);
  const reach = cuts * pieces * depth;
  const sides = [
    loader(weights, depth, reach, 0),
    loader(image, depth, reach, imageAt),
  ];
  return {
    kind: "groups",
    count: sizeOf(parts),
    size: SIZE,
    shared: [["tile", `array<vec4f, ${depth * (down + right + 2)}>`]],
    code: lines(
      at.code,
      `let row = ${placeOf("0u", [rowPart], [rows])};`,
      `let column = ${placeOf("0u", [columnPart], [columns])};`,
      `let slice = lane / ${down * right}u;`,
      `let down = lane % ${down * right}u / ${right}u;`,
      `let right = lane % ${right}u;`,
      sides.map((side) => side.before),
      range(4).map((i) => `var sum${i} = vec4f();`),
      loop(
        "piece",
        pieces,
        lines(
          `let begin = (${placeOf("piece", [cut], [pieces])}) * ${depth}u;`,
          sides.map((side) => side.fetch),
          `workgroupBarrier();`,
          sides.map((side) => side.keep),
          `workgroupBarrier();`,
          block(
            `for (var k = slice; k < ${depth}u; k += ${slices}u)`,
            lines(
              `let a = tile[k * ${down + 1}u + down];`,
              `let b = tile[${imageAt}u + k * ${right + 1}u + right];`,
              range(4).map((i) => `sum${i} += a[${i}] * b;`),
            ),
          ),
        ),
      ),
      slices === 1 ? "" : addSlices(slices, down * right),
      block(`if (slice == 0u)`, results(call, cut, g, down, right)),
    ),
  };
}

/** One of the two matrices, in a tile: its lines are rows or columns. */
interface Side {
  /** Of its names. */
  readonly prefix: string;
  /** A four is the lines `i`, `i + fours`, `i + 2 * fours`, `i + 3 * fours`. */
  readonly fours: number;
  /** Whether neighbouring invocations read along windows. */
  readonly alongWindow: boolean;
  /** Declares `name`: the address of a line; lines outside are the last one. */
  readonly line: (name: string, line: string) => string;
  /** Features, and the window. */
  readonly inside: readonly number[];
  /** Strides along these. */
  readonly strides: readonly number[];
}

function weightsSide({ reads: [, w] }: Call, g: string, fours: number): Side {
  const [wg, wo, ...strides] = w.strides;
  const [, outs, ...inside] = w.shape;
  return {
    prefix: "w",
    fours,
    alongWindow: true,
    line: (name, line) => {
      const o = `min(row + ${line}, ${outs - 1}u)`;
      return `let ${name} = ${placeOf("p1", [g, o], [wg, wo])};`;
    },
    inside,
    strides,
  };
}

function imageSide(
  { reads: [x] }: Call,
  { window, places, strides, dilation }: Conv,
  g: string,
  fours: number,
): Side {
  const [, samples, features] = x.shape;
  const [xg, xb, xf, ...spatial] = x.strides;
  const across = [samples, ...places];
  const steps = [xg, xb, ...spatial.map((s, i) => s * strides[i])];
  return {
    prefix: "x",
    fours,
    alongWindow: (window.at(-1) ?? 1) > (places.at(-1) ?? 1),
    line: (name, line) => {
      const column = takeApart(`${name}_column`, across, `${name}_i`);
      const last = sizeOf(across) - 1;
      return lines(
        `let ${name}_column = min(column + ${line}, ${last}u);`,
        column.code,
        `let ${name} = ${placeOf("p0", [g, ...column.names], steps)};`,
      );
    },
    inside: [features, ...window],
    strides: [xf, ...spatial.map((s, i) => s * dilation[i])],
  };
}

/**
 * How pieces of a side get into workgroup memory, to `at`, as `[depth, four]`:
 * statements before the sum, reads of the heap, and writes of what was read.
 *
 * @param reach Elements of the windows that are asked for, or more.
 */
function loader(
  { prefix, fours, alongWindow, line, inside, strides }: Side,
  depth: number,
  reach: number,
  at: number,
) {
  const all = fours * depth;
  const total = sizeOf(inside);
  const idle = all < SIZE ? `lane < ${all}u` : "";
  const pieces = range(Math.ceil(all / SIZE)).map((pass) => {
    const name = `${prefix}${pass}`;
    const [k, four] = alongWindow
      ? [
        `lane % ${depth}u`,
        offsetBy(`lane / ${depth}u`, pass * SIZE / depth),
      ]
      : [
        offsetBy(`lane / ${fours}u`, pass * SIZE / fours),
        `lane % ${fours}u`,
      ];
    const element = takeApart(`${name}_at`, inside, `${name}_i`);
    // Beyond the sum both sides are zero, whatever else is in memory.
    const beyond = reach === total ? "" : `begin + ${name}_k < ${total}u`;
    return {
      before: lines(
        `let ${name}_k = ${k};`,
        `let ${name}_four = ${four};`,
        range(4).map((i) =>
          line(`${name}_line${i}`, offsetBy(`${name}_four`, i * fours))
        ),
      ),
      fetch: lines(
        `var ${name} = vec4f();`,
        where(
          [beyond, idle],
          lines(
            `let ${name}_at = begin + ${name}_k;`,
            element.code,
            `let ${name}_by = ${placeOf("0u", element.names, strides)};`,
            `${name} = vec4f(`,
            range(4).map((i) => `  ${float(`${name}_line${i} + ${name}_by`)},`),
            `);`,
          ),
        ),
      ),
      keep: where(
        [idle],
        `tile[${at}u + ${name}_k * ${fours + 1}u + ${name}_four] = ${name};`,
      ),
    };
  });
  return {
    before: lines(pieces.map((piece) => piece.before)),
    fetch: lines(pieces.map((piece) => piece.fetch)),
    keep: lines(pieces.map((piece) => piece.keep)),
  };
}

/** `code` where all conditions hold, of which empty ones always do. */
function where(conditions: readonly string[], code: string): string {
  const all = conditions.filter((text) => text !== "");
  return all.length === 0 ? code : block(`if (${all.join(" && ")})`, code);
}

/** Adds up the sums of all slices: each time the later half to the others. */
function addSlices(slices: number, cells: number): string {
  const sums = (at: string) =>
    range(4).map((i) => `tile[${offsetBy(at, i * SIZE / 2)}]`);
  return block(
    `for (var half = ${slices / 2}u; half > 0u; half /= 2u)`,
    lines(
      `workgroupBarrier();`,
      block(
        `if (slice >= half && slice < 2u * half)`,
        lines(
          sums(`lane - half * ${cells}u`).map((sum, i) => `${sum} = sum${i};`),
        ),
      ),
      `workgroupBarrier();`,
      block(
        `if (slice < half)`,
        lines(sums("lane").map((sum, i) => `sum${i} += ${sum};`)),
      ),
    ),
  );
}

/** Stores the 4 rows and 4 columns of an invocation. */
function results(
  { writes: [out] }: Call,
  cut: string,
  g: string,
  down: number,
  right: number,
): string {
  const [, samples, outs, ...places] = out.shape;
  const [og, ob, oo, ...ends] = out.strides;
  const across = [samples, ...places];
  const end = takeApart("at", across, "o");
  const to = placeOf(
    "p2",
    [cut, g, ...end.names],
    [sizeOf(out.shape), og, ob, ...ends],
  );
  const rows = range(4).map((i) =>
    `let row${i} = ${offsetBy("row + down", i * down)};`
  );
  const columns = range(4).map((j) =>
    lines(
      `let at${j} = ${offsetBy("column + right", j * right)};`,
      block(
        `if (at${j} < ${sizeOf(across)}u)`,
        lines(
          `let at = at${j};`,
          end.code,
          `let to = ${to};`,
          range(4).map((i) =>
            block(
              `if (row${i} < ${outs}u)`,
              storeFloat(
                placeOf("to", [`row${i}`], [oo]),
                `sum${i}[${j}]`,
              ),
            )
          ),
        ),
      ),
    )
  );
  return lines(rows, columns);
}
