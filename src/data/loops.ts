/**
 * Going through data: fetching ahead, and telling how far it is.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";

/**
 * Goes through a source while the next `count` items of it are on their way.
 *
 * @example
 * ```ts
 * import { prefetch } from "@vodes/vodes/data";
 * async function* slow() {
 *   for (let i = 0; i < 3; i++) yield await Promise.resolve(i);
 * }
 * for await (const item of prefetch(slow(), 2)) console.log(item); // 0 1 2
 * ```
 * @throws {ShapeError} If `count` is not a whole number from 1.
 */
export async function* prefetch<T>(
  source: Iterable<T> | AsyncIterable<T>,
  count = 1,
): AsyncGenerator<T, void, void> {
  if (!(Number.isInteger(count) && count > 0)) {
    throw new ShapeError(
      `Cannot prefetch: ${count} items were asked for, expected a whole ` +
        "number from 1",
    );
  }
  const iterator = Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
  const coming: Promise<IteratorResult<T>>[] = [];
  const ask = () => {
    const next = new Promise<IteratorResult<T>>((resolve) =>
      resolve(iterator.next())
    );
    // Its error is told to whoever gets there.
    next.catch(() => {});
    coming.push(next);
  };
  try {
    for (let i = 0; i < count; i++) ask();
    for (;;) {
      const item = await coming.shift()!;
      if (item.done) return;
      ask();
      yield item.value;
    }
  } finally {
    await Promise.allSettled(coming);
    await iterator.return?.();
  }
}

/** Options of {@link progress}. */
export interface ProgressOptions {
  /** Number of items; that of a list by default. */
  readonly total?: number;
  /** What is being done. */
  readonly label?: string;
  /** Takes a line; `console.log` by default. */
  readonly write?: (line: string) => void;
  /** After how many items a line is written; about ten lines by default. */
  readonly every?: number;
}

/**
 * Goes through a list and tells in lines how far it is, and how fast.
 *
 * @example
 * ```ts
 * import { progress } from "@vodes/vodes/data";
 * for (const x of progress([1, 2], { label: "epoch 1" })) console.log(x);
 * // 1, epoch 1: 1/2, 2, epoch 1: 2/2 (with times)
 * ```
 */
export function* progress<T>(
  items: Iterable<T>,
  options: ProgressOptions = {},
): Generator<T, void, void> {
  const { label = "progress", write = console.log } = options;
  const known = Array.isArray(items) ? items.length : undefined;
  const total = options.total ?? known;
  const every = options.every ?? Math.max(1, Math.ceil((total ?? 100) / 10));
  const start = performance.now();
  let done = 0;
  for (const item of items) {
    yield item;
    done++;
    if (done % every !== 0 && done !== total) continue;
    const seconds = (performance.now() - start) / 1000;
    const of = total === undefined ? "" : `/${total}`;
    write(
      `${label}: ${done}${of}, ${seconds.toFixed(1)} s, ` +
        `${(done / Math.max(seconds, 1e-9)).toPrecision(3)} per second`,
    );
  }
}
