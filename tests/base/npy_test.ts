/**
 * The .npy and .npz formats: files that numpy wrote (embedded below as base64)
 * are read, and what is written here has the bytes that numpy expects.
 */
import { describe, it } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TreeError } from "../../src/base/errors.ts";
import { fromBfloat, fromHalf } from "../../src/base/half.ts";
import { decodeNpy, encodeNpy, type NpyArray } from "../../src/base/npy.ts";
import { unzip, zip } from "../../src/base/zip.ts";

const ALL_TYPES =
  "UEsDBC0AAAAIAAAAIQBYdwmE//////////8GABQAZjQubnB5AQAQAJgAAAAAAAAAWAAAAAAAAA" +
  "Cb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC" +
  "+RpGOgrGmjoKtQpkAy4GhgZ7BgYGByAC4gYgXgDEJ5wAUEsDBC0AAAAIAAAAIQB9D2sz//////" +
  "////8GABQAZjgubnB5AQAQALAAAAAAAAAAWgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBu" +
  "k2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGmjoKtQpkAy4GMPhgD6EZHC" +
  "AUB5QWgNIiUDrSAQBQSwMELQAAAAgAAAAhANO0/xv//////////wYAFABpMi5ucHkBABAAjAAA" +
  "AAAAAABSAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaSuo6Cell9UUpSYF59flJIKEn" +
  "dLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLkYGJgZmBhYGVoYUBgBQSwMELQAAAAgAAAAhAFt0" +
  "AT///////////wYAFABpNC5ucHkBABAAmAAAAAAAAABXAAAAAAAAAJvsF+obEMnIUMZQrZ6SWp" +
  "xcpG6loG6TaaKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLkYG" +
  "BgYmIGYGYhYgZgXiFCAGAFBLAwQtAAAACAAAACEAZMQ8GP//////////BgAUAGk4Lm5weQEAEA" +
  "CwAAAAAAAAAFcAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+U" +
  "kgoSd0vMKU4FihdnJBakAvkaRjoKxpo6CrUKZAMuRgYIYILSzFCaBUqzQukUKA0AUEsDBC0AAA" +
  "AIAAAAIQBkJnbd//////////8GABQAdTEubnB5AQAQAIYAAAAAAAAATAAAAAAAAACb7BfqGxDJ" +
  "yFDGUK2eklqcXKRupaBeU2qorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGmj" +
  "oKtQpkAy5GJmYW1hQAUEsDBC0AAAAIAAAAIQDMb2gL//////////8GABQAdTIubnB5AQAQAIwA" +
  "AAAAAAAAUgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuU2qkrqOgnpZfVFKUmBefX5SSCh" +
  "J3S8wpTgWKF2ckFqQC+RpGOgrGmjoKtQpkAy5GBiYGZgYWBlaGFAYAUEsDBC0AAAAIAAAAIQDI" +
  "uETi//////////8GABQAdTQubnB5AQAQAJgAAAAAAAAAVwAAAAAAAACb7BfqGxDJyFDGUK2ekl" +
  "qcXKRupaBuU2qirqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGmjoKtQpkAy5G" +
  "BgYGJiBmBmIWIGYF4hQgBgBQSwMELQAAAAgAAAAhABS269j//////////wYAFAB1OC5ucHkBAB" +
  "AAsAAAAAAAAABXAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG5TaqGuo6Cell9UUpSYF59f" +
  "lJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLkYGCGCC0sxQmgVKs0LpFCgNAFBLAwQtAA" +
  "AACAAAACEADuuQdv//////////BgAUAGIxLm5weQEAEACGAAAAAAAAAEwAAAAAAAAAm+wX6hsQ" +
  "ychQxlCtnpJanFykbqWgXpNkqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxp" +
  "o6CrUKZAMuRgZGBgZGAFBLAQItAy0AAAAIAAAAIQBYdwmEWAAAAJgAAAAGAAAAAAAAAAAAAACA" +
  "AQAAAABmNC5ucHlQSwECLQMtAAAACAAAACEAfQ9rM1oAAACwAAAABgAAAAAAAAAAAAAAgAGQAA" +
  "AAZjgubnB5UEsBAi0DLQAAAAgAAAAhANO0/xtSAAAAjAAAAAYAAAAAAAAAAAAAAIABIgEAAGky" +
  "Lm5weVBLAQItAy0AAAAIAAAAIQBbdAE/VwAAAJgAAAAGAAAAAAAAAAAAAACAAawBAABpNC5ucH" +
  "lQSwECLQMtAAAACAAAACEAZMQ8GFcAAACwAAAABgAAAAAAAAAAAAAAgAE7AgAAaTgubnB5UEsB" +
  "Ai0DLQAAAAgAAAAhAGQmdt1MAAAAhgAAAAYAAAAAAAAAAAAAAIABygIAAHUxLm5weVBLAQItAy" +
  "0AAAAIAAAAIQDMb2gLUgAAAIwAAAAGAAAAAAAAAAAAAACAAU4DAAB1Mi5ucHlQSwECLQMtAAAA" +
  "CAAAACEAyLhE4lcAAACYAAAABgAAAAAAAAAAAAAAgAHYAwAAdTQubnB5UEsBAi0DLQAAAAgAAA" +
  "AhABS269hXAAAAsAAAAAYAAAAAAAAAAAAAAIABZwQAAHU4Lm5weVBLAQItAy0AAAAIAAAAIQAO" +
  "65B2TAAAAIYAAAAGAAAAAAAAAAAAAACAAfYEAABiMS5ucHlQSwUGAAAAAAoACgAIAgAAegUAAA" +
  "AA";
const OTHERS =
  "UEsDBC0AAAAIAAAAIQCjb1Mj//////////8LABQAZm9ydHJhbi5ucHkBABAA4AAAAAAAAACHAA" +
  "AAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEg8pKk0FChdn" +
  "JBakArkaRjoKxjoKJpo6CrUKZAIuBjBwcGRgaHAAYiDNAMQLQHx7BoYAEBso3gGkBYB4BUgeyE" +
  "8A0geA9AQgrQDEG4DYAcgvANIPgPQMIG0AxDscAVBLAwQtAAAACAAAACEANbQ6k///////////" +
  "CgAUAHNjYWxhci5ucHkBABAAiAAAAAAAAABHAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG" +
  "6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5Gpo6CrUKFAEuBjBgcQAAUEsDBC0A" +
  "AAAIAAAAIQCjaFJ3//////////8JABQAZW1wdHkubnB5AQAQAIAAAAAAAAAARgAAAAAAAACb7B" +
  "fqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RoG" +
  "OgrGmjoKtQpkAy4AUEsDBC0AAAAIAAAAIQAC7L2p//////////8KABQAdmVjdG9yLm5weQEAEA" +
  "CMAAAAAAAAAEwAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoq6joJ6WX1RSlJgXn1+U" +
  "kgoSd0vMKU4FihdnJBakAvkaxjqaOgq1ChQALgYgYARiJiAGAFBLAwQtAAAACAAAACEAB2yZKv" +
  "//////////BwAUAGJpZy5ucHkBABAAiAAAAAAAAABHAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxc" +
  "pG6loG6XZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC4GKAAAUE" +
  "sDBC0AAAAIAAAAIQCZyxO5//////////8IABQAaGFsZi5ucHkBABAAhAAAAAAAAABHAAAAAAAA" +
  "AJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqSuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpA" +
  "L5GkY6mjoKtQoUAC4GIAAAUEsDBC0AAAAIAAAAIQDgZHie//////////8IABQAbm9uZS5ucHkB" +
  "ABAAEgEAAAAAAAC9AAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF7jr66joJ6WX1RSlJgXn1" +
  "+UkgoSdkvMKU4FihdnJBakAvkamjoKtQqUAa4GlqntDBDQI5ZXmltQqRefnF+UqpdbmlOSmVhU" +
  "lFg5pYcnvig1OT+vuKSoNLlkyuQpPaxglVN62PNSIEomT/FmaJ3izJg0pX1K0BQNb0bNDOYe1p" +
  "SSyoJUkHomf4spnR0QKeYexpopfn5+Xv+BAEx425dMSeqMneKXCKT1AFBLAwQtAAAACAAAACEA" +
  "KqQoNv//////////CAAUAHRleHQubnB5AQAQAIQAAAAAAAAASAAAAAAAAACb7BfqGxDJyFDGUK" +
  "2eklqcXKRupaBuE2qorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGOpo6CrUKFACu" +
  "RAYGBgBQSwMELQAAAAgAAAAhAJK36eT//////////woAFAByZWNvcmQubnB5AQAQAIQAAAAAAA" +
  "AATwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupRCtoZ6orqOgbpNmoq4ZC2Sk5ReVFCXmxecX" +
  "paSCFLgl5hSnAsWLMxILUoF8DUMdTR2FWgXSARcDEAAAUEsBAi0DLQAAAAgAAAAhAKNvUyOHAA" +
  "AA4AAAAAsAAAAAAAAAAAAAAIABAAAAAGZvcnRyYW4ubnB5UEsBAi0DLQAAAAgAAAAhADW0OpNH" +
  "AAAAiAAAAAoAAAAAAAAAAAAAAIABxAAAAHNjYWxhci5ucHlQSwECLQMtAAAACAAAACEAo2hSd0" +
  "YAAACAAAAACQAAAAAAAAAAAAAAgAFHAQAAZW1wdHkubnB5UEsBAi0DLQAAAAgAAAAhAALsvalM" +
  "AAAAjAAAAAoAAAAAAAAAAAAAAIAByAEAAHZlY3Rvci5ucHlQSwECLQMtAAAACAAAACEAB2yZKk" +
  "cAAACIAAAABwAAAAAAAAAAAAAAgAFQAgAAYmlnLm5weVBLAQItAy0AAAAIAAAAIQCZyxO5RwAA" +
  "AIQAAAAIAAAAAAAAAAAAAACAAdACAABoYWxmLm5weVBLAQItAy0AAAAIAAAAIQDgZHievQAAAB" +
  "IBAAAIAAAAAAAAAAAAAACAAVEDAABub25lLm5weVBLAQItAy0AAAAIAAAAIQAqpCg2SAAAAIQA" +
  "AAAIAAAAAAAAAAAAAACAAUgEAAB0ZXh0Lm5weVBLAQItAy0AAAAIAAAAIQCSt+nkTwAAAIQAAA" +
  "AKAAAAAAAAAAAAAACAAcoEAAByZWNvcmQubnB5UEsFBgAAAAAJAAkA7wEAAFUFAAAAAA==";
const VERSIONS =
  "UEsDBBQAAAAIANhbd10lbr/oTQAAAIwAAAAGAAAAdjIubnB5m+wX6hsQycRQwsDAUK2eklqcXK" +
  "RupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKZAMuBjBosAcS" +
  "DgBQSwMEFAAAAAgA2Ft3XTOZrRJNAAAAjAAAAAYAAAB2My5ucHmb7BfqGxDJzFDCwMBQrZ6SWp" +
  "xcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQpkAy4GMGiw" +
  "BxIOAFBLAQIUAxQAAAAIANhbd10lbr/oTQAAAIwAAAAGAAAAAAAAAAAAAACAAQAAAAB2Mi5ucH" +
  "lQSwECFAMUAAAACADYW3ddM5mtEk0AAACMAAAABgAAAAAAAAAAAAAAgAFxAAAAdjMubnB5UEsF" +
  "BgAAAAACAAIAaAAAAOIAAAAAAA==";
const STORED =
  "UEsDBC0AAAAAAAAAIQC2jIZT//////////8FABQAeC5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJ" +
  "NOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFw" +
  "ZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC" +
  "AgICAgICAgICAgICAgICAKAAAAAAAAgD8AAABAUEsBAi0DLQAAAAAAAAAhALaMhlOMAAAAjAAA" +
  "AAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsFBgAAAAABAAEAMwAAAMMAAAAAAA==";
const BZIP2 =
  "UEsDBC4AAAAMANhbd12GphA2KQAAAAUAAAABAAAAYUJaaDkxQVkmU1kZMWU9AAAAgQACRKAAIZ" +
  "poM00HM4u5IpwoSAyYsp6AUEsBAi4DLgAAAAwA2Ft3XYamEDYpAAAABQAAAAEAAAAAAAAAAAAA" +
  "AIABAAAAAGFQSwUGAAAAAAEAAQAvAAAASAAAAAAA";

const bytesOf = (base64: string) =>
  Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

async function member(base64: string, name: string): Promise<Uint8Array> {
  const file = (await unzip(bytesOf(base64))).get(`${name}.npy`);
  assert(file !== undefined);
  return file;
}

const SAMPLES: NpyArray[] = [
  { dtype: "f4", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 100) },
  { dtype: "f8", shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 100) },
  { dtype: "i2", shape: [2, 3], data: Int16Array.of(1, 2, 3, 4, 5, 100) },
  { dtype: "i4", shape: [2, 3], data: Int32Array.of(1, 2, 3, 4, 5, 100) },
  {
    dtype: "i8",
    shape: [2, 3],
    data: BigInt64Array.of(1n, 2n, 3n, 4n, 5n, 100n),
  },
  { dtype: "u1", shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 100) },
  { dtype: "u2", shape: [2, 3], data: Uint16Array.of(1, 2, 3, 4, 5, 100) },
  { dtype: "u4", shape: [2, 3], data: Uint32Array.of(1, 2, 3, 4, 5, 100) },
  {
    dtype: "u8",
    shape: [2, 3],
    data: BigUint64Array.of(1n, 2n, 3n, 4n, 5n, 100n),
  },
  { dtype: "b1", shape: [2, 3], data: Uint8Array.of(1, 0, 1, 0, 0, 1) },
];

describe("npy", () => {
  for (const sample of SAMPLES) {
    it(`reads and writes ${sample.dtype} as numpy does`, async () => {
      const file = await member(ALL_TYPES, sample.dtype);
      assertEquals(decodeNpy(file), sample);
      assertEquals(decodeNpy(encodeNpy(sample)), sample);
      assertEquals(encodeNpy(sample), file);
    });
  }
  it("reads column-major order, scalars and empty arrays", async () => {
    const read = async (name: string) => decodeNpy(await member(OTHERS, name));
    assertEquals(await read("fortran"), {
      dtype: "f4",
      shape: [2, 3, 4],
      data: Float32Array.from({ length: 24 }, (_, i) => i),
    });
    assertEquals(await read("scalar"), {
      dtype: "f8",
      shape: [],
      data: Float64Array.of(2.5),
    });
    assertEquals(await read("empty"), {
      dtype: "f4",
      shape: [0, 3],
      data: new Float32Array(0),
    });
    assertEquals(await read("vector"), {
      dtype: "i4",
      shape: [3],
      data: Int32Array.of(0, 1, 2),
    });
  });
  it("reads big-endian arrays and half floats", async () => {
    const big = decodeNpy(await member(OTHERS, "big"));
    const half = decodeNpy(await member(OTHERS, "half"));
    assertEquals([big.dtype, ...big.data], ["f4", 0, 0]);
    assertEquals([half.dtype, ...half.data], ["f4", 0, 0]);
    const bytes = encodeNpy({
      dtype: "f8",
      shape: [2],
      data: Float64Array.of(Math.PI, -1),
    });
    bytes[bytes.indexOf("<".charCodeAt(0))] = ">".charCodeAt(0);
    bytes.subarray(-8).reverse();
    bytes.subarray(-16, -8).reverse();
    assertEquals([...decodeNpy(bytes).data], [Math.PI, -1]);
    const bits = Uint16Array.of(0x3c01, 0x8001, 0x7bff, 0xfc00, 0x7e00, 0x8000);
    assertEquals([...fromHalf(bits)], [
      1 + 2 ** -10,
      -(2 ** -24),
      65504,
      -Infinity,
      NaN,
      -0,
    ]);
    assertEquals([...fromBfloat(Uint16Array.of(0x3f80, 0xc049, 0x7f80))], [
      1,
      -3.140625,
      Infinity,
    ]);
  });
  it("writes scalars, vectors and views", async () => {
    for (const name of ["scalar", "empty", "vector"]) {
      const file = await member(OTHERS, name);
      assertEquals(encodeNpy(decodeNpy(file)), file);
    }
    const data = Float32Array.of(9, 1, 2).subarray(1);
    const back = decodeNpy(encodeNpy({ dtype: "f4", shape: [2], data }));
    assertEquals([...back.data], [1, 2]);
  });
  it("reads version 2.0 and refuses 3.0", async () => {
    const array = decodeNpy(await member(VERSIONS, "v2"));
    assertEquals([...array.data], [0, 1, 2]);
    const three = await member(VERSIONS, "v3");
    assertThrows(() => decodeNpy(three), TreeError, "its version is 3");
  });
  it("writes version 2.0 where the header is long", () => {
    const shape = Array.from({ length: 30000 }, () => 1);
    const array: NpyArray = { dtype: "u1", shape, data: Uint8Array.of(7) };
    const bytes = encodeNpy(array);
    assertEquals(bytes[6], 2);
    assertEquals(decodeNpy(bytes), array);
  });
  it("says what is wrong", async () => {
    const refuse = async (name: string, message: string) => {
      const file = await member(OTHERS, name);
      assertThrows(() => decodeNpy(file, `"${name}"`), TreeError, message);
    };
    await refuse("none", `Cannot read "none": it holds pickled Python objects`);
    await refuse("text", "its dtype is <U1, expected f2, f4, f8, i1, i2");
    await refuse("record", "its dtype is structured");
    const file = await member(OTHERS, "vector");
    const cut = (end: number) => () => decodeNpy(file.subarray(0, end));
    assertThrows(cut(-1), TreeError, "11 bytes of data, expected 12");
    assertThrows(cut(60), TreeError, "ends within the header, after 60");
    assertThrows(cut(7), TreeError, "ends within the header");
    assertThrows(cut(3), TreeError, "it does not start as one");
    assertThrows(
      () => encodeNpy({ dtype: "u1", shape: [2], data: Uint8Array.of(1) }),
      TreeError,
      "1 elements of shape [2], expected 2",
    );
  });
});

describe("zip", () => {
  const entries = [
    ["a.txt", new TextEncoder().encode("deflates ".repeat(100))],
    [".layers[0].nn.weight.npy", Uint8Array.of(1, 2, 3)],
    ["empty", new Uint8Array(0)],
    ["grün", Uint8Array.of(5)],
  ] as const;

  it("reads its own archives, which are reproducible", async () => {
    const archive = await zip(entries);
    assertEquals(await unzip(archive), new Map(entries));
    assertEquals(await zip(entries), archive);
    assert(archive.length < 800);
    assertEquals(await unzip(await zip([])), new Map());
  });
  it("reads stored files of numpy.savez", async () => {
    const array = decodeNpy(await member(STORED, "x"));
    assertEquals([...array.data], [0, 1, 2]);
  });
  it("reads archives within a larger buffer and with a comment", async () => {
    const archive = await zip(entries);
    const larger = new Uint8Array(archive.length + 15);
    larger.set(archive, 5);
    assertEquals(await unzip(larger.subarray(5)), new Map(entries));
  });
  it("finds every truncation and every changed byte of data", async () => {
    const archive = await zip(entries);
    for (let end = 0; end < archive.length; end++) {
      await assertRejects(() => unzip(archive.subarray(0, end)), TreeError);
    }
    const size = 30 + "a.txt".length;
    for (let at = size; at < size + 10; at++) {
      const changed = archive.slice();
      changed[at] ^= 0x55;
      await assertRejects(() => unzip(changed), TreeError, "a.txt");
    }
  });
  it("says what is wrong", async () => {
    const text = new TextEncoder().encode("no archive at all, but long enough");
    await assertRejects(
      () => unzip(text, "weights.npz"),
      TreeError,
      "Cannot read weights.npz: it does not start as a zip archive",
    );
    await assertRejects(
      () => unzip(bytesOf(BZIP2)),
      TreeError,
      "a is of method 12, expected stored or deflated entries",
    );
    await assertRejects(
      () => zip([["a", Uint8Array.of(1)], ["a", Uint8Array.of(2)]]),
      TreeError,
      "2 entries with 1 names",
    );
  });
});
