/** The .safetensors format: what is written is read, what is unclear is not. */
import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { TreeError } from "../../src/base/errors.ts";
import type { NpyArray } from "../../src/base/npy.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
} from "../../src/base/safetensors.ts";

/** A file of a header and a body. */
function fileOf(header: string, body: readonly number[] = []): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

const entry = (dtype: string, shape: string, start: number, end: number) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${start},${end}]}`;

describe("safetensors", () => {
  it("reads what it writes, large elements first and aligned", () => {
    const arrays = new Map<string, NpyArray>([
      ["flag", { dtype: "b1", shape: [3], data: Uint8Array.of(1, 0, 1) }],
      ["i1", { dtype: "i1", shape: [1], data: Int8Array.of(-3) }],
      ["i2", { dtype: "i2", shape: [1], data: Int16Array.of(-300) }],
      ["x", { dtype: "f4", shape: [], data: Float32Array.of(1.5) }],
      ["i8", { dtype: "i8", shape: [1], data: BigInt64Array.of(-5n) }],
      ["none", { dtype: "u4", shape: [0, 3], data: new Uint32Array(0) }],
      ["f8", { dtype: "f8", shape: [1, 1], data: Float64Array.of(Math.PI) }],
    ]);
    const bytes = encodeSafetensors(arrays);
    assertEquals((bytes.length - (8 + 8 + 4 + 2 + 1 + 3)) % 8, 0);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    for (const file of [bytes, shifted.subarray(3)]) {
      const read = decodeSafetensors(file, "f");
      assertEquals(read.names.length, arrays.size);
      for (const [name, array] of arrays) assertEquals(read.get(name), array);
    }
    assertEquals(decodeSafetensors(bytes, "f").get("other"), undefined);
  });

  it("reads floats of 16 bits, and skips metadata", () => {
    const file = fileOf(
      `{"__metadata__":{"format":"pt"},"h":${entry("F16", "[2]", 0, 4)},` +
        `"b":${entry("BF16", "[1]", 4, 6)}}   `,
      [0x00, 0x3c, 0x00, 0xc0, 0x80, 0x3f],
    );
    const read = decodeSafetensors(file, "f");
    assertEquals(read.names, ["h", "b"]);
    assertEquals(read.get("h"), {
      dtype: "f4",
      shape: [2],
      data: Float32Array.of(1, -2),
    });
    assertEquals(read.get("b")!.data, Float32Array.of(1));
  });

  it("refuses a header that is not strict", () => {
    const bad: [header: string, body: number, message: string][] = [
      ["{", 0, "Cannot read f: its header is no JSON, expected a JSON object"],
      ["[]", 0, "its header is no JSON object"],
      [" {}", 0, "its header is no JSON object"],
      [
        `{"a":${entry("U8", "[1]", 0, 1)},"\\u0061":${
          entry("U8", "[1]", 0, 1)
        }}`,
        1,
        'its header has "\\u0061" twice',
      ],
      [
        '{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}',
        1,
        'its header has "dtype" twice',
      ],
      ['{"a":null}', 0, '"a" is null, expected an entry like {"dtype"'],
      [`{"a":${entry("U8", "[-1]", 0, 1)}}`, 1, '"a" is {"dtype":"U8"'],
      [`{"a":${entry("U8", "[1.5]", 0, 1)}}`, 1, '"a" is {"dtype":"U8"'],
      [
        `{"a":${entry("F32", "[2]", 0, 7)}}`,
        7,
        '"a", F32[2], lies from byte 0 to 7, expected 8 bytes',
      ],
      [
        `{"a":${entry("U8", "[2]", 2, 0)}}`,
        2,
        '"a", U8[2], lies from byte 2 to 0, expected 2 bytes',
      ],
      [
        `{"a":${entry("U8", "[2]", 0, 2)},"b":${entry("U8", "[2]", 1, 3)}}`,
        3,
        '"b" starts at byte 1, where 2 bytes are taken, expected arrays ' +
        "without overlaps and gaps",
      ],
      [
        `{"a":${entry("U8", "[1]", 0, 1)},"b":${entry("U8", "[1]", 2, 3)}}`,
        3,
        '"b" starts at byte 2, where 1 bytes are taken',
      ],
      [
        `{"a":${entry("U8", "[9]", 0, 9)}}`,
        3,
        "its arrays take 9 bytes, and 3 follow the header",
      ],
      [
        `{"a":${entry("U8", "[1]", 0, 1)}}`,
        2,
        "its arrays take 1 bytes, and 2 follow the header, expected as many: " +
        "it is damaged or incomplete, copy it again",
      ],
    ];
    for (const [header, size, message] of bad) {
      const file = fileOf(header, Array(size).fill(0));
      assertThrows(() => decodeSafetensors(file, "f"), TreeError, message);
    }
    assertThrows(
      () => decodeSafetensors(new Uint8Array(5), "f"),
      TreeError,
      "it has 5 bytes, expected a .safetensors file",
    );
    assertThrows(
      () => decodeSafetensors(new Uint8Array(20).fill(255), "f"),
      TreeError,
      "its header would have 18446744073709552000 bytes of 12",
    );
  });

  it("refuses types it does not know only where they are asked for", () => {
    const file = fileOf(`{"a":${entry("F8_E4M3", "[1]", 0, 1)}}`, [0]);
    const read = decodeSafetensors(file, "f");
    assertThrows(
      () => read.get("a"),
      TreeError,
      'Cannot read f: "a" is of type F8_E4M3, expected F16, BF16, F32',
    );
    assertThrows(
      () =>
        encodeSafetensors(
          new Map([["__metadata__", {
            dtype: "u1",
            shape: [0],
            data: new Uint8Array(0),
          }]]),
        ),
      TreeError,
      'an array is named "__metadata__", expected another name',
    );
  });
});
