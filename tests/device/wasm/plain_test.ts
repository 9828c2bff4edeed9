import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { withoutRelaxed } from "../../../src/device/wasm/plain.ts";

const GET = 0x20;
const SPLAT = [0xfd, 0x13];
const FIRST_LANE = [0xfd, 0x1f, 0];
/** The bytes of a relaxed_madd, which constants must keep. */
const MADD = [0xfd, 0x85, 2];
const NMADD = [0xfd, 0x86, 2];
const SELECT = [0xfd, 0x8b, 2];

/** A module that exports `f`, of three f32, with one local of i32. */
function module(...code: number[]): Uint8Array<ArrayBuffer> {
  const body = [1, 1, 0x7f, ...code, 0x0b];
  // deno-fmt-ignore
  return Uint8Array.from([
    0, 97, 115, 109, 1, 0, 0, 0,
    1, 8, 1, 0x60, 3, 0x7d, 0x7d, 0x7d, 1, 0x7d,
    3, 2, 1, 0,
    7, 5, 1, 1, 102, 0, 0,
    10, body.length + 2, 1, body.length, ...body,
  ]);
}

/** The three parameters in all lanes. */
const OPERANDS = [0, 1, 2].flatMap((i) => [GET, i, ...SPLAT]);

function run(wasm: Uint8Array<ArrayBuffer>, ...args: number[]): number {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  return (instance.exports.f as (...args: number[]) => number)(...args);
}

describe("module without relaxed SIMD", () => {
  it("multiplies, then adds", () => {
    const plain = withoutRelaxed(module(...OPERANDS, ...MADD, ...FIRST_LANE));
    assertEquals(run(plain, 2, 3, 10), 16);
    // Fused it would be 2^-24.
    const x = 1 + 2 ** -12;
    assertEquals(run(plain, x, x, -(1 + 2 ** -11)), 0);
  });
  it("multiplies, then subtracts", () => {
    const plain = withoutRelaxed(module(...OPERANDS, ...NMADD, ...FIRST_LANE));
    assertEquals(run(plain, 2, 3, 10), 4);
  });
  it("selects by bits", () => {
    const plain = withoutRelaxed(module(...OPERANDS, ...SELECT, ...FIRST_LANE));
    // A mask of the sign alone.
    assertEquals([run(plain, -5, 7, -0), run(plain, 5, -7, -0)], [-7, 7]);
  });
  it("leaves operands that look like instructions", () => {
    const sixteen = [...MADD, ...NMADD, ...SELECT, ...MADD, ...NMADD, 0];
    // deno-fmt-ignore
    const code = [
      0xfd, 12, ...sixteen, 0x1a, // v128.const, drop
      0x43, ...MADD, 0, 0x1a, // f32.const
      0x44, ...MADD, ...NMADD, 0, 0, 0x1a, // f64.const
      0x42, 0xfd, 0x85, 2, 0x1a, // i64.const
      0x41, 0xfd, 0x85, 2, 0x21, 3, // i32.const, local.set
      0x02, 0x40, GET, 3, 0x0e, 1, 0, 0, 0x0b, // block, br_table
      GET, 2,
    ];
    const wasm = module(...code);
    assertEquals(withoutRelaxed(wasm), wasm);
    assert(WebAssembly.validate(wasm));
    assertEquals(run(wasm, 1, 2, 3), 3);
  });
});
