/**
 * The rules of the primitives whose windows slide: how a cotangent goes back,
 * and their batched forms. Both gradients of a convolution are convolutions.
 *
 * @module
 */
import { range, sizeOf } from "../base/shape.ts";
import type { PrimitiveParams } from "../ir/primitives.ts";
import type { ValueId } from "../ir/program.ts";
import { transposedSliding, weightSliding } from "../ir/windows.ts";
import type { BatchContext, Batched } from "./batch_rules.ts";
import type { Ops } from "./ops.ts";
import type { VjpContext } from "./vjp_rules.ts";

/** Splits an axis into one of size `n` and the rest. */
function split(o: Ops, x: ValueId, axis: number, n: number): ValueId {
  const shape = [...o.shape(x)];
  shape.splice(axis, 1, n, shape[axis] / n);
  return o.reshape(x, shape);
}

/** Makes one axis of an axis and the next. */
function join(o: Ops, x: ValueId, axis: number): ValueId {
  const shape = [...o.shape(x)];
  shape.splice(axis, 2, shape[axis] * shape[axis + 1]);
  return o.reshape(x, shape);
}

const swap = (o: Ops, x: ValueId) => o.moveAxis(x, 1, 0);

/** Cotangents of both operands. */
export function convVjp(
  c: VjpContext,
  params: PrimitiveParams["conv"],
): (ValueId | null)[] {
  const { o, needs, aval, x } = c;
  if (sizeOf(o.shape(c.d)) === 0) return [0, 1].map((i) => o.full(aval(i), 0));
  const d = params.outsFirst ? swap(o, c.d) : c.d;
  return [
    needs[0] ? cotangentOfInput(c, d, params) : null,
    needs[1]
      ? o.bind("conv", [swap(o, x(0)), swap(o, d)], {
        ...weightSliding(
          aval(0).shape.slice(2),
          aval(1).shape.slice(2),
          params,
        ),
        groups: params.batchGroups,
        batchGroups: params.groups,
        outsFirst: true,
      })
      : null,
  ];
}

/** The cotangent, convolved with the reversed weights. */
function cotangentOfInput(
  { o, x, aval }: VjpContext,
  d: ValueId,
  { groups, batchGroups, ...sliding }: PrimitiveParams["conv"],
): ValueId {
  const [batch, , ...spatial] = aval(0).shape;
  const window = aval(1).shape.slice(2);
  const axes = range(window.length).map((i) => i + 2);
  // Within each group, outs and features change places.
  const all = groups * batchGroups;
  const weights = split(o, o.bind("reverse", [x(1)], { axes }), 0, all);
  const turned = join(o, o.moveAxis(weights, 2, 1), 0);
  const out = o.bind("conv", [d, turned], {
    ...transposedSliding(spatial, window, sliding),
    groups: all,
    batchGroups: 1,
    outsFirst: false,
  });
  if (batchGroups === 1) return out;
  // Each group of features belongs to other samples.
  const parts = o.moveAxis(split(o, out, 1, batchGroups), 1, 0);
  return o.reshape(parts, [batch, ...o.shape(parts).slice(2)]);
}

/** Sums spread over their windows; extremes go to the first of each window. */
export function reduceWindowVjp(
  { o, d, x, aval }: VjpContext,
  { op, window, ...sliding }: PrimitiveParams["reduceWindow"],
): (ValueId | null)[] {
  const { shape } = aval(0);
  const places = o.shape(d);
  if (sizeOf(places) === 0) return [o.full(aval(0), 0)];
  const lead = shape.length - window.length;
  const spatial = shape.slice(lead);
  if (op === "sum") {
    const back = transposedSliding(spatial, window, sliding);
    return [o.bind("reduceWindow", [d], { op, window, ...back })];
  }
  const { strides, dilation, lo, hi } = sliding;
  const first = { op, window, strides, dilation, lo, hi };
  const rows = sizeOf(shape.slice(0, lead));
  const flat = [rows, sizeOf(places) / rows];
  const zeros = o.full({ dtype: "f32", shape: [rows, sizeOf(spatial)] }, 0);
  const scattered = o.bind("scatter", [
    zeros,
    o.reshape(o.bind("argWindow", [x(0)], first), flat),
    o.reshape(d, flat),
  ], { axis: 1, batchDims: 1, mode: "add" });
  return [o.reshape(scattered, shape)];
}

/**
 * Batched operands as one convolution: samples join the batch, weights of a
 * sample the outs, and with both each sample is a group of its own.
 */
export function convBatch(
  { o, size, inputs: [x, w] }: BatchContext,
  params: PrimitiveParams["conv"],
): Batched[] {
  const { groups, batchGroups, outsFirst } = params;
  const [outs, samples] = outsFirst ? [0, 1] : [1, 0];
  const all = groups * batchGroups;
  const convolve = (a: ValueId, b: ValueId, own = params) =>
    o.bind("conv", [a, b], own);
  const result = (y: ValueId, axis: number, n: number): Batched[] => [
    { id: apart(o, y, axis, n, size), batched: true },
  ];
  if (!w.batched) {
    const y = convolve(among(o, x.id, 0, batchGroups), w.id);
    return result(y, samples, 1);
  }
  const weights = among(o, w.id, 0, x.batched ? 1 : all);
  if (!x.batched) return result(convolve(x.id, weights), outs, all);
  const y = groups > 1
    ? convolve(among(o, x.id, 1, 1), weights, {
      ...params,
      groups: size * groups,
    })
    : convolve(among(o, x.id, 0, 1), weights, {
      ...params,
      batchGroups: size * batchGroups,
    });
  return result(y, outs, 1);
}

/** Brings the first axis into another, between its `n` groups and their parts. */
function among(o: Ops, x: ValueId, axis: number, n: number): ValueId {
  const moved = o.moveAxis(split(o, x, axis + 1, n), 0, axis + 1);
  return join(o, join(o, moved, axis), axis);
}

/** Undoes {@link among}, for a first axis of `size`. */
function apart(o: Ops, y: ValueId, axis: number, n: number, size: number) {
  const parts = split(o, split(o, y, axis, n), axis + 1, size);
  return join(o, o.moveAxis(parts, axis + 1, 0), axis + 1);
}
