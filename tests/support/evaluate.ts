/**
 * Evaluates a Program node by node, without lowering it: the definition
 * against which passes are tested. Slow and plain on purpose.
 */
import { round } from "../../src/base/dtype.ts";
import { type Aval, range, sizeOf, stridesOf } from "../../src/base/shape.ts";
import {
  BINARY,
  bitcast,
  cast,
  COMPARE,
  UNARY,
} from "../../src/device/scalar_ops.ts";
import { drawWords } from "../../src/device/threefry.ts";
import type {
  Primitive,
  PrimitiveParams,
  Sliding,
} from "../../src/ir/primitives.ts";
import type { Program } from "../../src/ir/program.ts";

/** Elements in row-major order. */
export type Elements = readonly number[];

/** What a `debugPrint` node was given. */
export interface Printed {
  readonly format: string;
  readonly values: readonly Elements[];
}

interface Call<P extends Primitive> {
  readonly params: PrimitiveParams[P];
  readonly xs: readonly Elements[];
  readonly ins: readonly Aval[];
  readonly outs: readonly Aval[];
  readonly print: (printed: Printed) => void;
}

type Evaluator<P extends Primitive> = (call: Call<P>) => Elements[];

/** Indices of all elements of a shape, in row-major order. */
function* places(shape: readonly number[]): Generator<number[]> {
  const strides = stridesOf(shape);
  for (let i = 0; i < sizeOf(shape); i++) {
    yield shape.map((n, a) => Math.floor(i / strides[a]) % n);
  }
}

function at(x: Elements, { shape }: Aval, place: readonly number[]): number {
  const strides = stridesOf(shape);
  return x[place.reduce((n, p, i) => n + p * strides[i], 0)];
}

/** The output whose element at each place is that of the operand elsewhere. */
function moved(
  { xs, ins, outs }: Call<Primitive>,
  source: (place: readonly number[]) => readonly number[],
): Elements[] {
  return [[...places(outs[0].shape)].map((p) => at(xs[0], ins[0], source(p)))];
}

function mapped(
  { xs, outs }: Call<Primitive>,
  f: (...values: number[]) => number,
): Elements[] {
  const { dtype, shape } = outs[0];
  return [
    range(sizeOf(shape)).map((i) => round(dtype, f(...xs.map((x) => x[i])))),
  ];
}

const clamp = (n: number, max: number) => Math.min(Math.max(n, 0), max);

function withoutEvaluator(primitive: string): () => never {
  return () => {
    throw new Error(`Cannot evaluate ${primitive} in a test`);
  };
}

/** Where an element of a window is, or null if it is padding. */
function windowPlace(
  p: readonly number[],
  t: readonly number[],
  { strides, dilation, lo, inner }: Sliding,
  spatial: readonly number[],
): number[] | null {
  const from = p.map((n, i) =>
    (n * strides[i] + t[i] * dilation[i] - lo[i]) / (inner[i] + 1)
  );
  const inside = from.every((n, i) =>
    Number.isInteger(n) && n >= 0 && n < spatial[i]
  );
  return inside ? from : null;
}

/** The elements of each window: index, and place among the last axes. */
function windowsOf(
  params: Sliding & { readonly window: readonly number[] },
  { shape }: Aval,
  out: Aval,
): { i: number; place: number }[][] {
  const lead = shape.length - params.window.length;
  const spatial = shape.slice(lead);
  const strides = stridesOf(shape);
  const position = (place: readonly number[], by: readonly number[]) =>
    place.reduce((n, p, i) => n + p * by[i], 0);
  return [...places(out.shape)].map((p) =>
    [...places(params.window)].flatMap((t) => {
      const from = windowPlace(p.slice(lead), t, params, spatial);
      if (from === null) return [];
      const i = position([...p.slice(0, lead), ...from], strides);
      return [{ i, place: position(from, strides.slice(lead)) }];
    })
  );
}

const EVALUATORS: { readonly [P in Primitive]: Evaluator<P> } = {
  constant: ({ params: { dtype, value } }) => [[round(dtype, value)]],
  iota: (
    { params: { shape, axis } },
  ) => [[...places(shape)].map((p) => p[axis])],
  unary: (c) => mapped(c, (x) => UNARY[c.params.op](x, c.ins[0].dtype)),
  binary: (c) => mapped(c, (a, b) => BINARY[c.params.op](a, b, c.ins[0].dtype)),
  compare: (c) => mapped(c, (a, b) => Number(COMPARE[c.params.op](a, b))),
  select: (c) => mapped(c, (k, a, b) => k !== 0 ? a : b),
  affine: (c) => mapped(c, (x) => x * c.params.scale + c.params.shift),
  cast: (c) => mapped(c, (x) => cast(x, c.ins[0].dtype, c.params.dtype)),
  bitcast: (c) => mapped(c, (x) => bitcast(x, c.ins[0].dtype, c.params.dtype)),
  broadcast: (c) => moved(c, (p) => c.params.axes.map((a) => p[a])),
  reshape: ({ xs }) => [xs[0]],
  transpose: (c) =>
    moved(c, (p) => p.map((_, i) => p[c.params.perm.indexOf(i)])),
  slice: (c) =>
    moved(
      c,
      (p) => p.map((n, i) => c.params.start[i] + n * c.params.stride[i]),
    ),
  pad: ({ params: { lo, inner }, xs: [x, [fill]], ins, outs }) => [
    [...places(outs[0].shape)].map((p) => {
      const from = p.map((n, i) => (n - lo[i]) / (inner[i] + 1));
      const inside = from.every((n, i) =>
        Number.isInteger(n) && n >= 0 && n < ins[0].shape[i]
      );
      return inside ? at(x, ins[0], from) : fill;
    }),
  ],
  concat: ({ params: { axis }, xs, ins, outs }) => [
    [...places(outs[0].shape)].map((p) => {
      let n = p[axis];
      let part = 0;
      while (n >= ins[part].shape[axis]) n -= ins[part++].shape[axis];
      return at(xs[part], ins[part], p.with(axis, n));
    }),
  ],
  reverse: (c) =>
    moved(
      c,
      (p) =>
        p.map((n, i) =>
          c.params.axes.includes(i) ? c.ins[0].shape[i] - 1 - n : n
        ),
    ),
  gather: ({ params: { axis, batchDims }, xs, ins, outs }) => [
    [...places(outs[0].shape)].map((p) => {
      const rank = ins[1].shape.length - batchDims;
      const index = at(xs[1], ins[1], [
        ...p.slice(0, batchDims),
        ...p.slice(axis, axis + rank),
      ]);
      const row = clamp(index, ins[0].shape[axis] - 1);
      return at(xs[0], ins[0], p.toSpliced(axis, rank, row));
    }),
  ],
  scatter: withoutEvaluator("scatter"),
  dynamicSlice: (c) => {
    const { sizes, batchDims } = c.params;
    return moved(c, (p) =>
      p.map((n, i) => {
        if (i < batchDims) return n;
        const a = i - batchDims;
        const start = at(c.xs[1], c.ins[1], [...p.slice(0, batchDims), a]);
        return clamp(start, c.ins[0].shape[i] - sizes[a]) + n;
      }));
  },
  dynamicUpdateSlice: ({ params: { batchDims }, xs, ins, outs }) => [
    [...places(outs[0].shape)].map((p) => {
      const inside = p.map((n, i) => {
        if (i < batchDims) return n;
        const start = at(xs[2], ins[2], [
          ...p.slice(0, batchDims),
          i - batchDims,
        ]);
        return n - clamp(start, ins[0].shape[i] - ins[1].shape[i]);
      });
      return inside.every((n, i) => n >= 0 && n < ins[1].shape[i])
        ? at(xs[1], ins[1], inside)
        : at(xs[0], ins[0], p);
    }),
  ],
  reduce: ({ params: { op, axes }, xs: [x], ins, outs }) => {
    const { dtype, shape } = outs[0];
    const f = BINARY[op === "sum" ? "add" : op === "prod" ? "mul" : op];
    const start = { sum: 0, prod: 1, max: -Infinity, min: Infinity }[op];
    const out = new Array<number>(sizeOf(shape)).fill(start);
    const strides = stridesOf(shape);
    let i = 0;
    for (const p of places(ins[0].shape)) {
      const to = p.filter((_, a) => !axes.includes(a))
        .reduce((n, q, a) => n + q * strides[a], 0);
      out[to] = f(out[to], x[i++], dtype);
    }
    return [out.map((y) => round(dtype, y))];
  },
  argreduce: ({ params: { op, axis }, xs: [x], ins, outs }) => [
    [...places(outs[0].shape)].map((p) => {
      const row = range(ins[0].shape[axis]).map((n) =>
        at(x, ins[0], p.toSpliced(axis, 0, n))
      );
      return row.indexOf(op === "max" ? Math.max(...row) : Math.min(...row));
    }),
  ],
  sort: ({ params: { axis, keys }, xs, ins }) => {
    const all = [...places(ins[0].shape)];
    const rank = (x: number) => Number.isNaN(x) ? [1, 0] : [0, x];
    return xs.map((x, k) =>
      all.map((p) => {
        const row = range(ins[0].shape[axis]).map((n) => p.with(axis, n));
        row.sort((a, b) => {
          for (let i = 0; i < keys; i++) {
            const [r, s] = [a, b].map((q) => rank(at(xs[i], ins[i], q)));
            const sign = r[0] - s[0] || (r[1] < s[1] ? -1 : +(r[1] > s[1]));
            if (sign !== 0) return sign;
          }
          return 0;
        });
        return at(x, ins[k], row[p[axis]]);
      })
    );
  },
  cumsum: ({ params: { axis, reverse }, xs: [x], ins: [aval] }) => [
    [...places(aval.shape)].map((p) => {
      const others = range(aval.shape[axis]).filter((n) =>
        reverse ? n >= p[axis] : n <= p[axis]
      );
      const sum = others.reduce((s, n) => s + at(x, aval, p.with(axis, n)), 0);
      return round(aval.dtype, sum);
    }),
  ],
  dot: ({ params: { contract, batch }, xs: [a, b], ins, outs }) => {
    const free = ins.map(({ shape }, side) =>
      range(shape.length).filter((i) =>
        !contract[side].includes(i) && !batch[side].includes(i)
      )
    );
    const inner = contract[0].map((i) => ins[0].shape[i]);
    const batched = batch[0].length;
    const middle = batched + free[0].length;
    return [
      [...places(outs[0].shape)].map((p) => {
        const place = (side: number, k: readonly number[]) => {
          const to = new Array<number>(ins[side].shape.length);
          batch[side].forEach((axis, i) => to[axis] = p[i]);
          free[side].forEach((axis, i) =>
            to[axis] = p[(side === 0 ? batched : middle) + i]
          );
          contract[side].forEach((axis, i) => to[axis] = k[i]);
          return to;
        };
        let sum = 0;
        for (const k of places(inner)) {
          sum += at(a, ins[0], place(0, k)) * at(b, ins[1], place(1, k));
        }
        return Math.fround(sum);
      }),
    ];
  },
  conv: ({ params, xs: [x, w], ins, outs }) => {
    const { groups, batchGroups, outsFirst } = params;
    const [outsPerGroup, samples] = [
      ins[1].shape[0] / groups / batchGroups,
      ins[0].shape[0] / batchGroups,
    ];
    return [
      [...places(outs[0].shape)].map(([i, j, ...p]) => {
        const [b, o] = outsFirst ? [j, i] : [i, j];
        const g = Math.floor(o / outsPerGroup);
        const batch = batchGroups > 1 ? g * samples + b : b;
        let sum = 0;
        for (const [f, ...t] of places(ins[1].shape.slice(1))) {
          const from = windowPlace(p, t, params, ins[0].shape.slice(2));
          if (from === null) continue;
          const feature = groups > 1 ? g * ins[1].shape[1] + f : f;
          sum += at(x, ins[0], [batch, feature, ...from]) *
            at(w, ins[1], [o, f, ...t]);
        }
        return Math.fround(sum);
      }),
    ];
  },
  reduceWindow: ({ params, xs: [x], ins, outs }) => {
    const f = BINARY[params.op === "sum" ? "add" : params.op];
    const start = { sum: 0, max: -Infinity, min: Infinity }[params.op];
    const values = windowsOf(params, ins[0], outs[0]);
    return [
      values.map((list) =>
        Math.fround(list.reduce((s, { i }) => f(s, x[i], "f32"), start))
      ),
    ];
  },
  argWindow: ({ params, xs: [x], ins, outs }) => {
    const zeros = params.window.map(() => 0);
    const sign = params.op === "max" ? 1 : -1;
    return [
      windowsOf({ ...params, inner: zeros }, ins[0], outs[0]).map((list) => {
        const best = Math.max(...list.map(({ i }) => sign * x[i]));
        const first = list.find(({ i }) => sign * x[i] === best);
        return best > -Infinity && first ? first.place : -1;
      }),
    ];
  },
  random: ({ params, xs: [keys] }) => [
    range(keys.length / 2).flatMap((i) => [
      ...drawWords([keys[2 * i], keys[2 * i + 1]], params),
    ]),
  ],
  stopGradient: ({ xs: [x] }) => [x],
  psum: withoutEvaluator("psum"),
  axisIndex: withoutEvaluator("axisIndex"),
  scan: ({ params, xs, outs, print }) => {
    const { body, length, constants, carries, reverse } = params;
    let state = xs.slice(constants, constants + carries);
    const stacks = outs.slice(carries).map(() => new Array<Elements>(length));
    for (let run = 0; run < length; run++) {
      const row = reverse ? length - 1 - run : run;
      const slices = xs.slice(constants + carries).map((x) => {
        const size = x.length / length;
        return x.slice(row * size, (row + 1) * size);
      });
      const args = [...xs.slice(0, constants), ...state, ...slices];
      const results = evaluate(body, args, print);
      state = results.slice(0, carries);
      stacks.forEach((stack, i) => stack[row] = results[carries + i]);
    }
    return [...state, ...stacks.map((stack) => stack.flat())];
  },
  while: ({ params, xs, print }) => {
    const { condition, body, constants, maxSteps } = params;
    const fixed = xs.slice(0, constants);
    let state = xs.slice(constants);
    for (let turn = 0; turn < (maxSteps ?? Infinity); turn++) {
      const [[goesOn]] = evaluate(condition, [...fixed, ...state], print);
      if (goesOn === 0) break;
      state = evaluate(body, [...fixed, ...state], print);
    }
    return state;
  },
  cond: ({ params: { branches }, xs: [[index], ...args], print }) =>
    evaluate(branches[clamp(index, branches.length - 1)], args, print),
  customVjp: ({ params, xs, print }) => evaluate(params.primal, xs, print),
  debugPrint: ({ params, xs, print }) => {
    print({ format: params.format, values: xs });
    return [];
  },
};

/** Outputs of a Program. */
export function evaluate(
  program: Program,
  args: readonly Elements[],
  print: (printed: Printed) => void = () => {},
): Elements[] {
  const values: Elements[] = [];
  program.inputs.forEach((id, i) => values[id] = args[i]);
  for (const { primitive, params, inputs, outputs } of program.nodes) {
    const run = EVALUATORS[primitive] as Evaluator<Primitive>;
    const results = run({
      params,
      xs: inputs.map((id) => values[id]),
      ins: inputs.map((id) => program.avals[id]),
      outs: outputs.map((id) => program.avals[id]),
      print,
    });
    outputs.forEach((id, i) => values[id] = results[i]);
  }
  return program.outputs.map((id) => values[id]);
}
