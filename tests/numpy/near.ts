/** Comparisons of f32 results with doubles, for tests. */
import { assert, assertEquals } from "@std/assert";
import type { Tensor } from "../../src/numpy/mod.ts";

/** Checks elements up to a multiple of what f32 can tell apart. */
export function assertNear(
  actual: Tensor,
  expected: readonly number[] | number,
  { ulps = 8, label = "" }: { ulps?: number; label?: string } = {},
): void {
  const list = typeof expected === "number" ? [expected] : expected;
  const data = actual.dataSync();
  assertEquals(data.length, list.length, label);
  list.forEach((e, i) => {
    const a = data[i];
    const limit = ulps * 2 ** -24 * Math.max(Math.abs(e), 2 ** -20);
    const fits = Object.is(a, e) || a === e || Math.abs(a - e) <= limit;
    assert(fits, `${label}[${i}] is ${a}, expected ${e}`);
  });
}

/** Checks dtype, shape and elements, which must be exact. */
export function assertTensor(
  actual: Tensor,
  dtype: string,
  elements: unknown,
): void {
  assertEquals([actual.dtype, actual.toArray()], [dtype, elements]);
}
