/**
 * The instructions of a fused loop as WGSL expressions. Registers have the
 * types F, I, U and B of `functions.ts`; a bool is a bool, not a word.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import type { BinaryOp, CompareOp, UnaryOp } from "../../ir/primitives.ts";
import type { Instruction } from "../plan.ts";

/** A WGSL expression. */
export interface Expression {
  /** The expression, in parentheses where it needs any. */
  readonly text: string;
  /** Names of functions of `functions.ts` that it calls. */
  readonly functions: readonly string[];
}

type Args = readonly string[];
type Write = (...args: Args) => Expression;
/** How an operation is written for the dtypes that it takes. */
type Row = { readonly [D in DType]?: Write };

const TYPES: { readonly [D in DType]: string } = {
  f32: "F",
  i32: "I",
  u32: "U",
  bool: "B",
};

function plain(text: string): Expression {
  return { text, functions: [] };
}

/** A call of a function of WGSL or of a type. */
const builtin = (name: string): Write => (...args) =>
  plain(`${name}(${args.join(", ")})`);

/** A call of one of our functions. */
const call = (name: string): Write => (...args) => ({
  text: `${name}(${args.join(", ")})`,
  functions: [name],
});

const infix = (sign: string): Write => (a, b) => plain(`(${a} ${sign} ${b})`);

/** A shift: counts are unsigned. */
const shift = (name: string): Row => ({
  i32: (a, n) => call(`${name}_i32`)(a, `bitcast<U>(${n})`),
  u32: call(`${name}_u32`),
});

const float = (op: UnaryOp | BinaryOp): Row => ({ f32: call(`${op}_f32`) });

const numeric = (write: Write): Row => ({ f32: write, i32: write, u32: write });

const bits = (sign: string): Row => ({
  i32: infix(sign),
  u32: infix(sign),
  bool: infix(sign),
});

const negated = (a: string): Expression => plain(`(~${a})`);

// Quotients and square roots are the adapter's: WGSL asks for about 3 units in
// the last place, and nothing of quotients by numbers beyond 2^126.
const UNARY: { readonly [O in UnaryOp]: Row } = {
  neg: {
    f32: call("neg_f32"),
    i32: (x) => plain(`(I(0) - ${x})`),
    u32: (x) => plain(`(U(0u) - ${x})`),
  },
  abs: { f32: builtin("abs"), i32: builtin("abs") },
  sign: {
    f32: call("sign_f32"),
    i32: (x) => plain(`clamp(${x}, I(-1), I(1))`),
  },
  floor: { f32: builtin("floor") },
  ceil: { f32: builtin("ceil") },
  round: float("round"),
  exp: float("exp"),
  expm1: float("expm1"),
  log: float("log"),
  log1p: float("log1p"),
  sin: float("sin"),
  cos: float("cos"),
  tan: float("tan"),
  tanh: float("tanh"),
  sigmoid: float("sigmoid"),
  sqrt: { f32: builtin("sqrt") },
  rsqrt: { f32: (x) => plain(`(F(1.0) / sqrt(${x}))`) },
  reciprocal: { f32: (x) => plain(`(F(1.0) / ${x})`) },
  square: numeric((x) => plain(`(${x} * ${x})`)),
  erf: float("erf"),
  erfinv: float("erfinv"),
  not: { i32: negated, u32: negated, bool: (x) => plain(`(!${x})`) },
  isnan: { f32: call("is_nan_") },
};

const BINARY: { readonly [O in BinaryOp]: Row } = {
  add: numeric(infix("+")),
  sub: {
    ...numeric(infix("-")),
    // Compilers take x - x for 0, also where x is NaN or infinite.
    f32: (a, b) => a === b ? call("nothing_f32")(a) : infix("-")(a, b),
  },
  mul: numeric(infix("*")),
  div: { f32: infix("/"), i32: call("div_i32"), u32: call("div_u32") },
  max: { f32: call("max_f32"), i32: builtin("max"), u32: builtin("max") },
  min: { f32: call("min_f32"), i32: builtin("min"), u32: builtin("min") },
  pow: float("pow"),
  rem: {
    f32: call("rem_f32"),
    i32: call("rem_i32"),
    u32: call("rem_u32"),
  },
  atan2: float("atan2"),
  and: bits("&"),
  or: bits("|"),
  xor: { ...bits("^"), bool: infix("!=") },
  shl: shift("shl"),
  shr: shift("shr"),
};

const COMPARE: { readonly [O in CompareOp]: Row } = {
  eq: { ...numeric(infix("==")), bool: infix("==") },
  ne: { ...numeric(infix("!=")), f32: call("ne_f32"), bool: infix("!=") },
  lt: { ...numeric(infix("<")), bool: (a, b) => plain(`(!${a} & ${b})`) },
  le: { ...numeric(infix("<=")), bool: (a, b) => plain(`(!${a} | ${b})`) },
  gt: { ...numeric(infix(">")), bool: (a, b) => plain(`(${a} & !${b})`) },
  ge: { ...numeric(infix(">=")), bool: (a, b) => plain(`(${a} | !${b})`) },
};

const fromBool = (to: "f32" | "i32" | "u32"): Write => (x) =>
  plain(`select(${TYPES[to]}(0), ${TYPES[to]}(1), ${x})`);

const same: Write = (x) => plain(x);

/** Conversions of values: from, then to. */
const CAST: { readonly [D in DType]: { readonly [E in DType]: Write } } = {
  f32: {
    f32: same,
    i32: call("f32_to_i32"),
    u32: call("f32_to_u32"),
    bool: call("f32_to_bool"),
  },
  i32: {
    f32: builtin("F"),
    i32: same,
    u32: builtin("U"),
    bool: (x) => plain(`(${x} != I(0))`),
  },
  u32: {
    f32: call("u32_to_f32"),
    i32: builtin("I"),
    u32: same,
    bool: (x) => plain(`(${x} != U(0u))`),
  },
  bool: {
    f32: fromBool("f32"),
    i32: fromBool("i32"),
    u32: fromBool("u32"),
    bool: same,
  },
};

/** A register from a word of memory, of type U. */
export function load(dtype: DType, word: string): string {
  if (dtype === "bool") return `(${word} != U(0u))`;
  return dtype === "u32" ? word : `bitcast<${TYPES[dtype]}>(${word})`;
}

/** A word for memory, of type U, from a register. */
export function store(dtype: DType, value: string): string {
  if (dtype === "bool") return `select(U(0u), U(1u), ${value})`;
  return dtype === "u32" ? value : `bitcast<U>(${value})`;
}

/** The least normal float; a smaller constant is given by its bits. */
const LEAST_NORMAL = 2 ** -126;

function floatText(x: number): Expression {
  const plainly = Number.isFinite(x) &&
    (Math.abs(x) >= LEAST_NORMAL || Object.is(x, 0));
  if (!plainly) {
    const [word] = new Uint32Array(Float32Array.of(x).buffer);
    return call("bits_")(`0x${word.toString(16)}u`);
  }
  let digits = 1;
  while (Math.fround(Number(x.toPrecision(digits))) !== x) digits++;
  return plain(`F(${x.toPrecision(digits)}f)`);
}

const CONSTANT: { readonly [D in DType]: (x: number) => Expression } = {
  f32: (x) => floatText(Math.fround(x)),
  i32: (x) => plain(`I(${x | 0})`),
  u32: (x) => plain(`U(${x >>> 0}u)`),
  bool: (x) => plain(`B(${x !== 0})`),
};

/** Scale and shift go as two floats each. */
function affine(x: string, scale: number, shift: number): Expression {
  const parts = [scale, shift].flatMap((c) => {
    const high = Math.fround(c);
    const low = Number.isFinite(high) ? Math.fround(c - high) : 0;
    return [CONSTANT.f32(high), CONSTANT.f32(low)];
  });
  const { text, functions } = call("affine_f32")(
    x,
    ...parts.map((part) => part.text),
  );
  return {
    text,
    functions: [...functions, ...parts.flatMap((part) => part.functions)],
  };
}

function write(row: Row, dtype: DType, args: Args): Expression {
  const writer = row[dtype];
  if (writer === undefined) throw new Error(`no such operation on ${dtype}`);
  return writer(...args);
}

/**
 * An instruction as an expression.
 *
 * @param args Its operands in order: names, or expressions that bind tightly.
 * @param index Gives the index along an axis, of type U.
 * @returns What to bind with `let`: WGSL computes constant expressions itself,
 *   and rejects those that overflow.
 */
export function expression(
  i: Instruction,
  args: Args,
  index: (axis: number) => string,
): Expression {
  switch (i.op) {
    case "constant":
      return CONSTANT[i.dtype](i.value);
    case "index":
      return CAST.u32[i.dtype](index(i.axis));
    case "unary":
      return write(UNARY[i.fn], i.dtype, args);
    case "binary":
      return write(BINARY[i.fn], i.dtype, args);
    case "compare":
      return write(COMPARE[i.fn], i.dtype, args);
    case "select":
      return plain(`select(${args[2]}, ${args[1]}, ${args[0]})`);
    case "affine":
      return affine(args[0], i.scale, i.shift);
    case "cast":
      return CAST[i.from][i.to](...args);
    case "bitcast":
      return plain(
        i.from === i.to ? args[0] : load(i.to, store(i.from, args[0])),
      );
  }
}
