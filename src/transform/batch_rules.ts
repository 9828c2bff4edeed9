/**
 * The batched form of each primitive: one row per primitive. A row runs only
 * when an operand is batched (or the node names the batch axis); batched
 * operands have the batch axis first.
 *
 * @module
 */
import { type Aval, range } from "../base/shape.ts";
import type { Primitive, PrimitiveParams } from "../ir/primitives.ts";
import type { ValueId } from "../ir/program.ts";
import type { batch, batchNodes } from "./batch.ts";
import { freeAxes, type Ops } from "./ops.ts";
import { cond, customVjp, scan, whileLoop } from "./batch_control.ts";
import { convBatch } from "./window_rules.ts";

/** A value, and whether its first axis is the batch. */
export interface Batched {
  /** The value. */
  readonly id: ValueId;
  /** Whether axis 0 is the batch. */
  readonly batched: boolean;
}

/** What a rule sees. */
export interface BatchContext {
  /** Emits into the batched Program. */
  readonly o: Ops;
  /** Number of samples. */
  readonly size: number;
  /** Name of the batch axis, if any. */
  readonly axisName: string | undefined;
  /** Operands. */
  readonly inputs: readonly Batched[];
  /** Operand `i`, repeated along the batch if it has none. */
  readonly full: (i: number) => ValueId;
  /** Aval of operand `i` for one sample. */
  readonly aval: (i: number) => Aval;
  /** For rules with sub-programs; handed in to keep the imports acyclic. */
  readonly batchNodes: typeof batchNodes;
  /** As {@link BatchContext.batchNodes}. */
  readonly batch: typeof batch;
}

/** The batched form of a primitive. */
export type BatchRule<P extends Primitive> = (
  c: BatchContext,
  params: PrimitiveParams[P],
) => readonly Batched[];

function one(id: ValueId): Batched[] {
  return [{ id, batched: true }];
}

/** All operands batched, parameters unchanged. */
function elementwise<P extends Primitive>(primitive: P): BatchRule<P> {
  return (c, params) =>
    one(c.o.bind(primitive, c.inputs.map((_, i) => c.full(i)), params));
}

const shift = (axes: readonly number[]) => axes.map((a) => a + 1);

const dot: BatchRule<"dot"> = (
  { o, inputs: [a, b], aval },
  { contract, batch },
) => {
  const [ca, cb] = contract, [ba, bb] = batch;
  if (a.batched && b.batched) {
    return one(o.dot(a.id, b.id, {
      contract: [shift(ca), shift(cb)],
      batch: [[0, ...shift(ba)], [0, ...shift(bb)]],
    }));
  }
  // The batch axis is a free axis of one operand, its first. Written with that
  // operand on the left it comes right after the dot's own batch axes.
  const nb = ba.length;
  if (a.batched) {
    const out = o.dot(a.id, b.id, {
      contract: [shift(ca), cb],
      batch: [shift(ba), bb],
    });
    return one(o.moveAxis(out, nb, 0));
  }
  const out = o.dot(b.id, a.id, {
    contract: [shift(cb), ca],
    batch: [shift(bb), ba],
  });
  const freeA = freeAxes(aval(0).shape.length, ca, ba).length;
  const freeB = freeAxes(aval(1).shape.length, cb, bb).length;
  const axisB = nb + 1, axisA = axisB + freeB;
  return one(o.transpose(out, [
    nb,
    ...range(nb),
    ...range(freeA).map((i) => axisA + i),
    ...range(freeB).map((i) => axisB + i),
  ]));
};

/** Rules of all primitives. */
export const BATCH_RULES: { readonly [P in Primitive]: BatchRule<P> } = {
  constant: () => [],
  iota: () => [],
  unary: elementwise("unary"),
  binary: elementwise("binary"),
  compare: elementwise("compare"),
  select: elementwise("select"),
  affine: elementwise("affine"),
  cast: elementwise("cast"),
  bitcast: elementwise("bitcast"),
  stopGradient: elementwise("stopGradient"),
  broadcast: ({ o, size, full }, { shape, axes }) =>
    one(o.broadcast(full(0), [size, ...shape], [0, ...shift(axes)])),
  reshape: ({ o, size, full }, { shape }) =>
    one(o.reshape(full(0), [size, ...shape])),
  transpose: ({ o, full }, { perm }) =>
    one(o.transpose(full(0), [0, ...shift(perm)])),
  slice: ({ o, size, full }, { start, limit, stride }) =>
    one(o.bind("slice", [full(0)], {
      start: [0, ...start],
      limit: [size, ...limit],
      stride: [1, ...stride],
    })),
  pad: (c, { lo, hi, inner }) => {
    const { o, inputs, full } = c;
    const wide = { lo: [0, ...lo], hi: [0, ...hi], inner: [0, ...inner] };
    if (!inputs[1].batched) {
      return one(o.bind("pad", [full(0), inputs[1].id], wide));
    }
    // A fill per sample: pad a mask as well and select.
    const x = full(0);
    const zero = o.full({ dtype: o.aval(x).dtype, shape: [] }, 0);
    const no = o.full({ dtype: "bool", shape: [] }, 0);
    const mask = o.full({ dtype: "bool", shape: o.shape(x) }, 1);
    const padded = o.bind("pad", [x, zero], wide);
    const fill = o.broadcast(inputs[1].id, o.shape(padded), [0]);
    return one(o.select(o.bind("pad", [mask, no], wide), padded, fill));
  },
  concat: ({ o, inputs, full }, { axis }) =>
    one(o.bind("concat", inputs.map((_, i) => full(i)), { axis: axis + 1 })),
  reverse: ({ o, full }, { axes }) =>
    one(o.bind("reverse", [full(0)], { axes: shift(axes) })),
  gather: ({ o, inputs: [x, i], full }, { axis, batchDims }) => {
    // Shared indices without batch axes: one gather along a later axis.
    if (x.batched && !i.batched && batchDims === 0) {
      return one(o.bind("gather", [x.id, i.id], { axis: axis + 1, batchDims }));
    }
    return one(o.bind("gather", [full(0), full(1)], {
      axis: axis + 1,
      batchDims: batchDims + 1,
    }));
  },
  scatter: ({ o, inputs, full }, { axis, batchDims, mode }) => {
    if (!inputs[1].batched && batchDims === 0) {
      return one(o.bind("scatter", [full(0), inputs[1].id, full(2)], {
        axis: axis + 1,
        batchDims,
        mode,
      }));
    }
    return one(o.bind("scatter", [full(0), full(1), full(2)], {
      axis: axis + 1,
      batchDims: batchDims + 1,
      mode,
    }));
  },
  dynamicSlice: ({ o, full }, { sizes, batchDims }) =>
    one(o.bind("dynamicSlice", [full(0), full(1)], {
      sizes,
      batchDims: batchDims + 1,
    })),
  dynamicUpdateSlice: ({ o, full }, { batchDims }) =>
    one(o.bind("dynamicUpdateSlice", [full(0), full(1), full(2)], {
      batchDims: batchDims + 1,
    })),
  reduce: ({ o, full }, { op, axes }) =>
    one(o.reduce(op, full(0), shift(axes))),
  argreduce: ({ o, full }, { op, axis }) =>
    one(o.bind("argreduce", [full(0)], { op, axis: axis + 1 })),
  sort: ({ o, inputs, full }, { axis, keys }) =>
    o.target.emit("sort", inputs.map((_, i) => full(i)), {
      axis: axis + 1,
      keys,
    }).map((id) => ({ id, batched: true })),
  cumsum: ({ o, full }, { axis, reverse }) =>
    one(o.bind("cumsum", [full(0)], { axis: axis + 1, reverse })),
  dot,
  conv: convBatch,
  reduceWindow: elementwise("reduceWindow"),
  argWindow: elementwise("argWindow"),
  random: ({ o, full }, params) => one(o.bind("random", [full(0)], params)),
  psum: (c, params) => {
    const { o, size, inputs: [x] } = c;
    if (params.axisName !== c.axisName) {
      return one(o.bind("psum", [c.full(0)], params));
    }
    // What all samples share is its own extreme, and counts once per sample.
    const alone = params.op === "sum" ? o.scale(x.id, size) : x.id;
    const id = x.batched ? o.reduce(params.op, x.id, [0]) : alone;
    return [{ id, batched: false }];
  },
  axisIndex: ({ o, size, axisName }, params) =>
    params.axisName === axisName
      ? one(o.iota("i32", [size], 0))
      : [{ id: o.bind("axisIndex", [], params), batched: false }],
  scan,
  while: whileLoop,
  cond,
  customVjp,
  debugPrint: ({ o, inputs }, params) => {
    o.target.emit("debugPrint", inputs.map((x) => x.id), params);
    return [];
  },
};
