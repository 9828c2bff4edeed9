/**
 * Checks of what layers are made with.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { isPlainObject } from "../base/tree.ts";

/** A value in an error. */
function shown(value: unknown): string {
  if (typeof value === "function") return `the function ${value.name}`;
  return typeof value === "number" || value === undefined
    ? String(value)
    : JSON.stringify(value) ?? String(value);
}

/** The article of a name as it is spoken. */
function article(name: string): string {
  return /^([AEIO]|MLP|LSTM|RMS)/.test(name) ? "an" : "a";
}

/**
 * Refuses numbers that are not whole, or below a least one.
 *
 * @throws {ShapeError} If there is one.
 */
export function needCounts(
  layer: string,
  counts: Readonly<Record<string, unknown>>,
  least = 1,
): void {
  for (const [name, value] of Object.entries(counts)) {
    if (Number.isInteger(value) && Number(value) >= least) continue;
    throw new ShapeError(
      `Cannot make ${article(layer)} ${layer}: ${name} is ${
        shown(value)
      }, expected a whole ` +
        `number from ${least}`,
    );
  }
}

/**
 * Refuses what is no object of options, or has others.
 *
 * @throws {ShapeError} If it is so.
 */
export function needOptions(
  layer: string,
  options: unknown,
  known: readonly string[],
): void {
  const stray = isPlainObject(options)
    ? Object.keys(options).find((name) => !known.includes(name))
    : null;
  if (stray === undefined) return;
  throw new ShapeError(
    `Cannot make ${article(layer)} ${layer}: ` +
      (stray === null
        ? `the options are ${shown(options)}`
        : `there is no option "${stray}"`) +
      `, expected an object with some of ${known.join(", ")}`,
  );
}

/**
 * Refuses what is no function.
 *
 * @throws {ShapeError} If it is none.
 */
export function needFunction(
  layer: string,
  name: string,
  value: unknown,
  expected: string,
): void {
  if (typeof value === "function") return;
  throw new ShapeError(
    `Cannot make ${article(layer)} ${layer}: ${name} is ${
      shown(value)
    }, expected ${expected}`,
  );
}

/**
 * Refuses what generates no keys.
 *
 * @throws {ShapeError} If it does not.
 */
export function needGenerator(layer: string, rkg: unknown): void {
  const fix = "a generator of keys: px.RKG, or new px.RandomKeyGenerator(seed)";
  needFunction(layer, "rkg", rkg, fix);
}

/**
 * Refuses a number outside a range.
 *
 * @throws {ShapeError} If it is outside.
 */
export function needNumber(
  layer: string,
  name: string,
  value: unknown,
  [low, high]: readonly [number, number],
): void {
  if (typeof value === "number" && value >= low && value <= high) return;
  throw new ShapeError(
    `Cannot make ${article(layer)} ${layer}: ${name} is ${
      shown(value)
    }, expected a number ` +
      (high === Infinity ? `from ${low}` : `from ${low} to ${high}`),
  );
}
