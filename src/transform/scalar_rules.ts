/**
 * Derivatives of the scalar ops, one row per op, written in ops: the gradient
 * of the operand from the operand x, the result y and the cotangent d.
 *
 * @module
 */
import type { BinaryOp, UnaryOp } from "../ir/primitives.ts";
import type { ValueId } from "../ir/program.ts";
import type { Ops } from "./ops.ts";

type Lazy = () => ValueId;
type UnaryRule =
  | ((o: Ops, d: ValueId, x: Lazy, y: Lazy) => ValueId)
  | null;

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/** Gradient rules of unary ops; null where the derivative is zero. */
export const UNARY_VJP: Record<UnaryOp, UnaryRule> = {
  neg: (o, d) => o.neg(d),
  // As JAX, which counts 0 among the positive numbers.
  abs: (o, d, x) => o.select(o.compareNumber("ge", x(), 0), d, o.neg(d)),
  sign: null,
  floor: null,
  ceil: null,
  round: null,
  // d exp(x) = exp(x) dx
  exp: (o, d, _, y) => o.mul(d, y()),
  // d (exp(x) - 1) = exp(x) dx
  expm1: (o, d, _, y) => o.mul(d, o.addNumber(y(), 1)),
  // d log(x) = dx / x
  log: (o, d, x) => o.div(d, x()),
  // d log(1 + x) = dx / (1 + x)
  log1p: (o, d, x) => o.div(d, o.addNumber(x(), 1)),
  sin: (o, d, x) => o.mul(d, o.unary("cos", x())),
  cos: (o, d, x) => o.neg(o.mul(d, o.unary("sin", x()))),
  // d tan(x) = (1 + tan(x)^2) dx
  tan: (o, d, _, y) => o.mul(d, o.addNumber(o.unary("square", y()), 1)),
  // d tanh(x) = (1 + tanh(x)) (1 - tanh(x)) dx: near 1, y^2 would lose digits
  tanh: (o, d, _, y) => o.mul(o.add(d, o.mul(d, y())), o.from(1, y())),
  // d s(x) = s(x) (1 - s(x)) dx
  sigmoid: (o, d, _, y) => o.mul(d, o.mul(y(), o.from(1, y()))),
  // d sqrt(x) = dx / (2 sqrt(x))
  sqrt: (o, d, _, y) => o.div(o.scale(d, 0.5), y()),
  // d x^(-1/2) = -1/2 x^(-1/2) / x dx
  rsqrt: (o, d, x, y) => o.mul(d, o.scale(o.div(y(), x()), -0.5)),
  // d (1/x) = -(1/x)^2 dx
  reciprocal: (o, d, _, y) => o.neg(o.mul(d, o.unary("square", y()))),
  square: (o, d, x) => o.mul(d, o.scale(x(), 2)),
  // d erf(x) = 2/sqrt(pi) exp(-x^2) dx
  erf: (o, d, x) => {
    const bell = o.unary("exp", o.neg(o.unary("square", x())));
    return o.mul(d, o.scale(bell, TWO_OVER_SQRT_PI));
  },
  // d erfinv(x) = sqrt(pi)/2 exp(erfinv(x)^2) dx
  erfinv: (o, d, _, y) => {
    const slope = o.unary("exp", o.unary("square", y()));
    return o.mul(d, o.scale(slope, 1 / TWO_OVER_SQRT_PI));
  },
  not: null,
  isnan: null,
};

type BinaryRule =
  | ((
    o: Ops,
    d: ValueId,
    a: Lazy,
    b: Lazy,
    y: Lazy,
  ) => readonly [Lazy, Lazy])
  | null;

/** Half the cotangent to each operand where they tie, as JAX. */
function extreme(op: "gt" | "lt"): BinaryRule {
  return (o, d, a, b) => {
    const share = (x: ValueId, y: ValueId) => {
      const tie = o.compare("eq", x, y);
      const part = o.keep(o.compare(op, x, y), o.full(o.aval(d), 1));
      return o.mul(d, o.select(tie, o.full(o.aval(d), 0.5), part));
    };
    return [() => share(a(), b()), () => share(b(), a())];
  };
}

/** Gradient rules of binary ops, one thunk per operand. */
export const BINARY_VJP: Record<BinaryOp, BinaryRule> = {
  add: (_, d) => [() => d, () => d],
  sub: (o, d) => [() => d, () => o.neg(d)],
  mul: (o, d, a, b) => [() => o.mul(d, b()), () => o.mul(d, a())],
  // d (a/b) = da / b - (a/b) / b db
  div: (o, d, _, b, y) => [
    () => o.div(d, b()),
    () => o.neg(o.div(o.mul(d, y()), b())),
  ],
  max: extreme("gt"),
  min: extreme("lt"),
  // d a^b = b a^(b-1) da + a^b log(a) db, with 0 where b or a is 0
  pow: (o, d, a, b, y) => [
    () => {
      const exponent = b();
      const power = o.binary("pow", a(), o.addNumber(exponent, -1));
      const slope = o.mul(exponent, power);
      return o.mul(d, o.keep(o.compareNumber("ne", exponent, 0), slope));
    },
    () => {
      const base = a();
      const one = o.full(o.aval(base), 1);
      const safe = o.select(o.compareNumber("eq", base, 0), one, base);
      return o.mul(d, o.mul(o.unary("log", safe), y()));
    },
  ],
  // a rem b = a - b trunc(a / b)
  rem: (o, d, a, b) => [
    () => d,
    () => {
      const quotient = o.div(a(), b());
      const whole = o.mul(
        o.unary("sign", quotient),
        o.unary("floor", o.unary("abs", quotient)),
      );
      return o.neg(o.mul(d, whole));
    },
  ],
  // d atan2(a, b) = (b da - a db) / (a^2 + b^2)
  atan2: (o, d, a, b) => {
    const scaled = () => {
      const norm = o.add(o.unary("square", a()), o.unary("square", b()));
      return o.div(d, norm);
    };
    return [() => o.mul(scaled(), b()), () => o.neg(o.mul(scaled(), a()))];
  },
  and: null,
  or: null,
  xor: null,
  shl: null,
  shr: null,
};
