/**
 * Random words as WGSL, bit-equal to `threefry.ts`: each item derives the key
 * of its place in the batch and draws one block of it, or one word where the
 * words of a block do not belong together.
 *
 * @module
 */
import { sizeOf } from "../../base/shape.ts";
import type { KeyStep, PrimitiveParams } from "../../ir/primitives.ts";
import type { Call, Kernel } from "../plan.ts";
import { type ItemCode, placeOf, takeApart } from "./kernel_code.ts";
import { block, lines } from "./loops.ts";

type Random = Extract<Kernel, { kind: "random" }>;

const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]];

/**
 * Declares `a` and `b`: the block of counters under the key `k0`, `k1`.
 */
function blockOf(
  first: string,
  second: string,
  [a, b]: readonly [string, string] = ["a", "b"],
): string {
  const text = [
    `let ${a}_k2 = k0 ^ k1 ^ 0x1bd11bdau;`,
    `var ${a} = ${first} + k0;`,
    `var ${b} = ${second} + k1;`,
  ];
  const key = ["k0", "k1", `${a}_k2`];
  for (let group = 1; group <= 5; group++) {
    for (const turn of ROTATIONS[(group - 1) % 2]) {
      text.push(
        `${a} += ${b};`,
        `${b} = ((${b} << ${turn}u) | (${b} >> ${32 - turn}u)) ^ ${a};`,
      );
    }
    text.push(
      `${a} += ${key[group % 3]};`,
      `${b} += ${key[(group + 1) % 3]} + ${group}u;`,
    );
  }
  return lines(text);
}

/** Where the two words of a derived key are in blocks of the key before. */
interface Origin {
  /** First counter of the block of each word. */
  readonly firsts: readonly [number, number];
  /** What second counters are larger by. */
  readonly distance: number;
  /** Which word of its block each is. */
  readonly words: readonly [number, number];
}

/**
 * In the legacy mode of splits the two words are next to each other in a row
 * of blocks; in all other steps they are one block.
 */
function originOf([index, total]: KeyStep, partitionable: boolean): Origin {
  if (partitionable || total === 0) {
    return { firsts: [0, 0], distance: index, words: [0, 1] };
  }
  const [a, b] = [2 * index, 2 * index + 1];
  return {
    firsts: [a % total, b % total],
    distance: total,
    words: [Number(a >= total), Number(b >= total)],
  };
}

/**
 * Declares the key `k0`, `k1` at the end of a path. The steps are in a table,
 * because paths may be long.
 */
function derivedKey(
  at: string,
  { path, partitionable }: PrimitiveParams["random"],
): string {
  const key = lines(`var k0 = heap[${at}];`, `var k1 = heap[${at} + 1u];`);
  if (path.length === 0) return key;
  const origins = path.map((step) => originOf(step, partitionable));
  const whole = origins.every(({ firsts: [a, b] }) => a === b);
  const rows = origins.map(({ firsts, distance, words }) =>
    `vec4<u32>(${firsts[0]}u, ${firsts[1]}u, ${distance >>> 0}u, ${
      words[0] + 2 * words[1]
    }u)`
  );
  const derive = whole
    ? lines(
      `let index = path[turn];`,
      blockOf("0u", "index"),
      `k0 = a;`,
      `k1 = b;`,
    )
    : lines(
      `let origin = path[turn];`,
      blockOf("origin.x", "origin.x + origin.z", ["a", "b"]),
      blockOf("origin.y", "origin.y + origin.z", ["c", "d"]),
      `k0 = select(a, b, (origin.w & 1u) != 0u);`,
      `k1 = select(c, d, (origin.w & 2u) != 0u);`,
    );
  const table = whole
    ? `array<u32, ${path.length}>(${
      origins.map((o) => `${o.distance >>> 0}u`).join(", ")
    })`
    : `array<vec4<u32>, ${path.length}>(\n  ${rows.join(",\n  ")},\n)`;
  return lines(
    key,
    `var path = ${table};`,
    block(`for (var turn = 0u; turn < ${path.length}u; turn++)`, derive),
  );
}

/** `random`. */
export function randomCode(_: Call, { batch, params }: Random): ItemCode {
  const { each, size, code } = drawn(params);
  const at = takeApart("item", [batch, each], "i");
  const [b, i] = at.names;
  return {
    kind: "items",
    count: batch * each,
    code: lines(
      at.code,
      `let key = ${placeOf("p0", [b], [2])};`,
      `let out = ${placeOf("p1", [b], [size])};`,
      derivedKey("key", params),
      code(i),
    ),
  };
}

/**
 * What is drawn of a key: `size` words in `each` pieces of work, of which
 * `code(i)` does number `i`.
 */
function drawn({ draw, partitionable }: PrimitiveParams["random"]): {
  readonly each: number;
  readonly size: number;
  readonly code: (i: string) => string;
} {
  const pair = (i: string, a: string, b: string) =>
    lines(
      `heap[${placeOf("out", [i], [2])}] = ${a};`,
      `heap[${placeOf("out", [i], [2])} + 1u] = ${b};`,
    );
  if (draw.kind === "key") {
    return { each: 1, size: 2, code: (i) => pair(i, "k0", "k1") };
  }
  if (draw.kind === "split") {
    const { start, count, total } = draw;
    if (partitionable) {
      return {
        each: count,
        size: 2 * count,
        code: (i) =>
          lines(blockOf("0u", `${i} + ${start}u`), pair(i, "a", "b")),
      };
    }
    return {
      each: 2 * count,
      size: 2 * count,
      code: (i) =>
        lines(
          `let word = ${i} + ${2 * start}u;`,
          `let late = word >= ${total}u;`,
          `let first = select(word, word - ${total}u, late);`,
          blockOf("first", `first + ${total}u`),
          `heap[out + ${i}] = select(a, b, late);`,
        ),
    };
  }
  const n = sizeOf(draw.shape);
  if (partitionable) {
    return {
      each: n,
      size: n,
      code: (i) => lines(blockOf("0u", i), `heap[out + ${i}] = a ^ b;`),
    };
  }
  const half = Math.ceil(n / 2);
  return {
    each: half,
    size: n,
    code: (i) =>
      lines(
        `let second = ${i} + ${half}u;`,
        `let both = second < ${n}u;`,
        // An odd count is made even with a counter of 0.
        blockOf(i, `select(0u, second, both)`),
        `heap[out + ${i}] = a;`,
        block(`if (both)`, `heap[out + second] = b;`),
      ),
  };
}
