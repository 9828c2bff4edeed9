/**
 * Encoder of WebAssembly modules: function bodies as bytes, and the sections
 * around them. Only what generated programs need.
 *
 * @module
 */

/** 32-bit integer. */
export const I32 = 0x7f;
/** Double. */
export const F64 = 0x7c;
/** Vector of 128 bits. */
export const V128 = 0x7b;

/** A value type: {@link I32}, {@link F64} or {@link V128}. */
export type ValueType = number;

/** Number of a local variable of a function. */
export type Local = number;

const SIMD = 0xfd;
const END = 0x0b;
const SHARED = 3;
const EMPTY_BLOCK = 0x40;

function pushUnsigned(to: number[], value: number): void {
  let rest = value >>> 0;
  for (; rest > 127; rest >>>= 7) to.push(rest & 127 | 128);
  to.push(rest);
}

function pushSigned(to: number[], value: number): void {
  let rest = value | 0;
  while (rest < -64 || rest > 63) {
    to.push(rest & 127 | 128);
    rest >>= 7;
  }
  to.push(rest & 127);
}

function pushAll(to: number[], bytes: ArrayLike<number>): void {
  for (let i = 0; i < bytes.length; i++) to.push(bytes[i]);
}

/** One function: its local variables and its instructions. */
export class FunctionBody {
  /** Types of the parameters. */
  readonly parameters: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #prologue: number[] = [];
  readonly #code: number[] = [];
  /** Where instructions go now. */
  #out: number[];

  /** Starts an empty function. */
  constructor(parameters: readonly ValueType[]) {
    this.parameters = parameters;
    this.#out = this.#code;
  }

  /** A new local variable. */
  local(type: ValueType): Local {
    return this.parameters.length + this.#locals.push(type) - 1;
  }

  /** Emits what `body` does before everything else in the function. */
  before(body: () => void): void {
    const out = this.#out;
    this.#out = this.#prologue;
    body();
    this.#out = out;
  }

  /** An instruction without operands, or its first byte. */
  op(code: number): this {
    this.#out.push(code);
    return this;
  }

  /** A vector instruction without further operands. */
  simd(code: number): this {
    this.#out.push(SIMD);
    pushUnsigned(this.#out, code);
    return this;
  }

  /** A vector load or store at the address on the stack plus `offset`. */
  simdMemory(code: number, offset: number, lane?: number): this {
    // Alignment is a hint: all that is known is that elements are whole.
    this.simd(code).op(2);
    pushUnsigned(this.#out, offset);
    return lane === undefined ? this : this.op(lane);
  }

  /** A vector of four words. */
  vector(words: ArrayLike<number>): this {
    this.simd(0x0c);
    for (let i = 0; i < 4; i++) {
      for (let shift = 0; shift < 32; shift += 8) {
        this.#out.push(words[i] >>> shift & 255);
      }
    }
    return this;
  }

  /** An integer. */
  i32(value: number): this {
    this.#out.push(0x41);
    pushSigned(this.#out, value);
    return this;
  }

  /** A 64-bit integer that fits in 31 bits. */
  i64(value: number): this {
    this.#out.push(0x42);
    pushSigned(this.#out, value);
    return this;
  }

  /** A double. */
  f64(value: number): this {
    this.#out.push(0x44);
    pushAll(this.#out, new Uint8Array(Float64Array.of(value).buffer));
    return this;
  }

  /** `i32.load` at the address on the stack plus `offset`. */
  load(offset: number): this {
    this.#out.push(0x28, 2);
    pushUnsigned(this.#out, offset);
    return this;
  }

  /** Pushes a local. */
  get(local: Local): this {
    return this.#indexed(0x20, local);
  }

  /** Pops into a local. */
  set(local: Local): this {
    return this.#indexed(0x21, local);
  }

  /** Calls a function. */
  call(index: number): this {
    return this.#indexed(0x10, index);
  }

  /** Adds to an integer local. */
  advance(local: Local, by: number): this {
    return by === 0 ? this : this.get(local).i32(by).op(0x6a).set(local);
  }

  /** Runs what `body` emits `count` times; at least once. */
  repeat(count: number, body: () => void): void {
    const left = this.local(I32);
    this.i32(count).set(left);
    this.#countdown(left, body);
  }

  /** Runs what `body` emits as often as `count` says. */
  repeatLocal(count: Local, body: () => void): void {
    const left = this.local(I32);
    this.get(count).set(left).get(left);
    this.when(() => this.#countdown(left, body));
  }

  /** Runs what `body` emits if the integer on the stack is not 0. */
  when(body: () => void): void {
    this.op(0x04).op(EMPTY_BLOCK);
    body();
    this.op(END);
  }

  /** Runs what `body` emits until it does not ask for more. */
  forever(body: (again: () => void) => void): void {
    this.op(0x03).op(EMPTY_BLOCK);
    body(() => this.#indexed(0x0d, 0));
    this.op(END);
  }

  /** An atomic access at the address on the stack plus `offset`. */
  atomic(code: number, offset: number): this {
    this.#out.push(0xfe, code, 2);
    pushUnsigned(this.#out, offset);
    return this;
  }

  #countdown(left: Local, body: () => void): void {
    this.forever((again) => {
      body();
      this.advance(left, -1).get(left);
      again();
    });
  }

  /** The body as the code section has it. */
  encode(): Uint8Array {
    const head: number[] = [];
    const groups: [count: number, type: ValueType][] = [];
    for (const type of this.#locals) {
      const last = groups.at(-1);
      if (last?.[1] === type) last[0]++;
      else groups.push([1, type]);
    }
    pushUnsigned(head, groups.length);
    for (const [count, type] of groups) {
      pushUnsigned(head, count);
      head.push(type);
    }
    return sized([head, this.#prologue, this.#code, [END]]);
  }

  #indexed(code: number, index: number): this {
    this.#out.push(code);
    pushUnsigned(this.#out, index);
    return this;
  }
}

/** Size of a memory. */
export interface MemoryLimits {
  /** Pages it has. */
  readonly pages: number;
  /** Most pages of a shared memory; undefined for one that is not shared. */
  readonly maximum?: number;
}

/** Types of the parameters and of the results of a function. */
type FunctionType = readonly (readonly ValueType[])[];

/** A module: functions it imports, functions of its own, one memory. */
export class ModuleBuilder {
  readonly #types: FunctionType[] = [];
  readonly #typeOf = new Map<string, number>();
  readonly #imports = new Map<string, { index: number; type: number }>();
  readonly #functions: FunctionBody[] = [];

  /**
   * Number of the imported function `name`. All imports come before the first
   * call of {@link add}.
   */
  import(
    name: string,
    parameters: readonly ValueType[],
    results: readonly ValueType[] = [],
  ): number {
    let known = this.#imports.get(name);
    if (known === undefined) {
      const type = this.#type([parameters, results]);
      known = { index: this.#imports.size, type };
      this.#imports.set(name, known);
    }
    return known.index;
  }

  /** How many functions are imported: those added are numbered after them. */
  get imported(): number {
    return this.#imports.size;
  }

  /** Adds a function; gives its position among the functions added. */
  add(body: FunctionBody): number {
    return this.#functions.push(body) - 1;
  }

  /**
   * The module, which exports function `exported` as `run`.
   *
   * @param memory The memory it is to be used with: with the true size engines
   * check addresses only once.
   */
  encode(
    exported: number,
    { pages, maximum }: MemoryLimits,
  ): Uint8Array<ArrayBuffer> {
    const types = this.#functions.map((f) => this.#type([f.parameters, []]));
    const imports = [...this.#imports, null];
    return concat([
      [0, 97, 115, 109, 1, 0, 0, 0],
      ...section(1, this.#types, (to, type) => {
        to.push(0x60);
        for (const list of type) {
          pushUnsigned(to, list.length);
          pushAll(to, list);
        }
      }),
      ...section(2, imports, (to, item) => {
        pushName(to, "env");
        pushName(to, item === null ? "memory" : item[0]);
        to.push(item === null ? 2 : 0);
        if (item === null) to.push(maximum === undefined ? 0 : SHARED);
        pushUnsigned(to, item === null ? pages : item[1].type);
        if (item === null && maximum !== undefined) pushUnsigned(to, maximum);
      }),
      ...section(3, types, pushUnsigned),
      ...section(7, ["run"], (to, name) => {
        pushName(to, name);
        to.push(0);
        pushUnsigned(to, this.#imports.size + exported);
      }),
      ...codeSection(this.#functions),
    ]);
  }

  #type(type: FunctionType): number {
    const key = type.join(";");
    let index = this.#typeOf.get(key);
    if (index === undefined) {
      index = this.#types.push(type) - 1;
      this.#typeOf.set(key, index);
    }
    return index;
  }
}

function pushName(to: number[], name: string): void {
  pushUnsigned(to, name.length);
  for (let i = 0; i < name.length; i++) to.push(name.charCodeAt(i));
}

/** Parts of a binary. */
type Parts = readonly ArrayLike<number>[];

function section<T>(
  id: number,
  items: readonly T[],
  push: (to: number[], item: T) => void,
): Parts {
  const content: number[] = [];
  pushUnsigned(content, items.length);
  for (const item of items) push(content, item);
  return [[id], sized([content])];
}

function codeSection(functions: readonly FunctionBody[]): Parts {
  const count: number[] = [];
  pushUnsigned(count, functions.length);
  return [[10], sized([count, ...functions.map((f) => f.encode())])];
}

/** The parts in one, their length in front. */
function sized(parts: Parts): Uint8Array {
  const length: number[] = [];
  pushUnsigned(length, parts.reduce((n, part) => n + part.length, 0));
  return concat([length, ...parts]);
}

function concat(parts: Parts): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
