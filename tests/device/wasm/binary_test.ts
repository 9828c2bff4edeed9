import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { encoded, Reader } from "../../../src/device/wasm/binary.ts";

describe("numbers in a wasm binary", () => {
  it("are written in groups of seven bits, the lowest first", () => {
    assertEquals(encoded(127), [127]);
    assertEquals(encoded(624485), [0xe5, 0x8e, 0x26]);
  });
  it("are read as they were written, one after the other", () => {
    const numbers = [0, 63, 64, 127, 128, 16383, 16384, 2 ** 32 - 1];
    const reader = new Reader(Uint8Array.from(numbers.flatMap(encoded)), 0);
    assertEquals(numbers.map(() => reader.number()), numbers);
  });
});
