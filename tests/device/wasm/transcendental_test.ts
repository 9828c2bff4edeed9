import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { Instruction } from "../../../src/device/plan.ts";
import type { UnaryOp } from "../../../src/ir/primitives.ts";
import { assertSame, Bed, numbers, SIZES, ulps, VARIANTS } from "./bed.ts";

const f = Math.fround;
const LEAST_NORMAL = 2 ** -126;

/** Error function in double precision, by a series of positive terms. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

/** Inverse error function in double precision, by Newton's method. */
function erfinv(x: number): number {
  if (Math.abs(x) === 1) return x * Infinity;
  let y = 0;
  for (let i = 0; i < 100; i++) {
    const slope = 2 / Math.sqrt(Math.PI) * Math.exp(-y * y);
    const step = Math.max(-0.5, Math.min(0.5, (x - erf(y)) / slope));
    y += step;
    if (Math.abs(step) < 1e-14) break;
  }
  return y;
}

/** Inverse error function step by step as XLA computes it. */
function xlaErfinv(x: number): number {
  let w = f(-Math.log1p(-f(x * x)));
  const central = w < 5;
  w = central ? f(w - 2.5) : f(f(Math.sqrt(w)) - 3);
  const [first, ...rest] = central ? CENTRAL : TAIL;
  return f(rest.reduce((p, c) => f(f(c) + p * w), f(first)) * x);
}

// deno-fmt-ignore
const CENTRAL = [
  2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06,
  0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
];
// deno-fmt-ignore
const TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844,
  0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
];

interface Row {
  readonly truth: (x: number) => number;
  /** Most units in the last place that a result may be off. */
  readonly bound: number;
  /** Sampled evenly, and geometrically towards zero. */
  readonly range: readonly [number, number];
  /** Arguments with the exact results they must give. */
  readonly exact: readonly (readonly [number, number])[];
}

const inf = Infinity;

const ROWS: Partial<Record<UnaryOp, Row>> = {
  exp: {
    truth: Math.exp,
    bound: 1,
    range: [-87.3, 88.7],
    exact: [[0, 1], [-0, 1], [inf, inf], [-inf, 0], [89, inf], [-104, 0]],
  },
  expm1: {
    truth: Math.expm1,
    bound: 4,
    range: [-30, 88.7],
    exact: [[0, 0], [-0, -0], [inf, inf], [-inf, -1], [1e-30, f(1e-30)]],
  },
  log: {
    truth: Math.log,
    bound: 2,
    range: [1e-40, 100],
    exact: [[1, 0], [0, -inf], [-0, -inf], [inf, inf], [-1, NaN]],
  },
  log1p: {
    truth: Math.log1p,
    bound: 4,
    range: [-0.9999, 100],
    exact: [[0, 0], [-0, -0], [-1, -inf], [inf, inf], [-2, NaN]],
  },
  sin: {
    truth: Math.sin,
    bound: 1,
    range: [-1e5, 1e5],
    exact: [[0, 0], [-0, -0], [inf, NaN]],
  },
  cos: {
    truth: Math.cos,
    bound: 1,
    range: [-1e5, 1e5],
    exact: [[0, 1], [inf, NaN]],
  },
  tan: {
    truth: Math.tan,
    bound: 1,
    range: [-1e5, 1e5],
    exact: [[0, 0], [-0, -0], [inf, NaN]],
  },
  tanh: {
    truth: Math.tanh,
    bound: 7,
    range: [-12, 12],
    exact: [[0, 0], [-0, -0], [1e-30, f(1e-30)]],
  },
  sigmoid: {
    truth: (x) => 1 / (1 + Math.exp(-x)),
    bound: 3,
    range: [-87, 100],
    exact: [[0, 0.5], [inf, 1], [-inf, 0], [200, 1], [-200, 0]],
  },
  erf: {
    truth: erf,
    bound: 1,
    range: [-6, 6],
    exact: [[0, 0], [-0, -0], [4, 1], [inf, 1], [-inf, -1]],
  },
  erfinv: {
    truth: erfinv,
    // The formula of XLA, kept to the bit below, loses digits towards 1.
    bound: 4,
    range: [-0.9, 0.9],
    exact: [[0, 0], [-0, -0], [1, inf], [-1, -inf]],
  },
};

function unary(fn: UnaryOp): Instruction {
  return { op: "unary", fn, dtype: "f32", args: [0] };
}

/** Arguments spread evenly over the range, towards 0 and around 1. */
function samples([low, high]: readonly [number, number], count: number) {
  const random = numbers(7);
  const all: number[] = [];
  for (let i = 0; i < count; i++) {
    all.push(f(low + (high - low) * random()));
    const small = Math.exp(-80 * random());
    all.push(f(high * small), f(low < 0 ? low * small : low / small));
    all.push(f(1 + (random() - 0.5) / 64));
  }
  return all.filter((x) => x >= low && x <= high);
}

for (const variant of VARIANTS) {
  describe(`transcendental functions, ${variant}`, () => {
    const bed = new Bed(variant, 64);
    for (const [key, row] of Object.entries(ROWS)) {
      const name = key as UnaryOp;
      const kernel = (n: number, x: number, out: number) =>
        bed.compute(unary(name), n, [1], x, out);

      it(`${name} is right to ${row.bound} ulp`, () => {
        bed.clear();
        const x = samples(row.range, 10000);
        const out = bed.room(x.length);
        kernel(x.length, bed.put("f32", x), out);
        const y = bed.get("f32", out, x.length);
        let worst = 0;
        let where = 0;
        for (const [i, value] of x.entries()) {
          const truth = row.truth(value);
          if (Math.abs(truth) < LEAST_NORMAL && value !== 0) continue;
          const error = ulps(y[i], truth);
          if (error > worst) [worst, where] = [error, i];
        }
        assert(
          worst <= row.bound,
          `${name}(${x[where]}) is off by ${worst} ulp`,
        );
      });

      it(`${name} is right at limits and for every tail`, () => {
        const cases = [...row.exact, [NaN, NaN]];
        for (const n of SIZES) {
          bed.clear();
          const x = Array.from(
            { length: n },
            (_, i) => cases[i % cases.length],
          );
          const out = bed.room(n);
          kernel(n, bed.put("f32", x.map(([argument]) => argument)), out);
          bed.assertIntact(name);
          assertEquals(bed.get("f32", out, n), x.map(([, result]) => result));
        }
      });
    }

    it("erfinv has the bits of XLA's", () => {
      bed.clear();
      const x = samples([-0.9999999, 0.9999999], 10000);
      const out = bed.room(x.length);
      bed.compute(unary("erfinv"), x.length, [1], bed.put("f32", x), out);
      assertSame(bed.get("f32", out, x.length), x.map(xlaErfinv), "erfinv");
    });
  });
}
