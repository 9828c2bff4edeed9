/** What the numbers are to show, and whether they do. */
import { bestOf } from "./measure.ts";
import { median, type Row } from "./row.ts";
import { formatTable } from "./table.ts";

/** One claim about one measurement. */
export interface Bar {
  /** In words. */
  readonly claim: string;
  /** Name of the measurement. */
  readonly of: string;
  /** Our row. */
  readonly ours: string;
  /** Rows of which the fastest is compared with; none for a plain time. */
  readonly rivals: readonly string[];
  /** How many times faster than the rival, or the most milliseconds. */
  readonly bound: number;
}

/** The other libraries in JavaScript, on one thread and on two. */
const RIVALS = [
  "jaxjs/wasm-sync",
  "jaxjs/wasm-sync+hoist",
  "tfjs/wasm-1+grad",
  "tfjs/wasm-1+hand",
];
const RIVALS_2 = ["jaxjs/wasm-async", "jaxjs/wasm-async+hoist"];

const DENO = "vodes/wasm";
const BUN = "bun:vodes/wasm";

function bar(
  claim: string,
  of: string,
  ours: string,
  rivals: readonly string[],
  bound: number,
): Bar {
  return { claim, of, ours, rivals, bound };
}

/** The bars, set on a Zen 3 with AVX2. */
export const BARS: readonly Bar[] = [
  bar("Deno: at most 120 us", "moons", DENO, [], 0.12),
  bar("Bun: at most 140 us", "moons", BUN, [], 0.14),
  bar("5x plain JS (goal: 8x)", "moons", DENO, ["plainjs/dedup"], 5),
  bar("40x jax-js", "moons", DENO, ["jaxjs/wasm-sync"], 40),
  bar("Deno: no slower on 2 threads", "moons", "vodes/wasm-2", [DENO], 1),
  bar("Bun: no slower on 2 threads", "moons", "bun:vodes/wasm-2", [BUN], 1),
  bar("1.2x torch eager", "medium", DENO, ["torch/eager"], 1.2),
  bar(
    "1.2x torch eager with AVX2",
    "medium",
    DENO,
    ["torch/eager-avx2"],
    1.2,
  ),
  bar("0.7x numpy, hoisted by hand", "medium", DENO, ["numpy/hoist"], 0.7),
  bar(
    "0.7x numpy with AVX2, hoisted by hand",
    "medium",
    DENO,
    ["numpy/hoist-avx2"],
    0.7,
  ),
  bar("3.3x the best JavaScript rival, 1 thread", "mlp", DENO, RIVALS, 3.3),
  bar(
    "3.3x the best JavaScript rival, 2 threads",
    "mlp",
    "vodes/wasm-2",
    RIVALS_2,
    3.3,
  ),
  bar("Deno: 1.6x on 2 threads", "mlp", "vodes/wasm-2", [DENO], 1.6),
  bar("Bun: 1.4x on 2 threads", "mlp", "bun:vodes/wasm-2", [BUN], 1.4),
];

const GPU_RIVALS = ["jaxjs/webgpu", "jaxjs/webgpu+hoist"];

/** A bar of any GPU; the rivals are on the same one. */
function gpuBar(of: string, how: string, flag: string): Bar {
  const rivals = GPU_RIVALS.map((name) => name + flag);
  return bar(`3x jax-js, ${how}`, of, `vodes/webgpu${flag}`, rivals, 3);
}

/** The bars of rows on GPUs. */
export const GPU_BARS: readonly Bar[] = ["moons", "mlp"].flatMap((of) => [
  gpuBar(of, "each step read", ""),
  gpuBar(of, "steps queued", "+queued"),
]);

/** A measurement of all rows, in milliseconds. */
export interface Figures {
  /** Name of the measurement. */
  readonly of: string;
  /** The fastest run of each row. */
  readonly best: ReadonlyMap<string, number>;
  /** The median of each row. */
  readonly median: ReadonlyMap<string, number>;
}

/** The figures of the rows that were measured. */
export function figuresOf(of: string, rows: readonly Row[]): Figures {
  const timed = rows.filter((row) => (row.times[of]?.length ?? 0) > 0);
  return {
    of,
    best: new Map(timed.map((row) => [row.name, bestOf(row, of)])),
    median: new Map(timed.map((row) => [row.name, median(row.times[of])])),
  };
}

/** The table of the bars whose measurements there are. */
export function formatBars(
  measured: readonly Figures[],
  bars: readonly Bar[] = BARS,
): string {
  const cells = bars.flatMap((bar): string[][] => {
    const figures = measured.find(({ of }) => of === bar.of);
    if (figures === undefined) return [];
    const values = [figures.best, figures.median].map((f) => valueOf(bar, f));
    return [[
      bar.of,
      bar.claim,
      ...values.map(({ text }) => text),
      values[0].reached === null ? "" : values[0].reached ? "yes" : "no",
      values[1].reached === null ? "" : values[1].reached ? "yes" : "no",
    ]];
  });
  const head = ["of", "bar", "best", "median", "by best", "by median"];
  return ["## Bars", "", ...formatTable(head, cells)].join("\n");
}

function valueOf(
  { ours, rivals, bound }: Bar,
  figures: ReadonlyMap<string, number>,
): { text: string; reached: boolean | null } {
  const mine = figures.get(ours);
  const nothing = { text: "not measured", reached: null };
  if (mine === undefined) return nothing;
  if (rivals.length === 0) {
    return { text: `${(1000 * mine).toFixed(1)} us`, reached: mine <= bound };
  }
  const times = rivals.flatMap((name) => figures.get(name) ?? []);
  if (times.length === 0) return nothing;
  const ratio = Math.min(...times) / mine;
  return { text: `${ratio.toPrecision(3)}x`, reached: ratio >= bound };
}
