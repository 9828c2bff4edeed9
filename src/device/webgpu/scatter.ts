/**
 * Scatter as WGSL, without atomics: each element is changed by one item, in
 * the order of the updates, so that results are the same on every run.
 *
 * @module
 */
import type { Call, Kernel } from "../plan.ts";
import { type ItemCode, placeOf, takeApart } from "./kernel_code.ts";
import { block, lines, loop } from "./loops.ts";
import { rankOf, wordOf } from "./ranks.ts";

type Scatter = Extract<Kernel, { kind: "scatter" }>;

/** Enough items to keep a GPU busy. */
const MANY_ITEMS = 4096;

/** Updates that one item makes one after the other at little cost. */
const FEW_UPDATES = 4;

/**
 * `scatter`. With many columns, or few updates, an item makes all updates of a
 * column. Otherwise that would leave most of a GPU waiting for the memory
 * accesses of a few items; instead an item makes all updates of one element,
 * and looks for them among the indices, which are in a cache. The elements are
 * all, or, if there are fewer updates than elements, those of the updates.
 */
export function scatterCode(call: Call, kernel: Scatter): ItemCode {
  const { batch, outer, n, inner, count } = kernel;
  const columns = batch * outer * inner;
  if (columns >= MANY_ITEMS || count <= FEW_UPDATES) {
    return byColumn(call, kernel);
  }
  return n <= count ? byElement(call, kernel) : byUpdate(call, kernel);
}

/** An item per column, which makes its updates. */
function byColumn(call: Call, kernel: Scatter): ItemCode {
  const { batch, outer, inner, count } = kernel;
  const at = addresses(kernel, "item", 1);
  return {
    kind: "items",
    count: batch * outer * inner,
    code: lines(
      at.code,
      loop(
        "j",
        count,
        lines(
          `let index = heap[indices + j];`,
          block(
            // As u32, a negative index is a large one.
            `if (index < ${kernel.n}u)`,
            lines(
              `let to = ${placeOf("column", ["index"], [inner])};`,
              `let update = heap[${placeOf("updates", ["j"], [inner])}];`,
              combine("let value", "heap[to]", call, kernel),
              `heap[to] = value;`,
            ),
          ),
        ),
      ),
    ),
  };
}

/** An item per element, which looks for its updates. */
function byElement(call: Call, kernel: Scatter): ItemCode {
  const { batch, outer, n, inner } = kernel;
  const at = addresses(kernel, "item", n);
  return {
    kind: "items",
    count: batch * outer * n * inner,
    code: lines(
      at.code,
      `let own = ${at.middle};`,
      `let to = ${placeOf("column", ["own"], [inner])};`,
      `var value = heap[to];`,
      updatesOfOwn("0u", call, kernel),
      `heap[to] = value;`,
    ),
  };
}

/** An item per update: the first of an element makes all of that element. */
function byUpdate(call: Call, kernel: Scatter): ItemCode {
  const { batch, outer, n, inner, count } = kernel;
  const at = addresses(kernel, "item", count);
  return {
    kind: "items",
    count: batch * outer * count * inner,
    code: lines(
      at.code,
      `let first = ${at.middle};`,
      `let own = heap[indices + first];`,
      `var owns = own < ${n}u;`,
      block(
        `for (var j = 0u; owns && j < first; j++)`,
        `owns = heap[indices + j] != own;`,
      ),
      block(
        `if (owns)`,
        lines(
          `let to = ${placeOf("column", ["own"], [inner])};`,
          `var value = heap[to];`,
          updatesOfOwn("first", call, kernel),
          `heap[to] = value;`,
        ),
      ),
    ),
  };
}

/** Changes `value` by the updates of the index `own`, from the given one on. */
function updatesOfOwn(from: string, call: Call, kernel: Scatter): string {
  const { inner, count } = kernel;
  return block(
    `for (var j = ${from}; j < ${count}u; j++)`,
    block(
      `if (heap[indices + j] == own)`,
      lines(
        `let update = heap[${placeOf("updates", ["j"], [inner])}];`,
        combine("value", "value", call, kernel),
      ),
    ),
  );
}

/**
 * Takes an item `[batch, outer, middle, inner]` apart and declares where the
 * indices, and the updates and elements of its column, begin.
 */
function addresses(kernel: Scatter, item: string, middle: number) {
  const { batch, outer, n, inner, count } = kernel;
  const at = takeApart(item, [batch, outer, middle, inner], "i");
  const [b, o, m, i] = at.names;
  const column = (base: string, size: number) =>
    placeOf(base, [b, o, i], [outer * size * inner, size * inner, 1]);
  return {
    middle: m,
    code: lines(
      at.code,
      `let indices = ${placeOf("p0", [b], [count])};`,
      `let updates = ${column("p1", count)};`,
      `let column = ${column("p2", n)};`,
    ),
  };
}

/** Assigns to `target` what the word `update` makes of the word `old`. */
function combine(
  target: string,
  old: string,
  call: Call,
  { mode }: Scatter,
): string {
  if (mode === "set") return `${target} = update;`;
  const { dtype } = call.writes[0];
  if (mode === "add") {
    return dtype === "f32"
      ? `${target} = bitcast<u32>(bitcast<f32>(${old}) + bitcast<f32>(update));`
      : `${target} = ${old} + update;`;
  }
  const ranking = { op: mode, dtype };
  return lines(
    `let before = ${old};`,
    `let best = max(${rankOf("before", ranking, "best")}, ${
      rankOf("update", ranking, "best")
    });`,
    `${target} = ${wordOf("best", ranking)};`,
  );
}
