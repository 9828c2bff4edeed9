/**
 * Speed of convolutions and pooling: `deno run bench/conv.ts [rounds]`.
 *
 * Each shape of a VGG network takes turns with the matrix product of the same
 * size, in one round after another, so that a busy machine disturbs both alike.
 * Times are of whole jitted calls on params: padding and transposes count.
 */
import process from "node:process";
import { jax, jnp, lax, px, pxf, type Tensor } from "../mod.ts";

const SAMPLES = 16;
const SHAPES = [[3, 128, 32], [128, 256, 16], [256, 512, 8], [512, 512, 4]];
const SAMPLE_MS = 30;
const rounds = Number(process.argv[2] ?? 5);

interface Candidate {
  readonly name: string;
  readonly flops: number;
  readonly run: () => void;
  readonly samples: number[];
}

/** `out = f(...operands)`, all of them params, so that nothing is copied. */
function candidate(
  name: string,
  flops: number,
  f: (...operands: Tensor[]) => Tensor,
  ...shapes: (readonly number[])[]
): Candidate {
  const operands = shapes.map((shape, i) =>
    new px.Param(jax.random.normal(jax.random.key(i), shape))
  );
  const out = new px.Param(f(...operands.map((p) => p.get()!)));
  const call = pxf.jit((params: { operands: px.Param[]; out: px.Param }) => {
    params.out.set(f(...params.operands.map((p) => p.get()!)));
  });
  const run = () => call({ operands, out });
  run();
  return { name, flops, run, samples: [] };
}

const table = SHAPES.flatMap(([inputs, outs, size]) => {
  const x = [SAMPLES, inputs, size, size];
  const y = [SAMPLES, outs, size, size];
  const w = [outs, inputs, 3, 3];
  const columns = SAMPLES * size * size;
  const flops = 2 * columns * inputs * outs * 9;
  const conv = (a: Tensor, b: Tensor) => lax.conv(a, b, [1, 1], "SAME");
  const gradient = (i: number, a: Tensor, b: Tensor, d: Tensor) =>
    jax.vjp(conv, a, b)[1](d)[i];
  const product = (m: number, n: number, k: number) =>
    candidate("", flops, (a, b) => a.matmul(b), [m, k], [k, n]);
  const name = `${inputs}->${outs} @${size}x${size}`;
  const rows = [
    [
      candidate(`${name} forward`, flops, conv, x, w),
      product(outs, columns, 9 * inputs),
    ],
    [
      candidate(
        `${name} input gradient`,
        flops,
        (d, b) => gradient(0, jnp.zeros(x), b, d),
        y,
        w,
      ),
      product(inputs, columns, 9 * outs),
    ],
    [
      candidate(
        `${name} weight gradient`,
        flops,
        (d, a) => gradient(1, a, jnp.zeros(w), d),
        y,
        x,
      ),
      product(outs, 9 * inputs, columns),
    ],
  ] as const;
  return rows;
});

const pool = (x: Tensor) =>
  lax.reduceWindow(x, "max", [1, 1, 2, 2], [1, 1, 2, 2], "VALID");
const image = [SAMPLES, 128, 32, 32];
const pools = [
  candidate("max 2x2 of 16x128x32x32, forward", 0, pool, image),
  candidate(
    "max 2x2 of 16x128x32x32, gradient",
    0,
    (d, x) => jax.vjp(pool, x)[1](d)[0],
    [SAMPLES, 128, 16, 16],
    image,
  ),
];

/** Milliseconds of one call. */
function sample({ run }: Candidate): number {
  const start = performance.now();
  let calls = 0;
  do {
    run();
    calls++;
  } while (performance.now() - start < SAMPLE_MS);
  return (performance.now() - start) / calls;
}

const all = [...table.flat(), ...pools];
for (let round = -1; round < rounds; round++) {
  for (const c of all) {
    const ms = sample(c);
    if (round >= 0) c.samples.push(ms);
  }
}

const sorted = ({ samples }: Candidate) => samples.sort((a, b) => a - b);
const best = (c: Candidate) => sorted(c)[0];
const median = (c: Candidate) => sorted(c)[c.samples.length >> 1];
const rate = (c: Candidate, of: (c: Candidate) => number) =>
  c.flops / of(c) / 1e6;
const cell = (x: number) => x.toFixed(1).padStart(7);
console.log(
  "GFLOP/s, best (median)".padEnd(34) +
    "           conv           gemm  best/best",
);
for (const [conv, gemm] of table) {
  const pair = (c: Candidate) =>
    `${cell(rate(c, best))} (${cell(rate(c, median)).trim()})`.padStart(15);
  const ratio = best(gemm) / best(conv);
  console.log(
    `${conv.name.padEnd(34)}${pair(conv)}${pair(gemm)}${
      ratio.toFixed(2).padStart(11)
    }`,
  );
}
for (const c of pools) {
  console.log(`${c.name.padEnd(34)}${best(c).toFixed(2).padStart(8)} ms`);
}
