/**
 * Checks of what users give besides tensors, so that JavaScript without types
 * gets errors that say what to do.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { describe } from "./host.ts";

/** An array of what makes tensors, checked to be an array. */
export function needList<T>(what: string, xs: readonly T[]): readonly T[] {
  if (Array.isArray(xs)) return xs;
  throw new ShapeError(
    `Cannot ${what}: ${describe(xs)} was given, expected an array: ` +
      "put it in brackets",
  );
}

/** An options object, checked to have what it must have. */
export function needOptions<T extends object>(
  what: string,
  options: T,
  key: keyof T & string,
): T {
  if (Object(options)[key] !== undefined) return options;
  throw new ShapeError(
    `Cannot ${what}: { ${key} } was not given, expected it among the options`,
  );
}

/** Finite JS numbers, by name. */
export function needNumbers(
  what: string,
  numbers: Readonly<Record<string, number>>,
): void {
  const wrong = Object.keys(numbers).find((k) => !Number.isFinite(numbers[k]));
  if (wrong === undefined) return;
  throw new ShapeError(
    `Cannot ${what}: ${wrong} is ${describe(numbers[wrong])}, expected a ` +
      "finite number",
  );
}
