/**
 * Sums and extremes along one axis as WGSL. An item does a row; where rows are
 * long and few, or where neighbouring rows are far apart in memory, a workgroup
 * does.
 *
 * @module
 */
import type { Call, Kernel } from "../plan.ts";
import { type KernelCode, placeOf, takeApart } from "./kernel_code.ts";
import { block, lines, loop } from "./loops.ts";
import { declareRank } from "./ranks.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;
type Row = Of<"cumsum" | "argreduce">;

/** Rows shorter than this, which is also the size of a workgroup, are short. */
const LONG_ROW = 256;

/** Rows enough to keep a GPU busy with an item each. */
const MANY_ROWS = 4096;

function suitsGroups({ outer, red, inner }: Row) {
  return red >= LONG_ROW && (inner === 1 || outer * inner < MANY_ROWS);
}

/** Declares `row`: where the row of that number begins. */
function rowAt(
  number: string,
  { outer, red, inner }: Row,
  base: string,
): string {
  const at = takeApart(number, [outer, inner], "i");
  const place = placeOf(base, at.names, [red * inner, 1]);
  return lines(at.code, `let row = ${place};`);
}

/** `argreduce`. */
export function argreduceCode(
  call: Call,
  kernel: Of<"argreduce">,
): KernelCode {
  const { op, outer, red, inner } = kernel;
  const { dtype } = call.reads[0];
  const read = (name: string, j: string) =>
    declareRank(name, placeOf("row", [j], [inner]), { op, dtype }, "best");
  const visit = lines(
    read("rank", "j"),
    block(`if (rank > best)`, lines(`best = rank;`, `place = j;`)),
  );
  const started = (j: string) =>
    lines(read("start", j), `var best = start;`, `var place = ${j};`);
  if (!suitsGroups(kernel)) {
    return {
      kind: "items",
      count: outer * inner,
      code: lines(
        rowAt("item", kernel, "p0"),
        started("0u"),
        block(`for (var j = 1u; j < ${red}u; j++)`, visit),
        `heap[p1 + item] = place;`,
      ),
    };
  }
  const size = LONG_ROW;
  return {
    kind: "groups",
    count: outer * inner,
    size,
    shared: ["ranks", "places"].map((name) =>
      [name, `array<u32, ${size}>`] as const
    ),
    code: lines(
      rowAt("group", kernel, "p0"),
      started("lane"),
      block(`for (var j = lane + ${size}u; j < ${red}u; j += ${size}u)`, visit),
      `ranks[lane] = best;`,
      `places[lane] = place;`,
      block(
        `for (var half = ${size / 2}u; half > 0u; half /= 2u)`,
        lines(
          `workgroupBarrier();`,
          block(
            `if (lane < half)`,
            lines(
              `let rank = ranks[lane + half];`,
              `let other = places[lane + half];`,
              block(
                `if (rank > best || (rank == best && other < place))`,
                lines(
                  `best = rank;`,
                  `place = other;`,
                  `ranks[lane] = rank;`,
                  `places[lane] = other;`,
                ),
              ),
            ),
          ),
        ),
      ),
      block(`if (lane == 0u)`, `heap[p1 + group] = place;`),
    ),
  };
}

/** `cumsum`. */
export function cumsumCode(call: Call, kernel: Of<"cumsum">): KernelCode {
  const { outer, red, inner, reverse } = kernel;
  const type = call.reads[0].dtype === "f32" ? "f32" : "u32";
  const load = (at: string) => `bitcast<${type}>(heap[${at}])`;
  const store = (at: string, value: string) =>
    `heap[${at}] = bitcast<u32>(${value});`;
  /** Address of the element that is the j-th to be added. */
  const element = (row: string, j: string) =>
    reverse
      ? placeOf(`${row} + ${(red - 1) * inner}u`, [j], [-inner])
      : placeOf(row, [j], [inner]);
  const rows = (number: string) =>
    lines(
      rowAt(number, kernel, "0u"),
      `let x = p0 + row;`,
      `let out = p1 + row;`,
    );
  if (!suitsGroups(kernel)) {
    return {
      kind: "items",
      count: outer * inner,
      code: lines(
        rows("item"),
        `var sum = ${type}(0);`,
        loop(
          "j",
          red,
          lines(
            `sum += ${load(element("x", "j"))};`,
            store(element("out", "j"), "sum"),
          ),
        ),
      ),
    };
  }
  const size = LONG_ROW;
  return {
    kind: "groups",
    count: outer * inner,
    size,
    shared: [["sums", `array<${type}, ${size}>`]],
    // A piece of the row after the other; in each, a lane adds what is 1, 2,
    // 4, .. before it, so that sums over runs of twice that length result.
    code: lines(
      rows("group"),
      `var carry = ${type}(0);`,
      block(
        `for (var begin = 0u; begin < ${red}u; begin += ${size}u)`,
        lines(
          `let j = begin + lane;`,
          `var sum = ${type}(0);`,
          block(`if (j < ${red}u)`, `sum = ${load(element("x", "j"))};`),
          `sums[lane] = sum;`,
          block(
            `for (var step = 1u; step < ${size}u; step *= 2u)`,
            lines(
              `workgroupBarrier();`,
              block(`if (lane >= step)`, `sum += sums[lane - step];`),
              `workgroupBarrier();`,
              `sums[lane] = sum;`,
            ),
          ),
          `workgroupBarrier();`,
          block(`if (j < ${red}u)`, store(element("out", "j"), "carry + sum")),
          `carry += sums[${size - 1}];`,
          `workgroupBarrier();`,
        ),
      ),
    ),
  };
}
