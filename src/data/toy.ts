/**
 * scikit-learn's toy data sets: the same options give the same points, in the
 * same order. Plain arrays of doubles; making tensors of them is the business
 * of mod.ts. Angles and noise use correctly rounded functions, see
 * exact_math.ts, so every runtime draws identical sets; a few doubles in a
 * thousand differ from scikit-learn's by a last bit (the C library's rounding),
 * which no float32 sees.
 */
import { ShapeError } from "../base/errors.ts";
import { exactCosSin } from "./exact_math.ts";
import { RandomState } from "./random_state.ts";

/** Points and their classes. */
export interface ToyData {
  /** The coordinates, point after point. */
  x: Float64Array;
  /** Number of points, number of coordinates. */
  shape: [number, number];
  /** The class of each point. */
  y: Int32Array;
}

/** What all toy data sets share. */
export interface ToyOptions {
  /** Mix the classes? By default, yes. */
  shuffle?: boolean;
  /** A seed or a generator to draw from; null draws a fresh seed. */
  randomState?: number | RandomState | null;
}

/** Options of {@link moons}. */
export interface MoonsOptions extends ToyOptions {
  /** Number of points, or of points per moon; 100 by default. */
  nSamples?: number | readonly [number, number];
  /** Standard deviation of the noise; null adds none. */
  noise?: number | null;
}

/** Options of {@link circles}. */
export interface CirclesOptions extends MoonsOptions {
  /** Radius of the inner circle, from 0 to below 1; 0.8 by default. */
  factor?: number;
}

/** Options of {@link blobs}. */
export interface BlobsOptions extends ToyOptions {
  /** Number of points, or of points per blob; 100 by default. */
  nSamples?: number | readonly number[];
  /** Number of coordinates where centers are drawn; 2 by default. */
  nFeatures?: number;
  /** Number of centers or the centers; null means 3, or one per nSamples. */
  centers?: number | readonly (readonly number[])[] | null;
  /** Standard deviation of all blobs or of each; 1 by default. */
  clusterStd?: number | readonly number[];
  /** The interval that centers are drawn from; [-10, 10] by default. */
  centerBox?: readonly [number, number];
}

/** scikit-learn's `make_moons`: two interleaving half circles. */
export function moons(options: MoonsOptions = {}): ToyData {
  const [outer, inner] = halves("moons", options.nSamples);
  const x = twoArcs(Math.PI, outer, inner, true);
  for (let i = 2 * outer; i < x.length; i += 2) {
    x[i] = 1 - x[i];
    x[i + 1] = 1 - x[i + 1] - 0.5;
  }
  return finishCurves("moons", x, outer, options);
}

/** scikit-learn's `make_circles`: a circle within a circle. */
export function circles(options: CirclesOptions = {}): ToyData {
  const { factor = 0.8 } = options;
  check(
    factor >= 0 && factor < 1,
    "circles",
    `factor is ${factor}`,
    "a number from 0 to below 1",
  );
  const [outer, inner] = halves("circles", options.nSamples);
  const x = twoArcs(2 * Math.PI, outer, inner, false);
  for (let i = 2 * outer; i < x.length; i++) x[i] *= factor;
  return finishCurves("circles", x, outer, options);
}

/** scikit-learn's `make_blobs`: normal clouds around centers. */
export function blobs(options: BlobsOptions = {}): ToyData {
  const { nSamples = 100, clusterStd = 1 } = options;
  const random = generator(options.randomState);
  const centers = blobCenters(options, random);
  const deviations = typeof clusterStd === "number"
    ? centers.map(() => clusterStd)
    : clusterStd;
  check(
    deviations.length === centers.length && deviations.every((d) => d >= 0),
    "blobs",
    `clusterStd is ${clusterStd}`,
    `a number from 0, or one for each of ${centers.length} centers`,
  );
  const counts = typeof nSamples === "number"
    ? spread(nSamples, centers.length)
    : nSamples;
  check(
    counts.length === centers.length && counts.every(isCount),
    "blobs",
    `nSamples is ${nSamples}`,
    `a whole number, or one for each of ${centers.length} centers`,
  );
  const x: number[] = [];
  const y: number[] = [];
  centers.forEach((center, label) => {
    for (let i = 0; i < counts[label]; i++) {
      for (const mean of center) x.push(random.normal(mean, deviations[label]));
      y.push(label);
    }
  });
  return collect(x, y, centers[0].length, orderOf(y.length, options, random));
}

function blobCenters(
  options: BlobsOptions,
  random: RandomState,
): readonly (readonly number[])[] {
  const { nSamples = 100, nFeatures = 2, centerBox: box = [-10, 10] } = options;
  const centers = options.centers ??
    (typeof nSamples === "number" ? 3 : nSamples.length);
  if (typeof centers !== "number") {
    const width = centers[0]?.length ?? 0;
    check(
      width > 0 && centers.every((center) => center.length === width),
      "blobs",
      `centers have ${centers.map((c) => c.length).join(", ")} coordinates`,
      "at least one center and equally many coordinates in each",
    );
    return centers;
  }
  check(
    isCount(centers) && centers > 0,
    "blobs",
    `centers is ${centers}`,
    "a whole number from 1, or a list of centers",
  );
  check(
    isCount(nFeatures) && nFeatures > 0,
    "blobs",
    `nFeatures is ${nFeatures}`,
    "a whole number from 1",
  );
  check(
    box[0] <= box[1],
    "blobs",
    `centerBox is [${box.join(", ")}]`,
    "the lower bound first",
  );
  return Array.from(
    { length: centers },
    () => Array.from({ length: nFeatures }, () => random.uniform(...box)),
  );
}

/** Shuffles and adds noise: in this order, as scikit-learn draws them. */
function finishCurves(
  name: string,
  x: Float64Array,
  outer: number,
  options: MoonsOptions,
): ToyData {
  const { noise = null } = options;
  check(
    noise === null || noise >= 0,
    name,
    `noise is ${noise}`,
    "a number from 0, or null",
  );
  const random = generator(options.randomState);
  const y = new Int32Array(x.length / 2).fill(1, outer);
  const data = collect(x, y, 2, orderOf(y.length, options, random));
  if (noise === null) return data;
  for (let i = 0; i < data.x.length; i++) data.x[i] += random.normal(0, noise);
  return data;
}

function orderOf(
  n: number,
  options: ToyOptions,
  random: RandomState,
): Int32Array {
  return options.shuffle ?? true
    ? random.permutation(n)
    : Int32Array.from({ length: n }, (_, i) => i);
}

function collect(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  width: number,
  order: Int32Array,
): ToyData {
  const n = order.length;
  const data = new Float64Array(n * width);
  const classes = new Int32Array(n);
  for (let to = 0; to < n; to++) {
    const from = order[to];
    for (let i = 0; i < width; i++) data[to * width + i] = x[from * width + i];
    classes[to] = y[from];
  }
  return { x: data, shape: [n, width], y: classes };
}

/**
 * Points on the unit circle, from angle 0 to stop: a first arc of points and a
 * second one, which is a copy where both have as many.
 */
function twoArcs(
  stop: number,
  first: number,
  second: number,
  endpoint: boolean,
): Float64Array {
  const points = new Float64Array(2 * (first + second));
  fillArc(points.subarray(0, 2 * first), stop, endpoint);
  if (first === second) points.copyWithin(2 * first, 0, 2 * first);
  else fillArc(points.subarray(2 * first), stop, endpoint);
  return points;
}

/** The angles are numpy's `linspace(0, stop, n)`: its last is exactly stop. */
function fillArc(points: Float64Array, stop: number, endpoint: boolean): void {
  const n = points.length / 2;
  const intervals = endpoint ? n - 1 : n;
  const step = intervals > 0 ? stop / intervals : stop;
  for (let i = 0; i < n; i++) {
    const last = endpoint && n > 1 && i === n - 1;
    const { cos, sin } = exactCosSin(last ? stop : i * step);
    points[2 * i] = cos;
    points[2 * i + 1] = sin;
  }
}

/** The number of points on the outer and on the inner curve. */
function halves(
  name: string,
  nSamples: number | readonly [number, number] = 100,
): readonly [number, number] {
  const counts = typeof nSamples === "number"
    ? [Math.floor(nSamples / 2), nSamples - Math.floor(nSamples / 2)] as const
    : nSamples;
  check(
    counts.length === 2 && counts.every(isCount) && counts[0] + counts[1] > 0,
    name,
    `nSamples is ${
      typeof nSamples === "number" ? nSamples : `[${nSamples.join(", ")}]`
    }`,
    "a whole number from 1, or two of them",
  );
  return counts;
}

/** Splits a number of points as evenly as possible, first ones first. */
function spread(total: number, parts: number): number[] {
  return Array.from(
    { length: parts },
    (_, i) => Math.floor(total / parts) + (i < total % parts ? 1 : 0),
  );
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

/** A fresh seed comes from the system, so that no two data sets repeat. */
function generator(state: ToyOptions["randomState"] = null): RandomState {
  if (state instanceof RandomState) return state;
  return new RandomState(
    state ?? crypto.getRandomValues(new Uint32Array(1))[0],
  );
}

function check(
  holds: boolean,
  name: string,
  given: string,
  expected: string,
): void {
  if (holds) return;
  throw new ShapeError(
    `Cannot make ${name}: ${given}, expected ${expected}: change that option`,
  );
}
