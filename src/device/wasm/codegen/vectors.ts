/**
 * Vector code of a function as values: every method emits instructions and
 * gives the local that holds the result.
 *
 * @module
 */
import { type FunctionBody, type Local, V128 } from "./encoder.ts";

/** Vector instructions by what they do to four lanes. */
export const SIMD = {
  eqI: 0x37,
  neI: 0x38,
  ltS: 0x39,
  ltU: 0x3a,
  gtS: 0x3b,
  gtU: 0x3c,
  leS: 0x3d,
  leU: 0x3e,
  geS: 0x3f,
  geU: 0x40,
  eq: 0x41,
  ne: 0x42,
  lt: 0x43,
  gt: 0x44,
  le: 0x45,
  ge: 0x46,
  not: 0x4d,
  and: 0x4e,
  andnot: 0x4f,
  or: 0x50,
  xor: 0x51,
  ceil: 0x67,
  floor: 0x68,
  nearest: 0x6a,
  absI: 0xa0,
  negI: 0xa1,
  shl: 0xab,
  shrS: 0xac,
  shrU: 0xad,
  addI: 0xae,
  subI: 0xb1,
  mulI: 0xb5,
  minS: 0xb6,
  minU: 0xb7,
  maxS: 0xb8,
  maxU: 0xb9,
  abs: 0xe0,
  neg: 0xe1,
  sqrt: 0xe3,
  add: 0xe4,
  sub: 0xe5,
  mul: 0xe6,
  div: 0xe7,
  min: 0xe8,
  max: 0xe9,
  pmin: 0xea,
  pmax: 0xeb,
  toI32: 0xf8,
  toU32: 0xf9,
  fromI32: 0xfa,
  fromU32: 0xfb,
  madd: 0x105,
  nmadd: 0x106,
  choose: 0x10b,
} as const;

/** Name of a vector instruction. */
export type SimdName = keyof typeof SIMD;

const LOAD = 0x00;
const LOAD_SPLAT = 0x09;
const STORE = 0x0b;
const LOAD_LANE = 0x56;
const STORE_LANE = 0x5a;
const STORE_LANE_64 = 0x5b;
const LOAD_ZERO = 0x5c;

/** Writes vector code into a function. */
export class Vectors {
  /** The function. */
  readonly body: FunctionBody;
  readonly #constants = new Map<number, Local>();

  /** Writes into `body`. */
  constructor(body: FunctionBody) {
    this.body = body;
  }

  /**
   * Four times the word `bits`, held in a local from the function's start:
   * engines would otherwise rebuild it at every use inside a loop.
   */
  word(bits: number): Local {
    const known = this.#constants.get(bits >>> 0);
    if (known !== undefined) return known;
    const local = this.body.local(V128);
    const words = [bits, bits, bits, bits];
    this.body.before(() => this.body.vector(words).set(local));
    this.#constants.set(bits >>> 0, local);
    return local;
  }

  /** Four times `value` as f32. */
  number(value: number): Local {
    return this.word(new Uint32Array(Float32Array.of(value).buffer)[0]);
  }

  /** An instruction of one to three vectors. */
  op(name: SimdName, ...operands: Local[]): Local {
    for (const operand of operands) this.body.get(operand);
    return this.#result(SIMD[name]);
  }

  /** A shift of all lanes by the same number of bits. */
  shift(name: "shl" | "shrS" | "shrU", x: Local, bits: number): Local {
    this.body.get(x).i32(bits);
    return this.#result(SIMD[name]);
  }

  /** `a * b + c`, fused where the engine fuses. */
  madd(a: Local, b: Local, c: Local): Local {
    return this.op("madd", a, b, c);
  }

  /** `c - a * b`, fused where the engine fuses. */
  nmadd(a: Local, b: Local, c: Local): Local {
    return this.op("nmadd", a, b, c);
  }

  /** `mask ? a : b` per lane; the mask is all ones or all zeros. */
  choose(a: Local, b: Local, mask: Local): Local {
    return this.op("choose", a, b, mask);
  }

  /** Horner's rule: coefficients from the highest power down. */
  polynomial(x: Local, coefficients: readonly number[]): Local {
    const [first, ...rest] = coefficients.map((c) => this.number(c));
    return rest.reduce((sum, c) => this.madd(sum, x, c), first);
  }

  /** Four consecutive elements. */
  load(pointer: Local, offset: number): Local {
    this.body.get(pointer).simdMemory(LOAD, offset);
    return this.result();
  }

  /** One element in all lanes. */
  loadSplat(pointer: Local, offset: number): Local {
    this.body.get(pointer).simdMemory(LOAD_SPLAT, offset);
    return this.result();
  }

  /** `lanes` elements that lie `stride` bytes apart; the other lanes are 0. */
  loadStrided(
    pointer: Local,
    offset: number,
    stride: number,
    lanes: number,
  ): Local {
    this.#at(pointer, offset, (at) => this.body.simdMemory(LOAD_ZERO, at));
    let value = this.result();
    for (let lane = 1; lane < lanes; lane++) {
      this.#at(pointer, offset + lane * stride, (at) => {
        this.body.get(value).simdMemory(LOAD_LANE, at, lane);
      });
      value = this.result();
    }
    return value;
  }

  /** Stores the first `lanes` lanes as consecutive elements. */
  store(value: Local, pointer: Local, offset: number, lanes: number): void {
    const { body } = this;
    if (lanes === 4) {
      body.get(pointer).get(value).simdMemory(STORE, offset);
      return;
    }
    if (lanes >= 2) {
      body.get(pointer).get(value).simdMemory(STORE_LANE_64, offset, 0);
    }
    if (lanes !== 2) {
      const lane = lanes - 1;
      const at = offset + 4 * lane;
      body.get(pointer).get(value).simdMemory(STORE_LANE, at, lane);
    }
  }

  /** Stores the first `lanes` lanes `stride` bytes apart. */
  storeStrided(
    value: Local,
    pointer: Local,
    offset: number,
    stride: number,
    lanes: number,
  ): void {
    for (let lane = 0; lane < lanes; lane++) {
      this.#at(pointer, offset + lane * stride, (at) => {
        this.body.get(value).simdMemory(STORE_LANE, at, lane);
      });
    }
  }

  /** The vector on the stack. */
  result(): Local {
    const local = this.body.local(V128);
    this.body.set(local);
    return local;
  }

  /** Pushes an address; what `access` is given must not be negative. */
  #at(pointer: Local, offset: number, access: (at: number) => void): void {
    this.body.get(pointer);
    if (offset < 0) this.body.i32(offset).op(0x6a);
    access(Math.max(0, offset));
  }

  #result(code: number): Local {
    this.body.simd(code);
    return this.result();
  }
}
