/**
 * How a cotangent goes back through each primitive: one row per primitive. An
 * impossible case is a row with its reason; scan, cond, sort and customVjp
 * have their own files because their forward pass changes too.
 *
 * @module
 */
import { TraceError } from "../base/errors.ts";
import { type Aval, range, sizeOf } from "../base/shape.ts";
import type { Primitive, PrimitiveParams } from "../ir/primitives.ts";
import type { ValueId } from "../ir/program.ts";
import { freeAxes, inversePerm, type Ops } from "./ops.ts";
import { BINARY_VJP, UNARY_VJP } from "./scalar_rules.ts";
import { convVjp, reduceWindowVjp } from "./window_rules.ts";

/** What a rule sees. */
export interface VjpContext {
  /** Emits into the backward Program. */
  readonly o: Ops;
  /** Cotangent of the output. */
  readonly d: ValueId;
  /** Operand `i` of the forward pass. */
  readonly x: (i: number) => ValueId;
  /** Output of the forward pass. */
  readonly y: () => ValueId;
  /** Aval of operand `i`. */
  readonly aval: (i: number) => Aval;
  /** Which operands want a gradient. */
  readonly needs: readonly boolean[];
}

type Rule<P extends Primitive> = (
  c: VjpContext,
  params: PrimitiveParams[P],
) => (ValueId | null)[];

const none = (): (ValueId | null)[] => [];

function unsupported(what: string, fix: string): () => never {
  return () => {
    throw new TraceError(
      `Cannot differentiate ${what}: it has no derivative rule: ${fix}`,
    );
  };
}

/** Cotangent of one operand of a dot, brought to that operand's axis order. */
function dotOperand(
  o: Ops,
  d: ValueId,
  other: ValueId,
  mine: { rank: number; contract: readonly number[]; batch: readonly number[] },
  theirs: {
    rank: number;
    contract: readonly number[];
    batch: readonly number[];
  },
  first: boolean,
): ValueId {
  const free = freeAxes(mine.rank, mine.contract, mine.batch);
  const otherFree = freeAxes(theirs.rank, theirs.contract, theirs.batch);
  const nb = mine.batch.length;
  // In d the batch axes come first, then the free axes of the left operand.
  const start = first ? nb + free.length : nb;
  const contract = otherFree.map((_, i) => start + i);
  const out = o.dot(d, other, {
    contract: [contract, otherFree],
    batch: [range(nb), theirs.batch],
  });
  const order = [...theirs.contract].sort((a, b) => a - b);
  const axes = [
    ...mine.batch,
    ...free,
    ...order.map((j) => mine.contract[theirs.contract.indexOf(j)]),
  ];
  return o.transpose(out, inversePerm(axes));
}

/** Whether each index of a scatter lies inside, shaped like the updates. */
function inside(
  { o, x, aval }: VjpContext,
  { axis, batchDims }: PrimitiveParams["scatter"],
): { mask: ValueId; axes: number[] } {
  const shape = aval(2).shape;
  const indexRank = aval(1).shape.length - batchDims;
  const axes = [...range(batchDims), ...range(indexRank).map((i) => axis + i)];
  const i = x(1);
  const ok = o.binary(
    "and",
    o.compareNumber("ge", i, 0),
    o.compareNumber("lt", i, aval(0).shape[axis]),
  );
  return { mask: o.broadcast(ok, shape, axes), axes };
}

/** The update that won each place, when several write to it. */
function winners(
  c: VjpContext,
  params: PrimitiveParams["scatter"],
  axes: readonly number[],
): ValueId {
  const { o, x, aval } = c;
  const indexShape = aval(1).shape;
  const flat = o.iota("i32", [sizeOf(indexShape)], 0);
  const ids = o.broadcast(o.reshape(flat, indexShape), aval(2).shape, axes);
  const empty = o.full({ dtype: "i32", shape: aval(0).shape }, -1);
  const written = o.bind("scatter", [empty, x(1), ids], {
    ...params,
    mode: "set",
  });
  const { axis, batchDims } = params;
  const seen = o.bind("gather", [written, x(1)], { axis, batchDims });
  return o.compare("eq", seen, ids);
}

/** Rules of all primitives. */
export const VJP_RULES: { readonly [P in Primitive]: Rule<P> } = {
  constant: none,
  iota: none,
  unary: ({ o, d, x, y }, { op }) => {
    const rule = UNARY_VJP[op];
    return [rule && rule(o, d, () => x(0), y)];
  },
  binary: ({ o, d, x, y, needs }, { op }) => {
    const rule = BINARY_VJP[op];
    if (!rule) return [null, null];
    const [a, b] = rule(o, d, () => x(0), () => x(1), y);
    return [needs[0] ? a() : null, needs[1] ? b() : null];
  },
  compare: none,
  select: ({ o, d, x, needs }) => {
    const zero = o.zerosLike(d);
    return [
      null,
      needs[1] ? o.select(x(0), d, zero) : null,
      needs[2] ? o.select(x(0), zero, d) : null,
    ];
  },
  affine: ({ o, d }, { scale }) => [o.scale(d, scale)],
  cast: ({ o, d, aval }) => [o.cast(d, aval(0).dtype)],
  bitcast: none,
  broadcast: ({ o, d }, { shape, axes }) => [
    o.sum(d, range(shape.length).filter((a) => !axes.includes(a))),
  ],
  reshape: ({ o, d, aval }) => [o.reshape(d, aval(0).shape)],
  transpose: ({ o, d }, { perm }) => [o.transpose(d, inversePerm(perm))],
  slice: ({ o, d, aval }, { start, stride }) => {
    const { shape } = aval(0);
    const taken = o.shape(d);
    if (sizeOf(taken) === 0) return [o.full(aval(0), 0)];
    const zero = o.full({ dtype: "f32", shape: [] }, 0);
    const span = taken.map((n, i) => (n - 1) * stride[i] + 1);
    return [o.bind("pad", [d, zero], {
      lo: start,
      hi: shape.map((n, i) => n - start[i] - span[i]),
      inner: stride.map((s) => s - 1),
    })];
  },
  pad: ({ o, d, aval, needs }, { lo, inner }) => {
    const { shape } = aval(0);
    const step = inner.map((n) => n + 1);
    const dx = o.bind("slice", [d], {
      start: lo,
      limit: shape.map((n, i) => lo[i] + (n === 0 ? 0 : (n - 1) * step[i] + 1)),
      stride: step,
    });
    if (!needs[1]) return [dx, null];
    const all = range(shape.length);
    return [dx, o.sub(o.sum(d, all), o.sum(dx, all))];
  },
  concat: ({ o, d, aval, needs }, { axis }) => {
    let start = 0;
    return needs.map((need, i) => {
      const size = aval(i).shape[axis];
      start += size;
      return need ? o.sliceAxis(d, axis, start - size, start) : null;
    });
  },
  reverse: ({ o, d }, { axes }) => [o.bind("reverse", [d], { axes })],
  gather: ({ o, d, x, aval }, { axis, batchDims }) => {
    // gather clamps stray indices but scatter drops them: clamp here as well.
    const i = x(1);
    const last = o.full(o.aval(i), aval(0).shape[axis] - 1);
    const inside = o.binary("min", o.binary("max", i, o.zerosLike(i)), last);
    const zeros = o.full(aval(0), 0);
    return [
      o.bind("scatter", [zeros, inside, d], { axis, batchDims, mode: "add" }),
      null,
    ];
  },
  scatter: (c, params) => {
    const { o, d, x, needs, aval } = c;
    const { axis, batchDims, mode } = params;
    if (mode === "min" || mode === "max") {
      return unsupported(
        `scatter with mode "${mode}"`,
        'use mode "set" or "add", or stopGradient',
      )();
    }
    const { mask, axes } = inside(c, params);
    const dx = !needs[0]
      ? null
      : mode === "add"
      ? d
      : o.bind("scatter", [d, x(1), o.full(aval(2), 0)], params);
    if (!needs[2]) return [dx, null, null];
    const taken = o.bind("gather", [d, x(1)], { axis, batchDims });
    const kept = mode === "add"
      ? mask
      : o.binary("and", mask, winners(c, params, axes));
    return [dx, null, o.keep(kept, taken)];
  },
  dynamicSlice: ({ o, d, x, aval }, { batchDims }) => [
    o.bind("dynamicUpdateSlice", [o.full(aval(0), 0), d, x(1)], { batchDims }),
    null,
  ],
  dynamicUpdateSlice: ({ o, d, x, aval, needs }, { batchDims }) => [
    needs[0]
      ? o.bind("dynamicUpdateSlice", [d, o.full(aval(1), 0), x(2)], {
        batchDims,
      })
      : null,
    needs[1]
      ? o.bind("dynamicSlice", [d, x(2)], {
        sizes: aval(1).shape.slice(batchDims),
        batchDims,
      })
      : null,
    null,
  ],
  reduce: ({ o, d, x, y, aval }, { op, axes }) => {
    const { shape } = aval(0);
    const dd = o.spread(d, shape, axes);
    if (op === "sum") return [dd];
    if (op === "prod") return [product(o, d, x(0), axes)];
    // The extreme's cotangent is shared equally by the places that tie.
    const tie = o.compare("eq", x(0), o.spread(y(), shape, axes));
    const count = o.sum(o.cast(tie, "f32"), axes);
    return [o.keep(tie, o.spread(o.div(d, count), shape, axes))];
  },
  argreduce: none,
  cumsum: ({ o, d }, { axis, reverse }) => [
    o.bind("cumsum", [d], { axis, reverse: !reverse }),
  ],
  dot: ({ o, d, x, aval, needs }, { contract, batch }) => {
    const [a, b] = [0, 1].map((i) => ({
      rank: aval(i).shape.length,
      contract: contract[i],
      batch: batch[i],
    }));
    return [
      needs[0] ? dotOperand(o, d, x(1), a, b, true) : null,
      needs[1] ? dotOperand(o, d, x(0), b, a, false) : null,
    ];
  },
  conv: convVjp,
  reduceWindow: reduceWindowVjp,
  argWindow: none,
  random: none,
  stopGradient: none,
  psum: ({ o, d, x, y }, { op, axisName }) => {
    const sum = (v: ValueId) => o.bind("psum", [v], { op: "sum", axisName });
    if (op === "sum") return [sum(d)];
    // As reduce: the samples that tie share the cotangent.
    const tie = o.compare("eq", x(0), y());
    const count = sum(o.cast(tie, "f32"));
    return [o.keep(tie, o.div(sum(d), count))];
  },
  axisIndex: none,
  scan: unsupported("scan as a plain node", "use vjp, which rewrites it"),
  while: unsupported(
    "a while loop",
    "how often it runs is known only after it has run; use scan, with a " +
      "select or cond for what is over, or stopGradient",
  ),
  cond: unsupported("cond as a plain node", "use vjp, which rewrites it"),
  sort: unsupported("sort as a plain node", "use vjp, which rewrites it"),
  customVjp: unsupported("customVjp as a plain node", "use vjp"),
  debugPrint: none,
};

/** Gradient of a product over axes: the product of the other elements. */
function product(
  o: Ops,
  d: ValueId,
  x: ValueId,
  axes: readonly number[],
): ValueId {
  const shape = o.shape(x);
  const zero = o.compareNumber("eq", x, 0);
  const one = o.full(o.aval(x), 1);
  const nonzero = o.select(zero, one, x);
  const spread = (v: ValueId) => o.spread(v, shape, axes);
  const others = spread(o.reduce("prod", nonzero, axes));
  const zeros = spread(o.sum(o.cast(zero, "f32"), axes));
  const atZero = o.keep(o.compareNumber("eq", zeros, 1), others);
  const elsewhere = o.keep(
    o.compareNumber("eq", zeros, 0),
    o.div(others, nonzero),
  );
  return o.mul(spread(d), o.select(zero, atZero, elsewhere));
}
