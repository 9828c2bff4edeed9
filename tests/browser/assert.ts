/**
 * What the conformance suite uses of `@std/assert`, without `node:assert`,
 * which browsers do not have. The bundle of the page takes this instead.
 */

/** Fails unless a value is truthy. */
export function assert(value: unknown, message?: string): asserts value {
  if (!value) throw new Error(message ?? "Expected a truthy value");
}

/** Checks deep equality, prototypes included. */
export function assertEquals<T>(actual: T, expected: T, message = ""): void {
  const difference = differ(actual, expected, "");
  assert(difference === null, `${difference} ${message}`);
}

/** Where two values differ, in words; null if nowhere. */
function differ(a: unknown, b: unknown, path: string): string | null {
  if (Object.is(a, b)) return null;
  const told = `${path} is ${String(a)}, expected ${String(b)}`;
  if (typeof a !== "object" || typeof b !== "object") return told;
  if (a === null || b === null) return told;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return told;
  const values = new Map(Object.entries(b));
  const entries = Object.entries(a);
  if (entries.length !== values.size) {
    return `${path} has ${entries.length} elements, expected ${values.size}`;
  }
  for (const [key, value] of entries) {
    const difference = differ(value, values.get(key), `${path}.${key}`);
    if (difference !== null) return difference;
  }
  return null;
}

/** Checks that a text matches a pattern. */
export function assertMatch(actual: string, expected: RegExp): void {
  assert(expected.test(actual), `"${actual}" does not match ${expected}`);
}

/** Checks that a function throws an error of a class; gives the error. */
export function assertThrows<E extends Error>(
  fn: () => unknown,
  kind: abstract new (...args: never[]) => E,
  text = "",
): E {
  try {
    fn();
  } catch (error) {
    assert(error instanceof kind, `Expected ${kind.name}, got ${error}`);
    assert(error.message.includes(text), `"${error.message}" lacks "${text}"`);
    return error;
  }
  throw new Error(`Expected ${kind.name}, nothing was thrown`);
}
