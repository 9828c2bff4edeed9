/**
 * A thin stand-in for the part of `@std/assert` that the tests use, over
 * `node:assert`. `links` in deno.json and `paths` in tsconfig.json point the
 * name here, so that the tests run where JSR is out of reach, and in Bun.
 * Delete the `links` line of deno.json to test against the real package.
 *
 * @module
 */
import node, { AssertionError } from "node:assert/strict";

export { AssertionError };

/** A class that instances are checked against. */
export type ErrorClass<E> = abstract new (...args: never[]) => E;

/** Fails always. */
export function fail(msg?: string): never {
  throw new AssertionError({ message: msg ?? "Failed assertion." });
}

function check(ok: boolean, told: string, msg?: string): void {
  if (!ok) fail(msg === undefined ? told : `${told}: ${msg}`);
}

/** Checks that a value is truthy. */
export function assert(expr: unknown, msg?: string): asserts expr {
  check(Boolean(expr), msg ?? "Expected a truthy value");
}

/** Checks that a value is falsy. */
export function assertFalse(expr: unknown, msg?: string): void {
  check(!expr, msg ?? "Expected a falsy value");
}

/** Checks that a value is neither null nor undefined. */
export function assertExists<T>(
  actual: T,
  msg?: string,
): asserts actual is NonNullable<T> {
  check(
    actual !== null && actual !== undefined,
    `Expected a value, got ${actual}`,
    msg,
  );
}

/** Checks deep equality, prototypes included. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  node.deepStrictEqual(actual, expected, msg);
}

/** Checks that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  node.notDeepStrictEqual(actual, expected, msg);
}

/** Checks identity (`Object.is`). */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  node.strictEqual(actual, expected, msg);
}

/** Checks that two values are not identical (`Object.is`). */
export function assertNotStrictEquals<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  node.notStrictEqual(actual, expected, msg);
}

/** Checks `|actual - expected| <= tolerance` (default `1e-7 |expected|`). */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance: number = Number.isFinite(expected)
    ? Math.abs(expected * 1e-7)
    : 1e-7,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(actual - expected);
  check(
    delta <= tolerance,
    `Expected ${actual} to be within ${tolerance} of ${expected}, it is ${delta} away`,
    msg,
  );
}

/** Checks `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  check(actual > expected, `Expected ${actual} > ${expected}`, msg);
}

/** Checks `actual >= expected`. */
export function assertGreaterOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  check(actual >= expected, `Expected ${actual} >= ${expected}`, msg);
}

/** Checks `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  check(actual < expected, `Expected ${actual} < ${expected}`, msg);
}

/** Checks `actual <= expected`. */
export function assertLessOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  check(actual <= expected, `Expected ${actual} <= ${expected}`, msg);
}

/** Checks that a string matches a pattern. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  node.match(actual, expected, msg);
}

/** Checks that a string contains another. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  check(
    actual.includes(expected),
    `Expected ${JSON.stringify(actual)} to contain ${JSON.stringify(expected)}`,
    msg,
  );
}

/** Checks that a value is an instance of a class. */
export function assertInstanceOf<E>(
  actual: unknown,
  expectedType: ErrorClass<E>,
  msg?: string,
): asserts actual is E {
  const got = actual?.constructor?.name ?? String(actual);
  check(
    actual instanceof expectedType,
    `Expected an instance of ${expectedType.name}, got ${got}`,
    msg,
  );
}

function checkError(
  error: unknown,
  kind: ErrorClass<Error> | undefined,
  text: string | undefined,
  msg: string | undefined,
): void {
  if (kind !== undefined) assertInstanceOf(error, kind, msg);
  if (text === undefined) return;
  assertInstanceOf(error, Error, msg);
  assertStringIncludes(error.message, text, msg);
}

/** Checks that a function throws, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Checks the class of what is thrown and a part of its message. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  second?: string | ErrorClass<Error>,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const kind = typeof second === "string" ? undefined : second;
  const told = typeof second === "string" ? second : msg;
  let thrown: { error: unknown } | undefined;
  try {
    fn();
  } catch (error) {
    thrown = { error };
  }
  if (!thrown) return fail(told ?? "Expected the function to throw");
  checkError(thrown.error, kind, msgIncludes, told);
  return thrown.error;
}

/** Checks that a promise is rejected, and returns the reason. */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/** Checks the class of the rejection and a part of its message. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  second?: string | ErrorClass<Error>,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const kind = typeof second === "string" ? undefined : second;
  const told = typeof second === "string" ? second : msg;
  // A synchronous throw is not a rejection: it leaves through here.
  const promise = fn();
  let thrown: { error: unknown } | undefined;
  try {
    await promise;
  } catch (error) {
    thrown = { error };
  }
  if (!thrown) return fail(told ?? "Expected the promise to be rejected");
  checkError(thrown.error, kind, msgIncludes, told);
  return thrown.error;
}
