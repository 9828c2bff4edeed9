import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import type { Tensor } from "../../src/numpy/mod.ts";
import { jax, jnp } from "./names.ts";

/** What `body` prints, line by line. */
function printed(body: () => void): string[] {
  const lines: string[] = [];
  const { log } = console;
  console.log = (...parts: unknown[]) => void lines.push(parts.join(" "));
  try {
    body();
  } finally {
    console.log = log;
  }
  return lines;
}

describe("debug.print", () => {
  const x = jnp.tensor([1, 2]);
  it("prints at once outside a trace", () => {
    assertEquals(printed(() => jax.debug.print("x = {}", x)), [
      "x = i32[2] [1, 2]",
    ]);
  });
  it("prints each time a traced function runs", () => {
    const fn = jax.jit((x: Tensor) => {
      jax.debug.print("{} and {}", x, x.mul(2));
      return x.add(1);
    });
    const lines = printed(() => {
      fn(x);
      fn(x.add(5));
    });
    assertEquals(lines, [
      "i32[2] [1, 2] and i32[2] [2, 4]",
      "i32[2] [6, 7] and i32[2] [12, 14]",
    ]);
  });
  it("prints once per run of a loop", () => {
    const lines = printed(() => {
      jax.lax.foriLoop(0, 3, (i, c: Tensor) => {
        jax.debug.print("{}", i);
        return c.add(i);
      }, 0);
    });
    assertEquals(lines.length, 3);
  });
});
