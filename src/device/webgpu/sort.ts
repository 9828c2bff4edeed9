/**
 * Sorting as WGSL, stable and without workgroup memory: an item per element
 * counts how many of its piece of a row come before it; then pieces are merged
 * two by two, where an item looks for its element in the other piece.
 *
 * @module
 */
import { range } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import type { ItemCode } from "./kernel_code.ts";
import { block, lines, offsetBy } from "./loops.ts";
import { declareRank } from "./ranks.ts";
import { operandsOf, type Stage } from "./stages.ts";

type Sort = Extract<Kernel, { kind: "sort" }>;

/** Elements that are sorted by counting. */
const PIECE = 256;

/**
 * `sort`. Between its stages places go to and fro between the halves of
 * scratch memory.
 */
export function sortStages(call: Call, kernel: Sort): readonly Stage[] {
  const { rows, n } = kernel;
  const keys = operandsOf(call).slice(0, call.reads.length);
  const [result] = operandsOf(call).slice(call.reads.length);
  const merges: number[] = [];
  for (let run = PIECE; run < n; run *= 2) merges.push(run);
  const scratch = 2 * rows * n;
  const half = (stage: number) => rows * n * (stage % 2);
  return range(1 + merges.length).map((stage): Stage => {
    const isFirst = stage === 0;
    const isLast = stage === merges.length;
    const from = `p${keys.length}`;
    const to = isLast
      ? `p${keys.length + (isFirst ? 0 : 1)}`
      : offsetBy(from, half(stage));
    const places = { view: scratch, written: !isLast };
    const code = isFirst ? countCode(call, kernel, to) : mergeCode(
      call,
      kernel,
      merges[stage - 1],
      offsetBy(from, half(stage - 1)),
      to,
    );
    return {
      code,
      operands: [
        ...keys,
        ...isFirst && isLast ? [] : [places],
        ...isLast ? [result] : [],
      ],
    };
  });
}

/** Declares the ranks of the keys of an element. */
function declareRanks(call: Call, name: string, place: string): string {
  return lines(
    ...call.reads.map(({ dtype }, k) => {
      const ranking = { op: "max", dtype } as const;
      const address = `p${k} + row + ${place}`;
      return declareRank(`${name}_${k}`, address, ranking, "best");
    }),
  );
}

/** Whether the element `a` comes before `b`: it is less, or equal and first. */
function isBefore(call: Call, a: string, b: string): string {
  return call.reads.reduceRight(
    (rest, _, k) =>
      `${a}_${k} < ${b}_${k} || (${a}_${k} == ${b}_${k} && (${rest}))`,
    `${a} < ${b}`,
  );
}

function countCode(call: Call, { rows, n }: Sort, to: string): ItemCode {
  const piece = Math.min(n, PIECE);
  return {
    kind: "items",
    count: rows * n,
    steps: piece,
    code: lines(
      `let own = item % ${n}u;`,
      `let row = item - own;`,
      `let begin = own - own % ${piece}u;`,
      `let end = min(begin + ${piece}u, ${n}u);`,
      declareRanks(call, "own", "own"),
      `var place = begin;`,
      block(
        `for (var other = begin; other < end; other++)`,
        lines(
          declareRanks(call, "other", "other"),
          `place += select(0u, 1u, ${isBefore(call, "other", "own")});`,
        ),
      ),
      `heap[${to} + row + place] = own;`,
    ),
  };
}

/** Merges sorted pieces of `run` elements. */
function mergeCode(
  call: Call,
  { rows, n }: Sort,
  run: number,
  from: string,
  to: string,
): ItemCode {
  return {
    kind: "items",
    count: rows * n,
    steps: Math.ceil(Math.log2(run)) + 1,
    code: lines(
      `let at = item % ${n}u;`,
      `let row = item - at;`,
      `let begin = at - at % ${2 * run}u;`,
      `let middle = min(begin + ${run}u, ${n}u);`,
      `let end = min(middle + ${run}u, ${n}u);`,
      `let own = heap[${from} + row + at];`,
      declareRanks(call, "own", "own"),
      `let isLeft = at < middle;`,
      // How many of the other piece come before.
      `var low = select(begin, middle, isLeft);`,
      `var high = select(middle, end, isLeft);`,
      block(
        `while (low < high)`,
        lines(
          `let half = (low + high) / 2u;`,
          `let other = heap[${from} + row + half];`,
          declareRanks(call, "other", "other"),
          block(`if (${isBefore(call, "other", "own")})`, `low = half + 1u;`) +
            ` else { high = half; }`,
        ),
      ),
      `let place = at + low - middle;`,
      `heap[${to} + row + place] = own;`,
    ),
  };
}
