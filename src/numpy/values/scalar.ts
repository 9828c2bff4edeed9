/**
 * Elementwise functions on operands: numpy's broadcasting and promotion.
 *
 * @module
 */
import { type DType, isFloat } from "../../base/dtype.ts";
import { ShapeError } from "../../base/errors.ts";
import { formatAval } from "../../base/shape.ts";
import type { BinaryOp, CompareOp, UnaryOp } from "../../ir/primitives.ts";
import { UNARY_DTYPES } from "../../ir/dtype_rules.ts";
import type { Value } from "../../transform/trace.ts";
import {
  asValue,
  avalOf,
  broadcastId,
  commonDtype,
  commonShape,
  computeMixed,
  elementwise,
  floatDtype,
  isValue,
  needNumeric,
  type Operand,
} from "./operand.ts";

/** A function of one operand that works on floats: integers become f32. */
export function unary(op: UnaryOp, x: Operand): Value {
  const { dtype } = avalOf(x);
  const fits = UNARY_DTYPES[op].includes(dtype);
  return elementwise(op, [x], fits ? dtype : "f32", (o, [a]) => o.unary(op, a));
}

/** `floor`, `ceil` and `round`, which leave integers as they are. */
export function rounding(op: "floor" | "ceil" | "round", x: Operand): Value {
  return isFloat(avalOf(x).dtype) ? unary(op, x) : asValue(x);
}

/** `-x`. */
export function neg(x: Operand): Value {
  if (isValue(x)) needNumeric("negate", x);
  return unary("neg", x);
}

/** `|x|`; what has no sign stays as it is. */
export function abs(x: Operand): Value {
  const { dtype } = avalOf(x);
  return dtype === "u32" || dtype === "bool" ? asValue(x) : unary("abs", x);
}

/** -1, 0 or 1. */
export function sign(x: Operand): Value {
  const { dtype } = avalOf(x);
  if (dtype !== "u32") return unary("sign", x);
  return elementwise(
    "sign",
    [x],
    dtype,
    (o, [a]) => o.cast(o.compareNumber("ne", a, 0), dtype),
  );
}

/** `x * x`. */
export function square(x: Operand): Value {
  return avalOf(x).dtype === "bool" ? asValue(x) : unary("square", x);
}

/** A function of two operands in their common dtype; bools count as i32. */
export function binary(
  op: BinaryOp,
  what: string,
  a: Operand,
  b: Operand,
): Value {
  const dtype = commonDtype([a, b]);
  return elementwise(
    what,
    [a, b],
    dtype === "bool" ? "i32" : dtype,
    (o, [x, y]) => o.binary(op, x, y),
  );
}

/** A function of two operands in f32. */
export function floatBinary(
  op: BinaryOp,
  what: string,
  a: Operand,
  b: Operand,
): Value {
  return elementwise(
    what,
    [a, b],
    floatDtype([a, b]),
    (o, [x, y]) => o.binary(op, x, y),
  );
}

/** The larger or smaller of two operands; bools stay bools. */
export function extreme(op: "max" | "min", a: Operand, b: Operand): Value {
  const what = op === "max" ? "take the maximum of" : "take the minimum of";
  if (commonDtype([a, b]) !== "bool") return binary(op, what, a, b);
  const logic = op === "max" ? "or" : "and";
  return elementwise(
    what,
    [a, b],
    "bool",
    (o, [x, y]) => o.binary(logic, x, y),
  );
}

/** Comparison in the common dtype. */
export function compare(op: CompareOp, a: Operand, b: Operand): Value {
  const dtype = commonDtype([a, b]);
  return elementwise(
    "compare",
    [a, b],
    dtype === "bool" ? "i32" : dtype,
    (o, [x, y]) => o.compare(op, x, y),
  );
}

/** `and`, `or`, `xor` of truth values; what is not 0 is true. */
export function logical(
  op: "and" | "or" | "xor",
  a: Operand,
  b: Operand,
): Value {
  const truth = [a, b].map((x) => isValue(x) ? asValue(x, "bool") : Boolean(x));
  return elementwise(
    `combine with "${op}"`,
    truth,
    "bool",
    (o, [x, y]) => o.binary(op, x, y),
  );
}

/** `and`, `or`, `xor`, `shl`, `shr` of the bits of integers. */
export function bitwise(
  op: "and" | "or" | "xor" | "shl" | "shr",
  a: Operand,
  b: Operand,
): Value {
  const dtype = commonDtype([a, b]);
  if (isFloat(dtype)) throw noBits(op, [a, b]);
  return elementwise(
    `combine the bits of`,
    [a, b],
    dtype,
    (o, [x, y]) => o.binary(op, x, y),
  );
}

/** `shl` or `shr`; bools count as i32. */
export function shift(op: "shl" | "shr", a: Operand, b: Operand): Value {
  const bool = commonDtype([a, b]) === "bool";
  return bitwise(op, bool ? asValue(a, "i32") : a, b);
}

/** The bits of an integer the other way around, or the other truth value. */
export function bitwiseNot(x: Operand): Value {
  const { dtype } = avalOf(x);
  if (isFloat(dtype)) throw noBits("not", [x]);
  return elementwise("invert", [x], dtype, (o, [a]) => o.unary("not", a));
}

function noBits(op: string, xs: readonly Operand[]): ShapeError {
  return new ShapeError(
    `Cannot apply the bit operation "${op}": ` +
      `${xs.map((x) => formatAval(avalOf(x))).join(" and ")} were given, ` +
      "expected integers: look at the bits of a float with lax.bitcast",
  );
}

/** `!x` of a truth value. */
export function logicalNot(x: Operand): Value {
  const truth = isValue(x) ? asValue(x, "bool") : Boolean(x);
  return elementwise("negate", [truth], "bool", (o, [a]) => o.unary("not", a));
}

/** Whether elements are NaN; integers never are. */
export function isnan(x: Operand): Value {
  return elementwise("test", [x], "f32", (o, [a]) => o.unary("isnan", a));
}

/** Whether elements are neither infinite nor NaN. */
export function isfinite(x: Operand): Value {
  return elementwise(
    "test",
    [x],
    "f32",
    (o, [a]) => o.compareNumber("lt", o.unary("abs", a), Infinity),
  );
}

/** `condition ? a : b`. */
export function where(condition: Operand, a: Operand, b: Operand): Value {
  const dtype = commonDtype([a, b]);
  const operands = [
    isValue(condition) ? condition : Boolean(condition),
    a,
    b,
  ];
  const shape = commonShape(operands, "select between");
  return computeMixed(operands, ["bool", dtype, dtype], (o, ids) => {
    const [c, x, y] = ids.map((id) => broadcastId(o, id, shape));
    return o.select(c, x, y);
  });
}

/** Conversion to another dtype. */
export function astype(x: Operand, dtype: DType): Value {
  return asValue(x, dtype);
}

/** `a` to the power of `b`; an integer-valued JS exponent multiplies. */
export function pow(a: Operand, b: Operand): Value {
  if (!isValue(b) && Number.isInteger(Number(b)) && Math.abs(Number(b)) <= 64) {
    const { dtype } = avalOf(a);
    const n = Number(b);
    if (n >= 0 || isFloat(dtype)) return integerPower(a, n);
  }
  if (!isFloat(commonDtype([a, b])) && isValue(b)) {
    throw new ShapeError(
      `Cannot raise ${formatAval(avalOf(a))} to the power of ` +
        `${formatAval(avalOf(b))}: integer powers need an exponent that is a ` +
        'JS number, expected floats: convert the base with .astype("f32")',
    );
  }
  return floatBinary("pow", "raise", a, b);
}

/** Repeated squaring: exact for integers, and smooth at 0 for floats. */
function integerPower(x: Operand, exponent: number): Value {
  const { dtype } = avalOf(x);
  const type = dtype === "bool" ? "i32" : dtype;
  return elementwise("raise", [x], type, (o, [a]) => {
    let result: number | null = null;
    let factor = a;
    for (let n = Math.abs(exponent); n > 0; n >>= 1) {
      if (n & 1) result = result === null ? factor : o.mul(result, factor);
      if (n > 1) factor = o.unary("square", factor);
    }
    if (result === null) return o.full(o.aval(a), 1);
    return exponent < 0 ? o.unary("reciprocal", result) : result;
  });
}

/** Quotient rounded down. */
export function floorDivide(a: Operand, b: Operand): Value {
  const dtype = commonDtype([a, b]);
  const type = dtype === "bool" ? "i32" : dtype;
  return elementwise("divide", [a, b], type, (o, [x, y]) => {
    const quotient = o.div(x, y);
    if (type === "u32") return quotient;
    if (type === "f32") return o.unary("floor", quotient);
    // i32 division truncates: one less where there is a rest and signs differ.
    const rest = o.compareNumber("ne", o.binary("rem", x, y), 0);
    const signs = o.compare("ne", o.unary("sign", x), o.unary("sign", y));
    const down = o.cast(o.binary("and", rest, signs), "i32");
    return o.sub(quotient, down);
  });
}

/** Rest of the division with the sign of the divisor, as Python's `%`. */
export function mod(a: Operand, b: Operand): Value {
  const dtype = commonDtype([a, b]);
  const type = dtype === "bool" ? "i32" : dtype;
  return elementwise("divide", [a, b], type, (o, [x, y]) => {
    const rest = o.binary("rem", x, y);
    if (type === "u32") return rest;
    const differ = o.compare(
      "ne",
      o.compareNumber("lt", rest, 0),
      o.compareNumber("lt", y, 0),
    );
    const fix = o.binary("and", differ, o.compareNumber("ne", rest, 0));
    return o.select(fix, o.add(rest, y), rest);
  });
}
