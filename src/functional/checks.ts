/**
 * What every transform asks of what it is given.
 *
 * @module
 */
import { TraceError } from "../base/errors.ts";

/**
 * The name of a function, for messages.
 *
 * @param action What is done with it, such as "jit".
 * @throws {TraceError} If it is none.
 */
export function functionName(action: string, fn: unknown): string {
  if (typeof fn === "function") return fn.name || "function";
  throw new TraceError(
    `Cannot ${action} ${String(fn)}, expected a function: give it first, and ` +
      "the options after it",
  );
}
