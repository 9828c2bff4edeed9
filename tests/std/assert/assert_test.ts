import { describe, it } from "node:test";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

/** What an assertion says when it fails; an error when it does not fail. */
function complaint(fn: () => void): string {
  let said: string | undefined;
  try {
    fn();
  } catch (error) {
    said = error instanceof AssertionError ? error.message : String(error);
  }
  if (said === undefined) throw new Error("the assertion let it pass");
  return said;
}

describe("the stand-in of @std/assert", () => {
  it("compares deeply, with the type of the array", () => {
    assertEquals({ a: [1, new Float32Array([2])] }, {
      a: [1, new Float32Array([2])],
    });
    complaint(() => assertEquals<unknown>(new Float32Array([1]), [1]));
    complaint(() => assertNotEquals([1], [1]));
    complaint(() => assert(0));
  });

  it("compares numbers within a tolerance and says how far they are", () => {
    assertAlmostEquals(0.1 + 0.2, 0.3);
    assertAlmostEquals(NaN, NaN);
    assertAlmostEquals(1, 1.5, 0.5);
    assertMatch(complaint(() => assertAlmostEquals(1, 1.5, 0.1)), /0\.5 away/);
    complaint(() => assertAlmostEquals(NaN, 1));
    complaint(() => assertAlmostEquals(1e-9, 0));
  });

  it("returns what was thrown and checks class and text", () => {
    const boom = (): never => {
      throw new RangeError("too far");
    };
    const error = assertThrows(boom, RangeError, "far");
    assertStringIncludes(error.message, "too");
    complaint(() => assertThrows(boom, TypeError));
    complaint(() => assertThrows(boom, RangeError, "near"));
    complaint(() => assertThrows(() => 1));
  });

  it("returns the reason of a rejection", async () => {
    const late = () => Promise.reject(new RangeError("too far"));
    const error = await assertRejects(late, RangeError, "far");
    assertEquals(error.message, "too far");
    await assertRejects(() => assertRejects(late, TypeError), AssertionError);
    await assertRejects(
      () => assertRejects(() => Promise.resolve()),
      AssertionError,
    );
  });
});
