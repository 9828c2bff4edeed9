/**
 * Short names for emitting nodes: the language in which the rules of `vjp` and
 * `batch` are written. Values are ids of one emitter.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { type Aval, range, sameShape, type Shape } from "../base/shape.ts";
import type {
  BinaryOp,
  CompareOp,
  Primitive,
  PrimitiveParams,
  ReduceOp,
  UnaryOp,
} from "../ir/primitives.ts";
import type { Emitter, ValueId } from "../ir/program.ts";

/** Emits nodes into one Program under construction. */
export class Ops {
  /** Where the nodes go. */
  readonly target: Emitter;

  /** Emits into `target`. */
  constructor(target: Emitter) {
    this.target = target;
  }

  /** Dtype and shape of a value. */
  aval(x: ValueId): Aval {
    return this.target.avals[x];
  }

  /** Shape of a value. */
  shape(x: ValueId): Shape {
    return this.target.avals[x].shape;
  }

  /** Any primitive with one output. */
  bind<P extends Primitive>(
    primitive: P,
    inputs: readonly ValueId[],
    params: PrimitiveParams[P],
  ): ValueId {
    return this.target.emit(primitive, inputs, params)[0];
  }

  /** A tensor of one repeated value. */
  full(aval: Aval, value: number): ValueId {
    const scalar = this.bind("constant", [], { dtype: aval.dtype, value });
    return this.broadcast(scalar, aval.shape, []);
  }

  /** Zeros shaped like `x`. */
  zerosLike(x: ValueId): ValueId {
    return this.full(this.aval(x), 0);
  }

  /** Elementwise function of one operand. */
  unary(op: UnaryOp, x: ValueId): ValueId {
    return this.bind("unary", [x], { op });
  }

  /** Elementwise function of two operands of one shape, or of a number. */
  binary(op: BinaryOp, a: ValueId, b: ValueId): ValueId {
    return this.bind("binary", [a, b], { op });
  }

  /** `-x`. */
  neg(x: ValueId): ValueId {
    return this.unary("neg", x);
  }

  /** `a + b`. */
  add(a: ValueId, b: ValueId): ValueId {
    return this.binary("add", a, b);
  }

  /** `a - b`. */
  sub(a: ValueId, b: ValueId): ValueId {
    return this.binary("sub", a, b);
  }

  /** `a * b`. */
  mul(a: ValueId, b: ValueId): ValueId {
    return this.binary("mul", a, b);
  }

  /** `a / b`. */
  div(a: ValueId, b: ValueId): ValueId {
    return this.binary("div", a, b);
  }

  /** `x + value`. */
  addNumber(x: ValueId, value: number): ValueId {
    return this.add(x, this.full(this.aval(x), value));
  }

  /** `x * value`. */
  scale(x: ValueId, value: number): ValueId {
    return this.mul(x, this.full(this.aval(x), value));
  }

  /** `value - x`. */
  from(value: number, x: ValueId): ValueId {
    return this.sub(this.full(this.aval(x), value), x);
  }

  /** Comparison, as bool. */
  compare(op: CompareOp, a: ValueId, b: ValueId): ValueId {
    return this.bind("compare", [a, b], { op });
  }

  /** Comparison with a number. */
  compareNumber(op: CompareOp, a: ValueId, value: number): ValueId {
    return this.compare(op, a, this.full(this.aval(a), value));
  }

  /** `condition ? a : b`. */
  select(condition: ValueId, a: ValueId, b: ValueId): ValueId {
    return this.bind("select", [condition, a, b], {});
  }

  /** `condition ? x : 0`. */
  keep(condition: ValueId, x: ValueId): ValueId {
    return this.select(condition, x, this.zerosLike(x));
  }

  /** Conversion to another dtype. */
  cast(x: ValueId, dtype: DType): ValueId {
    return this.aval(x).dtype === dtype ? x : this.bind("cast", [x], { dtype });
  }

  /** Repetition along new axes; see the primitive. */
  broadcast(x: ValueId, shape: Shape, axes: readonly number[]): ValueId {
    if (sameShape(this.shape(x), shape)) return x;
    return this.bind("broadcast", [x], { shape, axes });
  }

  /** Undoes `reduce` over `axes`: repeats `x` along them. */
  spread(x: ValueId, shape: Shape, axes: readonly number[]): ValueId {
    const kept = range(shape.length).filter((a) => !axes.includes(a));
    return this.broadcast(x, shape, kept);
  }

  /** Same elements, other shape. */
  reshape(x: ValueId, shape: Shape): ValueId {
    if (sameShape(this.shape(x), shape)) return x;
    return this.bind("reshape", [x], { shape });
  }

  /** Axes reordered. */
  transpose(x: ValueId, perm: readonly number[]): ValueId {
    if (perm.every((p, i) => p === i)) return x;
    return this.bind("transpose", [x], { perm });
  }

  /** Moves one axis. */
  moveAxis(x: ValueId, from: number, to: number): ValueId {
    if (from === to) return x;
    const perm = range(this.shape(x).length).filter((a) => a !== from);
    perm.splice(to, 0, from);
    return this.transpose(x, perm);
  }

  /** Elements `start` to `limit` of one axis. */
  sliceAxis(x: ValueId, axis: number, start: number, limit: number): ValueId {
    const shape = this.shape(x);
    return this.bind("slice", [x], {
      start: shape.map((_, i) => i === axis ? start : 0),
      limit: shape.map((n, i) => i === axis ? limit : n),
      stride: shape.map(() => 1),
    });
  }

  /** Reduction over axes, which disappear. */
  reduce(op: ReduceOp, x: ValueId, axes: readonly number[]): ValueId {
    return axes.length === 0 ? x : this.bind("reduce", [x], { op, axes });
  }

  /** Sum over axes, which disappear. */
  sum(x: ValueId, axes: readonly number[]): ValueId {
    return this.reduce("sum", x, axes);
  }

  /** Product of matrices or tensors. */
  dot(a: ValueId, b: ValueId, params: PrimitiveParams["dot"]): ValueId {
    return this.bind("dot", [a, b], params);
  }

  /** `0, 1, ...` along an axis. */
  iota(dtype: DType, shape: Shape, axis: number): ValueId {
    return this.bind("iota", [], { dtype, shape, axis });
  }
}

/** Axes of a tensor of rank `rank` that are neither contracted nor batch. */
export function freeAxes(
  rank: number,
  contract: readonly number[],
  batch: readonly number[],
): number[] {
  return range(rank).filter((a) => !contract.includes(a) && !batch.includes(a));
}

/** The permutation that undoes `perm`. */
export function inversePerm(perm: readonly number[]): number[] {
  const out = new Array<number>(perm.length);
  perm.forEach((p, i) => out[p] = i);
  return out;
}
