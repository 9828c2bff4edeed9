/**
 * Rewrites a binary so that it needs no relaxed SIMD: fused multiply-adds
 * become a product and a sum, lane selections select by bits.
 *
 * Only the code section changes. It is walked instruction by instruction, and
 * a function that fuses gets one more local to hold the addend.
 *
 * @module
 */

import { append, encoded, Reader } from "./binary.ts";

const CODE = 10;
const TYPES = 1;
const FUNCTIONS = 3;
const V128 = 0x7b;
const SIMD = 0xfd;
const ATOMIC = 0xfe;

/** `relaxed_madd`, `relaxed_nmadd` and `relaxed_laneselect` of 32-bit lanes. */
const MADD = 0x105;
const NMADD = 0x106;
const LANESELECT = 0x10b;

const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const F32X4_MUL = [SIMD, 0xe6, 1];
const F32X4_NEG = [SIMD, 0xe1, 1];
const F32X4_ADD = [SIMD, 0xe4, 1];
const BITSELECT = [SIMD, 0x52];

/** Skips the operands of a SIMD instruction. */
function skipSimd(code: number, reader: Reader): void {
  const memory = code <= 11 || code >= 84 && code <= 93;
  if (memory) reader.numbers(2);
  if (code === 12 || code === 13) reader.at += 16;
  if (code >= 21 && code <= 34 || code >= 84 && code <= 91) reader.at++;
}

/** Skips the operands of any other instruction. */
function skipOperands(code: number, reader: Reader): void {
  if (code === 0xfc) {
    const bulk = reader.number();
    reader.numbers(bulk < 8 ? 0 : bulk === 9 || bulk === 11 ? 1 : 2);
  } else if (code === ATOMIC) {
    const fence = reader.number() === 3;
    reader.numbers(fence ? 1 : 2);
  } else if (code === 0x0e) reader.numbers(reader.number() + 1);
  else if (code === 0x43) reader.at += 4;
  else if (code === 0x44) reader.at += 8;
  else if (code === 0x11 || code >= 0x28 && code <= 0x3e) reader.numbers(2);
  else if (
    code >= 0x02 && code <= 0x04 || code === 0x0c || code === 0x0d ||
    code === 0x10 || code >= 0x20 && code <= 0x26 ||
    code >= 0x3f && code <= 0x42
  ) reader.number();
}

/** The body of a function, without its size. */
function plainBody(body: Uint8Array, parameters: number): number[] {
  const reader = new Reader(body, 0);
  const groups = reader.number();
  const declared = reader.at;
  let locals = parameters;
  for (let i = 0; i < groups; i++) {
    locals += reader.number();
    reader.at++;
  }
  const spare = encoded(locals);
  const start = reader.at;
  const code: number[] = [];
  let fuses = false;
  while (reader.at < body.length) {
    const from = reader.at;
    const opcode = reader.byte();
    const simd = opcode === SIMD ? reader.number() : -1;
    if (simd === MADD || simd === NMADD) {
      fuses = true;
      code.push(LOCAL_SET, ...spare, ...F32X4_MUL);
      if (simd === NMADD) code.push(...F32X4_NEG);
      code.push(LOCAL_GET, ...spare, ...F32X4_ADD);
    } else if (simd === LANESELECT) code.push(...BITSELECT);
    else {
      if (simd >= 0) skipSimd(simd, reader);
      else skipOperands(opcode, reader);
      append(code, body, from, reader.at);
    }
  }
  const plain = encoded(groups + (fuses ? 1 : 0));
  append(plain, body, declared, start);
  if (fuses) plain.push(1, V128);
  append(plain, code);
  return plain;
}

/** Number of parameters of each function that has a body. */
function parameterCounts(types: Reader, functions: Reader): number[] {
  const counts = Array.from({ length: types.number() }, () => {
    types.byte();
    const count = types.number();
    types.at += count;
    const results = types.number();
    types.at += results;
    return count;
  });
  return Array.from(
    { length: functions.number() },
    () => counts[functions.number()],
  );
}

/** The same module without relaxed SIMD. */
export function withoutRelaxed(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const output: number[] = [...wasm.subarray(0, 8)];
  const reader = new Reader(wasm, 8);
  const sections = new Map<number, number>();
  while (reader.at < wasm.length) {
    const from = reader.at;
    const id = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    sections.set(id, reader.at);
    if (id === CODE) {
      const at = (id: number) => new Reader(wasm, sections.get(id) ?? end);
      const code = encoded(reader.number());
      for (const count of parameterCounts(at(TYPES), at(FUNCTIONS))) {
        const size = reader.number();
        const body = wasm.subarray(reader.at, reader.at + size);
        const plain = plainBody(body, count);
        append(code, encoded(plain.length));
        append(code, plain);
        reader.at += size;
      }
      output.push(id, ...encoded(code.length));
      append(output, code);
    } else append(output, wasm, from, end);
    reader.at = end;
  }
  return Uint8Array.from(output);
}
