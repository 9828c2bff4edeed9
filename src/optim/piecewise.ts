/**
 * Schedules of several parts: pieces, warm-ups, cycles.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { type Arithmetic, schedule } from "./arithmetic.ts";
import {
  type CosineDecayOptions,
  cosineDecaySchedule,
  exponentialDecay,
  type ExponentialDecayOptions,
  linearSchedule,
  type Schedule,
} from "./schedules.ts";

/** Factors by the count from which they hold. */
export type BoundariesAndScales = Readonly<Record<number, number>>;

function sorted(boundaries: BoundariesAndScales): [number, number][] {
  return Object.entries(boundaries)
    .map(([boundary, scale]): [number, number] => [Number(boundary), scale])
    .sort(([a], [b]) => a - b);
}

/**
 * `initValue`, multiplied by each scale from its boundary on.
 *
 * @example
 * ```ts
 * import { piecewiseConstantSchedule } from "@vodes/vodes/optim";
 * const schedule = piecewiseConstantSchedule(1, { 3: 0.5, 7: 0.1 });
 * console.log([2, 3, 7].map((count) => schedule(count))); // [1, 0.5, 0.05]
 * ```
 * @see optax `piecewise_constant_schedule`
 */
export function piecewiseConstantSchedule(
  initValue: number,
  boundariesAndScales: BoundariesAndScales = {},
): Schedule {
  const pieces = sorted(boundariesAndScales);
  return schedule((x, count) => {
    let value = initValue;
    let result = x.add(x.mul(count, 0), value);
    for (const [boundary, scale] of pieces) {
      value *= scale;
      const next = x.add(x.mul(count, 0), value);
      result = x.below(count, boundary, result, next);
    }
    return result;
  });
}

/** How values go from one boundary to the next. */
const INTERPOLATE: {
  readonly [K in "linear" | "cosine"]: <X>(
    x: Arithmetic<X>,
    start: number,
    end: number,
    part: X,
  ) => X;
} = {
  linear: (x, start, end, part) => x.add(x.mul(part, end - start), start),
  cosine: (x, start, end, part) => {
    const wave = x.add(x.cos(x.mul(part, Math.PI)), 1);
    return x.add(x.mul(wave, (start - end) / 2), end);
  },
};

/**
 * From `initValue` to its multiples at the boundaries, straight or along half
 * cosines.
 *
 * @throws {ShapeError} If the kind is another.
 * @see optax `piecewise_interpolate_schedule`
 */
export function piecewiseInterpolateSchedule(
  kind: "linear" | "cosine",
  initValue: number,
  boundariesAndScales: BoundariesAndScales = {},
): Schedule {
  const interpolate = INTERPOLATE[kind];
  if (interpolate === undefined) {
    throw new ShapeError(
      `Cannot make a schedule of pieces: the kind is "${kind}", expected ` +
        '"linear" or "cosine"',
    );
  }
  const pieces = sorted(boundariesAndScales);
  return schedule((x, count) => {
    let [start, value] = [0, initValue];
    const parts = pieces.map(([boundary, scale]) => {
      const end = value * scale;
      const part = x.mul(x.add(count, -start), 1 / (boundary - start));
      const piece = interpolate(x, value, end, part);
      [start, value] = [boundary, end];
      return { boundary, piece };
    });
    return parts.reduceRight(
      (rest, { boundary, piece }) => x.below(count, boundary, piece, rest),
      x.add(x.mul(count, 0), value),
    );
  });
}

/**
 * Schedules one after the other: each begins to count at its boundary.
 *
 * @throws {ShapeError} If there is not one boundary between each two.
 * @see optax `join_schedules`
 */
export function joinSchedules(
  schedules: readonly Schedule[],
  boundaries: readonly number[],
): Schedule {
  if (schedules.length !== boundaries.length + 1) {
    throw new ShapeError(
      `Cannot join schedules: ${schedules.length} schedules and ` +
        `${boundaries.length} boundaries were given, expected one boundary ` +
        "between each two",
    );
  }
  const at = <X>(one: Schedule, count: X) =>
    (one as unknown as (count: X) => X)(count);
  return schedule((x, count) => {
    const [first, ...others] = schedules;
    return others.reduce((before, next, i) => {
      const own = at(next, x.add(count, -boundaries[i]));
      return x.below(count, boundaries[i], before, own);
    }, at(first, count));
  });
}

/**
 * From `initValue` to `peakValue` in `warmupSteps` equal steps; stays there.
 *
 * @see optax `warmup_constant_schedule`
 */
export function warmupConstantSchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
): Schedule {
  return linearSchedule(initValue, peakValue, warmupSteps);
}

/** Options of {@link warmupCosineDecaySchedule}. */
export interface WarmupCosineOptions {
  /** The last value; 0 by default. */
  endValue?: number;
  /** Power of the cosine's factor; 1 by default. */
  exponent?: number;
}

/**
 * Up to `peakValue` in `warmupSteps` equal steps, then down to `endValue` along
 * half a cosine; `decaySteps` counts both.
 *
 * @throws {ShapeError} If nothing is left for the decay.
 * @see optax `warmup_cosine_decay_schedule`
 */
export function warmupCosineDecaySchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  decaySteps: number,
  options: WarmupCosineOptions = {},
): Schedule {
  const { endValue = 0, exponent = 1 } = options;
  const cosine: CosineDecayOptions = {
    alpha: peakValue === 0 ? 0 : endValue / peakValue,
    exponent,
  };
  return joinSchedules([
    linearSchedule(initValue, peakValue, warmupSteps),
    cosineDecaySchedule(peakValue, decaySteps - warmupSteps, cosine),
  ], [warmupSteps]);
}

/**
 * Up to `peakValue` in `warmupSteps` equal steps, then an exponential decay.
 *
 * @see optax `warmup_exponential_decay_schedule`
 */
export function warmupExponentialDecaySchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  transitionSteps: number,
  decayRate: number,
  options: ExponentialDecayOptions = {},
): Schedule {
  return joinSchedules([
    linearSchedule(initValue, peakValue, warmupSteps),
    exponentialDecay(peakValue, transitionSteps, decayRate, options),
  ], [warmupSteps]);
}

/** Options of {@link cosineOnecycleSchedule}. */
export interface OnecycleOptions {
  /** The part of the cycle that goes up; 0.3 by default. */
  pctStart?: number;
  /** The peak by the first value; 25 by default. */
  divFactor?: number;
  /** The first value by the last; 1e4 by default. */
  finalDivFactor?: number;
}

/**
 * Up to `peakValue` and down again along half cosines.
 *
 * @see Smith and Topin, Super-convergence, https://arxiv.org/abs/1708.07120;
 * optax `cosine_onecycle_schedule`
 */
export function cosineOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  options: OnecycleOptions = {},
): Schedule {
  const { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options;
  return piecewiseInterpolateSchedule("cosine", peakValue / divFactor, {
    [Math.trunc(pctStart * transitionSteps)]: divFactor,
    [Math.trunc(transitionSteps)]: 1 / (divFactor * finalDivFactor),
  });
}

/**
 * Up to `peakValue`, down to where it began, and to almost nothing, straight.
 *
 * @param options As for the cosine; `pctFinal`, 0.85 by default, is the part of
 * the cycle at which the first value is reached again, and `finalDivFactor` is
 * taken from there.
 * @see optax `linear_onecycle_schedule`
 */
export function linearOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  options: OnecycleOptions & { pctFinal?: number } = {},
): Schedule {
  const { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options;
  const { pctFinal = 0.85 } = options;
  return piecewiseInterpolateSchedule("linear", peakValue / divFactor, {
    [Math.trunc(pctStart * transitionSteps)]: divFactor,
    [Math.trunc(pctFinal * transitionSteps)]: 1 / divFactor,
    [Math.trunc(transitionSteps)]: 1 / finalDivFactor,
  });
}

/** One cycle of {@link sgdrSchedule}. */
export interface SgdrCycle extends WarmupCosineOptions {
  /** Where the warm-up begins. */
  readonly initValue: number;
  /** Where it ends and the decay begins. */
  readonly peakValue: number;
  /** Length of the warm-up. */
  readonly warmupSteps: number;
  /** Length of the cycle. */
  readonly decaySteps: number;
}

/**
 * Cycles of warm-up and cosine decay.
 *
 * @see Loshchilov and Hutter, SGDR, https://arxiv.org/abs/1608.03983; optax
 * `sgdr_schedule`
 */
export function sgdrSchedule(cycles: readonly SgdrCycle[]): Schedule {
  let end = 0;
  const ends = cycles.map(({ decaySteps }) => end += decaySteps);
  return joinSchedules(
    cycles.map((c) =>
      warmupCosineDecaySchedule(
        c.initValue,
        c.peakValue,
        c.warmupSteps,
        c.decaySteps,
        c,
      )
    ),
    ends.slice(0, -1),
  );
}
