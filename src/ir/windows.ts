/**
 * Windows that slide over the last axes of a tensor: where they are, and the
 * shape rules of the primitives made of them.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { type Aval, formatAval, range, type Shape } from "../base/shape.ts";
import type { PrimitiveParams, Sliding } from "./primitives.ts";

/** Size of one axis with `inner` elements between each two. */
export function spread(n: number, inner: number): number {
  return n === 0 ? 0 : (n - 1) * (inner + 1) + 1;
}

/** How many places a window has on each axis. */
export function placesOf(spatial: Shape, window: Shape, s: Sliding): number[] {
  return spatial.map((n, i) => {
    const room = spread(n, s.inner[i]) + s.lo[i] + s.hi[i] -
      spread(window[i], s.dilation[i] - 1);
    return room < 0 ? 0 : Math.floor(room / s.strides[i]) + 1;
  });
}

/**
 * The windows of a gradient with respect to what windows slide over: they
 * slide over the cotangent, which has a place for each window.
 */
export function transposedSliding(
  spatial: Shape,
  window: Shape,
  s: Sliding,
): Sliding {
  const places = placesOf(spatial, window, s);
  const extent = window.map((k, i) => spread(k, s.dilation[i] - 1));
  const lo = extent.map((n, i) => n - 1 - s.lo[i]);
  return {
    strides: s.inner.map((n) => n + 1),
    dilation: s.dilation,
    inner: s.strides.map((n) => n - 1),
    lo,
    hi: spatial.map((n, i) =>
      spread(n, s.inner[i]) + extent[i] - 1 - lo[i] -
      spread(places[i], s.strides[i] - 1)
    ),
  };
}

/**
 * The windows of a gradient with respect to the weights of windows: they are
 * as large as the cotangent, and have a place for each weight.
 */
export function weightSliding(
  spatial: Shape,
  window: Shape,
  s: Sliding,
): Sliding {
  const places = placesOf(spatial, window, s);
  return {
    strides: s.dilation,
    dilation: s.strides,
    inner: s.inner,
    lo: s.lo,
    hi: spatial.map((n, i) =>
      spread(places[i], s.strides[i] - 1) - spread(n, s.inner[i]) +
      spread(window[i], s.dilation[i] - 1) - 1 - s.lo[i]
    ),
  };
}

type Fail = (given: string, expected: string) => never;

function failing(action: string): Fail {
  return (given, expected) => {
    throw new ShapeError(`Cannot ${action}: ${given}, expected ${expected}`);
  };
}

/** Places of the windows, after a check of the parameters. */
function checkedPlaces(
  spatial: Shape,
  window: Shape,
  s: Sliding,
  fail: Fail,
): number[] {
  const rank = spatial.length;
  const lists = { strides: 1, dilation: 1, inner: 0, lo: -Infinity } as const;
  for (const [name, least] of Object.entries({ ...lists, hi: -Infinity })) {
    const list = s[name as keyof Sliding];
    if (
      list.length === rank &&
      list.every((n) => Number.isInteger(n) && n >= least)
    ) continue;
    fail(
      `${name} [${list}] was given`,
      `${rank} integers` + (least > -1 ? ` of at least ${least}` : ""),
    );
  }
  if (window.some((k) => k < 1)) {
    fail(`a window of [${window}] was given`, "at least one element");
  }
  return placesOf(spatial, window, s);
}

/** Shape rule of `conv`. */
export function convAvals(
  [x, w]: readonly Aval[],
  params: PrimitiveParams["conv"],
): Aval[] {
  const { groups, batchGroups, outsFirst } = params;
  const fail = failing(`convolve ${formatAval(x)} with ${formatAval(w)}`);
  if (x.dtype !== "f32" || w.dtype !== "f32") {
    fail(`${x.dtype} and ${w.dtype} were given`, "f32");
  }
  if (x.shape.length !== w.shape.length || x.shape.length < 2) {
    fail(
      `ranks ${x.shape.length} and ${w.shape.length} were given`,
      "[batch, features, ..spatial] and [outs, features, ..window]",
    );
  }
  const [batch, features, ...spatial] = x.shape;
  const [outs, inputs, ...window] = w.shape;
  const whole = (n: number) => Number.isInteger(n) && n >= 1;
  if (!whole(groups) || !whole(batchGroups) || groups > 1 && batchGroups > 1) {
    fail(
      `groups ${groups} and batchGroups ${batchGroups} were given`,
      "positive integers, one of them 1",
    );
  }
  if (inputs * groups !== features) {
    fail(
      `axis 1 of the first has size ${features}, that of the second ${inputs}`,
      groups === 1
        ? "equal sizes"
        : `${groups} times as many features as in each of the ${groups} groups`,
    );
  }
  if (outs % (groups * batchGroups) !== 0 || batch % batchGroups !== 0) {
    fail(
      `${outs} outputs of a batch of ${batch} do not split into ` +
        `${groups * batchGroups} groups`,
      "a multiple of the number of groups",
    );
  }
  const places = checkedPlaces(spatial, window, params, fail);
  const samples = batch / batchGroups;
  const head = outsFirst ? [outs, samples] : [samples, outs];
  return [{ dtype: "f32", shape: [...head, ...places] }];
}

function reducedShape(
  action: string,
  x: Aval,
  window: Shape,
  sliding: Sliding,
): number[] {
  const fail = failing(`${action} of ${formatAval(x)}`);
  if (x.dtype !== "f32") fail(`${x.dtype} was given`, "f32");
  const lead = x.shape.length - window.length;
  if (lead < 0) {
    fail(`a window of [${window}] was given`, `at most ${x.shape.length} axes`);
  }
  const places = checkedPlaces(x.shape.slice(lead), window, sliding, fail);
  return [...x.shape.slice(0, lead), ...places];
}

/** Shape rule of `reduceWindow`. */
export function reduceWindowAvals(
  [x]: readonly Aval[],
  params: PrimitiveParams["reduceWindow"],
): Aval[] {
  const { op, window, inner } = params;
  const action = `take the ${op} of windows`;
  if (op !== "sum" && inner.some((n) => n > 0)) {
    failing(`${action} of ${formatAval(x)}`)(
      `inner [${inner}] was given`,
      "zeros",
    );
  }
  const shape = reducedShape(action, x, window, params);
  return [{ dtype: x.dtype, shape }];
}

/** Shape rule of `argWindow`. */
export function argWindowAvals(
  [x]: readonly Aval[],
  params: PrimitiveParams["argWindow"],
): Aval[] {
  const { op, window } = params;
  const inner = range(window.length).map(() => 0);
  const action = `find the ${op} of windows`;
  const shape = reducedShape(action, x, window, { ...params, inner });
  return [{ dtype: "i32", shape }];
}
