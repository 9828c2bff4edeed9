/**
 * What a workgroup does for Winograd's convolution, step by step.
 *
 * @module
 */
import { range, sizeOf } from "../../base/shape.ts";
import type { Call } from "../plan.ts";
import { placeOf, takeApart } from "./kernel_code.ts";
import { block, float, lines, offsetBy, storeFloat } from "./loops.ts";

/** Invocations in each half of a workgroup. */
export const HALF = 128;

/** How a call is cut into workgroups. */
export interface Cut {
  /** The call. */
  readonly call: Call;
  /** Outputs, and tiles, of a workgroup: 16 or 32. */
  readonly side: number;
  /** Features in workgroup memory at a time. */
  readonly depth: number;
  /** Tiles: samples, rows and columns of them. */
  readonly tiles: readonly number[];
  /** Index of the group of the convolution. */
  readonly g: string;
}

/** Names of the sums: of each tile of an invocation, by fours of outputs. */
export function sums({ side }: Cut): string[] {
  return range(side / 4).flatMap((j) =>
    range(side / 16).map((h) => `sum${j}_${h}`)
  );
}

/** Declares where the tile, and where the weights of an invocation are. */
export function sources({ call, side, depth, tiles, g }: Cut): string {
  const [x, u] = call.reads;
  const [xg, xb, _, xr, xc] = x.strides;
  const [ug, ui, uo] = u.strides;
  const tile = takeApart("tile", tiles, "t");
  const image = placeOf("p0", [g, ...tile.names], [xg, xb, 2 * xr, 2 * xc]);
  return lines(
    `let tile = min(first_tile + lane % ${side}u, ${sizeOf(tiles) - 1}u);`,
    tile.code,
    `let image = ${image};`,
    `let part = lane % ${HALF}u / ${depth}u;`,
    `let four = part % ${side / 4}u;`,
    `let by = ${placeOf("p1", [g, `(part / ${side / 4}u)`], [ug, ui])};`,
    range(4).map((k) => {
      const o = `min(first_out + four * 4u + ${k}u, ${u.shape[2] - 1}u)`;
      return `let by${k} = ${placeOf("by", [o], [uo])};`;
    }),
  );
}

/** Makes `r0` .. `r3` of the rows `x0` .. `x3` of a tile. */
const TRANSFORM = lines(
  `let h0 = x0 - x2;`,
  `let h1 = x1 + x2;`,
  `let h2 = x2 - x1;`,
  `let h3 = x1 - x3;`,
  range(4).map((i) =>
    `r${i} = vec4f(h${i}.x - h${i}.z, h${i}.y + h${i}.z, ` +
    `h${i}.z - h${i}.y, h${i}.y - h${i}.w);`
  ),
);

/**
 * Declares `r0` .. `r3`: in one half of the workgroup a transformed tile, in
 * the other the weights of four outputs for four elements.
 */
export function fetch({ call, side, depth }: Cut): string {
  const [x, u] = call.reads;
  const [xf, xr, xc] = x.strides.slice(2);
  const [_ug, ui, _uo, uf] = u.strides;
  const features = x.shape[2];
  const four = (places: readonly string[]) =>
    lines("vec4f(", places.map((place) => `  ${float(place)},`), ")");
  /** Beyond the features everything stays zero. */
  const within = (code: string) =>
    features % depth === 0 ? code : block(`if (f < ${features}u)`, code);
  const rows = range(4).map((i) => {
    const row = range(4).map((j) => offsetBy("piece", i * xr + j * xc));
    return `let x${i} = ${four(row)};`;
  });
  const weights = range(4).map((i) => {
    const outs = range(4).map((k) =>
      offsetBy(placeOf(`by${k}`, ["f"], [uf]), 4 * i * ui)
    );
    return `r${i} = ${four(outs)};`;
  });
  return lines(
    range(4).map((i) => `var r${i} = vec4f();`),
    halves(
      lines(
        `let f = begin + lane / ${side}u;`,
        within(lines(
          `let piece = ${placeOf("image", ["f"], [xf])};`,
          rows,
          TRANSFORM,
        )),
      ),
      lines(`let f = begin + lane % ${depth}u;`, within(lines(weights))),
    ),
  );
}

/** What each half of the workgroup does. */
function halves(first: string, second: string): string {
  return `${block(`if (lane < ${HALF}u)`, first)} ${block("else", second)}`;
}

/**
 * Puts `r0` .. `r3` into workgroup memory: tiles as `[element, feature, tile]`,
 * weights as `[element, four of outputs, feature]`.
 */
export const KEEP = halves(
  lines(
    range(16).map((i) =>
      `transformed[lane + ${i * HALF}u] = r${i >> 2}[${i % 4}];`
    ),
  ),
  lines(
    range(4).map((i) => `weights[lane - ${HALF}u + ${i * HALF}u] = r${i};`),
  ),
);

/** Adds products: of 4 or 8 tiles, and 4 or 8 outputs, of one element. */
export function multiply({ side, depth }: Cut): string {
  const fours = range(side / 16);
  return block(
    `for (var k = 0u; k < ${depth}u; k++)`,
    lines(
      `let w = (element * ${side / 4}u + down) * ${depth}u + k;`,
      `let x = element * ${HALF}u + k * ${side}u + right;`,
      fours.map((h) => `let w${h} = weights[${offsetBy("w", 4 * h * depth)}];`),
      range(side / 4).map((j) =>
        lines(
          `let x${j} = transformed[x + (${4 * j}u ^ turn)];`,
          fours.map((h) => `sum${j}_${h} += w${h} * x${j};`),
        )
      ),
    ),
  );
}

/**
 * Results of the `eight`-th 8 tiles and the `h`-th 16 outputs, of which each
 * half of the workgroup computes a line. Sums are put down as `[element, pair]`,
 * so that no two invocations write to one bank of memory.
 */
export function results(
  { call, tiles, g }: Cut,
  eight: number,
  h: number,
): string {
  const [out] = call.writes;
  const [og, ob, oo, or, oc] = out.strides;
  const tile = takeApart("tile", tiles, "t");
  const to = placeOf(
    "p2",
    [g, "out", ...tile.names, "line"],
    [og, oo, ob, 2 * or, 2 * oc, or],
  );
  return lines(
    `workgroupBarrier();`,
    block(
      "",
      lines(
        `let cell = element * ${HALF}u + down * 8u + right;`,
        range(2).flatMap((j) =>
          range(4).map((c) =>
            `transformed[${offsetBy("cell", 32 * c)} + (${4 * j}u ^ turn)] = ` +
            `sum${2 * eight + j}_${h}[${c}];`
          )
        ),
      ),
    ),
    `workgroupBarrier();`,
    block(
      "",
      lines(
        `let tile = ${offsetBy("first_tile + pair % 8u", 8 * eight)};`,
        `let out = ${
          offsetBy("first_out + pair % 32u / 8u * 4u + pair / 32u", 16 * h)
        };`,
        block(
          `if (tile < ${sizeOf(tiles)}u && out < ${out.shape[2]}u)`,
          lines(
            `let sums = line * ${4 * HALF}u + pair;`,
            range(4).map((j) => {
              const [a, b, c] = range(3).map((i) =>
                `transformed[${offsetBy("sums", (4 * i + j) * HALF)}]`
              );
              return `let h${j} = ${a} + sign * (${b} + ${c});`;
            }),
            tile.code,
            `let to = ${to};`,
            storeFloat("to", "h0 + h1 + h2"),
            storeFloat(offsetBy("to", oc), "h1 - h2 - h3"),
          ),
        ),
      ),
    ),
  );
}
