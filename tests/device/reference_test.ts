import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "node:test";
import { erf, erfinv, erfinv64 } from "../../src/device/erf.ts";
import { HostStorage } from "../../src/device/device.ts";
import { openReference } from "../../src/device/reference/mod.ts";
import {
  BINARY,
  bitcast,
  cast,
  COMPARE,
  UNARY,
} from "../../src/device/scalar_ops.ts";
import {
  foldIn,
  keyPath,
  randomBits,
  seedKey,
  splitKey,
} from "../../src/device/threefry.ts";
import { conformDevice } from "./conformance.ts";
import { accumulate } from "./conformance_memory.ts";

conformDevice({ name: "reference", open: openReference });

describe("scalar operations", () => {
  it("divide integers without trapping", () => {
    assertEquals(BINARY.div(7, 0, "i32") | 0, -1);
    assertEquals(BINARY.div(7, 0, "u32") >>> 0, 0xffffffff);
    assertEquals(BINARY.div(-7, 2, "i32"), -3);
    assertEquals(BINARY.div(-(2 ** 31), -1, "i32") | 0, -(2 ** 31));
    assertEquals(BINARY.rem(7, 0, "i32"), 7);
    assertEquals(BINARY.rem(-7, 3, "i32"), -1);
    assertEquals(BINARY.rem(-7.5, 2, "f32"), -1.5);
  });
  it("multiply integers modulo 2^32", () => {
    assertEquals(BINARY.mul(0x12345678, 0x9abcdef, "i32") | 0, -498937336);
    assertEquals(UNARY.square(65536, "u32"), 0);
  });
  it("shift by any count", () => {
    assertEquals(BINARY.shl(1, 31, "i32"), -(2 ** 31));
    assertEquals(BINARY.shl(1, 32, "i32"), 0);
    assertEquals(BINARY.shr(-8, 40, "i32"), -1);
    assertEquals(BINARY.shr(-8, -1, "i32"), -1);
    assertEquals(BINARY.shr(0x80000000, 31, "u32"), 1);
    assertEquals(BINARY.shr(0x80000000, 32, "u32"), 0);
  });
  it("round half to even and keep the sign of zero", () => {
    const from = [0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 1e20];
    const to = [0, 2, 2, -0, -2, 2, 1e20];
    assertEquals(from.map((x) => UNARY.round(x, "f32")), to);
    assert(Number.isNaN(UNARY.round(NaN, "f32")));
    assertEquals(UNARY.round(-Infinity, "f32"), -Infinity);
  });
  it("pass NaN on, in extremes too", () => {
    assert(Number.isNaN(BINARY.max(NaN, 1, "f32")));
    assert(Number.isNaN(BINARY.min(1, NaN, "f32")));
    assertEquals(COMPARE.ne(NaN, NaN), true);
    assertEquals(COMPARE.le(NaN, NaN), false);
    assertEquals(UNARY.isnan(NaN, "f32"), 1);
  });
  it("raise to powers as C does", () => {
    assertEquals(BINARY.pow(1, NaN, "f32"), 1);
    assertEquals(BINARY.pow(-1, Infinity, "f32"), 1);
    assertEquals(BINARY.pow(NaN, 0, "f32"), 1);
  });
  it("negate bits, and bools", () => {
    assertEquals(UNARY.not(5, "i32"), -6);
    assertEquals(UNARY.not(1, "bool"), 0);
  });
  it("convert with truncation and saturation", () => {
    assertEquals(cast(-1.9, "f32", "i32"), -1);
    assertEquals(cast(3e9, "f32", "i32"), 2 ** 31 - 1);
    assertEquals(cast(-3e9, "f32", "i32"), -(2 ** 31));
    assertEquals(cast(-1, "f32", "u32"), 0);
    assertEquals(cast(1e12, "f32", "u32"), 2 ** 32 - 1);
    assertEquals(cast(NaN, "f32", "i32"), 0);
    assertEquals(cast(NaN, "f32", "bool"), 1);
    assertEquals(cast(-1, "i32", "u32"), 2 ** 32 - 1);
    assertEquals(bitcast(1, "f32", "u32"), 0x3f800000);
    assertEquals(bitcast(0xbf800000, "u32", "f32"), -1);
  });
});

describe("error function", () => {
  it("has the known values", () => {
    // Values of math.erf of Python.
    assertAlmostEquals(erf(0.5), 0.5204998778130465, 1e-15);
    assertAlmostEquals(erf(1), 0.8427007929497149, 1e-15);
    assertAlmostEquals(erf(-3), -0.9999779095030014, 1e-15);
    assertEquals(erf(7), 1);
    assertEquals(erf(0), 0);
  });
  it("is inverted", () => {
    for (let x = -0.99; x < 1; x += 0.03) {
      assertAlmostEquals(erf(erfinv64(x)), x, 2e-15);
      assertAlmostEquals(erfinv(Math.fround(x)), erfinv64(x), 2e-6);
    }
    assertEquals(erfinv(1), Infinity);
    assertEquals(erfinv64(-1), -Infinity);
    assert(Number.isNaN(erfinv64(1.5)));
  });
});

describe("threefry", () => {
  // Values of jax.random with jax_threefry_partitionable on and off.
  it("splits keys as JAX", () => {
    assertEquals(
      [...splitKey(seedKey(0), 2, true)],
      [1797259609, 2579123966, 928981903, 3453687069],
    );
    assertEquals([...splitKey(seedKey(0), 3, false)], [
      ...[2467461003, 428148500, 3186719485],
      ...[3840466878, 2562233961, 1946702221],
    ]);
  });
  it("draws bits as JAX", () => {
    assertEquals(
      [...randomBits(seedKey(42), 5, false)],
      [3134548294, 3733159049, 843694964, 894150801, 801545058],
    );
    assertEquals(
      [...randomBits(seedKey(42), 5, true)],
      [2098992034, 2919706841, 2646866425, 2409546199, 1935504149],
    );
  });
  it("folds data in", () => {
    assertEquals(foldIn(seedKey(1), 7), [954670714, 4016809582]);
  });
  it("walks paths of splits and folds", () => {
    for (const mode of [true, false]) {
      const [a, b] = splitKey(seedKey(3), 4, mode, 2, 1);
      assertEquals(
        keyPath(seedKey(3), [[2, 4], [5, 0]], mode),
        foldIn([a, b], 5),
      );
      const rows = splitKey(seedKey(3), 4, mode);
      assertEquals([...rows.subarray(4, 6)], [a, b]);
    }
  });
});

describe("float64 mode", () => {
  it("stores and computes without rounding", () => {
    const device = openReference({ precision: "f64" });
    const inputs = [[0.1, 0.2], [0.3, 1e-12]].map((list) =>
      new HostStorage(Float64Array.from(list))
    );
    const [sum] = device.compile(accumulate(2)).run(inputs);
    assertEquals(sum.readSync(), Float64Array.of(0.1 + 0.3, 0.2 + 1e-12));
  });
});
