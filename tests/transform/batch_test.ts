/**
 * Every primitive under vmap against a loop over the samples, for every choice
 * of which operands have a batch axis, and two levels deep.
 */
import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import {
  defaultDevice,
  openDevice,
  setDefaultDevice,
} from "../../src/devices.ts";
import * as jnp from "../../src/numpy/mod.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { bind } from "../../src/transform/trace.ts";

const { jax, lax } = jnp;

type Fn = (...xs: Tensor[]) => Tensor | Tensor[];

/** Numbers that are exact in f32, and so are their sums and products. */
function numbers(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return jnp.tensor(
    Array.from({ length: size }, (_, i) => (i * 7 + seed * 5) % 11 - 5),
    "f32",
  ).reshape(shape);
}

/** Two samples of each operand: integers stay valid indices. */
function samples(x: Tensor, seed: number): Tensor[] {
  if (x.dtype === "bool") return [x, x.logicalNot()];
  if (x.dtype === "u32") return [x, x.add(seed + 1)];
  if (x.dtype === "i32") return [x, jnp.flip(x).sub(1)];
  return [x, numbers(x.shape, seed)];
}

const flat = (out: Tensor | Tensor[]) =>
  (Array.isArray(out) ? out : [out]).map((t) => [t.dtype, t.toArray()]);

function checkSubsets(fn: Fn, args: readonly Tensor[]): void {
  const pairs = args.map(samples);
  for (let mask = 1; mask < 2 ** args.length; mask++) {
    const inAxes = args.map((_, i) => mask >> i & 1 ? 0 : null);
    const inputs = pairs.map((p, i) => inAxes[i] === 0 ? jnp.stack(p) : p[0]);
    const batched = jax.vmap(fn, { inAxes })(...inputs);
    const loop = [0, 1].map((s) =>
      fn(...pairs.map((p, i) => inAxes[i] === 0 ? p[s] : p[0]))
    );
    const expected = Array.isArray(batched)
      ? batched.map((_, k) => jnp.stack(loop.map((r) => (r as Tensor[])[k])))
      : jnp.stack(loop as Tensor[]);
    assertEquals(flat(batched), flat(expected), `batched: ${inAxes}`);
  }
}

function check(fn: Fn, args: readonly Tensor[]): void {
  // Exact comparison needs one rounding per operation: the reference device.
  const device = defaultDevice();
  setDefaultDevice(openDevice("reference"));
  try {
    checkSubsets(fn, args);
    // Two levels: the operands with an odd index are shared by the outer one.
    const outer = args.map((_, i) => i % 2 === 0 ? 0 : null);
    checkSubsets(
      (...xs) => jax.vmap(fn, { inAxes: outer, outAxes: 0 })(...xs),
      args.map((x, i) => outer[i] === 0 ? jnp.stack(samples(x, i + 3)) : x),
    );
  } finally {
    setDefaultDevice(device);
  }
}

// On the host, because they are used on a device that is not the default.
const A = numbers([2, 3], 1), B = numbers([2, 3], 2);
const V = numbers([3], 3), V2 = numbers([3], 6);
const I = jnp.tensor([2, 0]);
const CUBE = numbers([2, 3, 4], 4), CUBE2 = numbers([2, 4, 3], 5);
const NO = jnp.tensor([true, false, true]);
const KEY = jnp.random.key(3);

const CASES: Record<string, [Fn, Tensor[]]> = {
  unary: [(x) => x.square(), [A]],
  binary: [(x, y) => x.mul(y), [A, B]],
  compare: [(x, y) => x.less(y), [A, B]],
  select: [(c, x, y) => jnp.where(c, x, y), [NO, V, V2]],
  "select by a scalar": [(c, x, y) => jnp.where(c, x, y), [
    jnp.tensor(true),
    A,
    B,
  ]],
  affine: [
    (x) => new jnp.Tensor(bind("affine", [x.value], { scale: 2, shift: 1 })[0]),
    [A],
  ],
  cast: [(x) => x.astype("i32"), [A]],
  bitcast: [(x) => lax.bitcast(x, "u32"), [A]],
  broadcast: [(x) => jnp.broadcastTo(x, [4, 2, 3]), [A]],
  reshape: [(x) => x.reshape(3, 2), [A]],
  transpose: [(x) => x.transpose(2, 0, 1), [CUBE]],
  slice: [(x) => x.slice(1, [0, 3, 2]), [A]],
  pad: [(x, f) => jnp.pad(x, [[1, 0], [0, 2]], f), [A, jnp.tensor(7, "f32")]],
  concat: [(x, y) => jnp.concatenate([x, y, x], 1), [A, B]],
  reverse: [(x) => jnp.flip(x, 0), [A]],
  gather: [(x, i) => jnp.take(x, i, 1), [A, I]],
  "gather at a scalar": [(x, i) => jnp.take(x, i, 1), [A, jnp.tensor(1)]],
  "gather along an axis": [
    (x, i) => jnp.takeAlongAxis(x, i, 0),
    [A, jnp.tensor([[1, 0, 1]])],
  ],
  "scatter (set)": [
    (x, i, u) => lax.scatter(x, i, u, { axis: 1 }),
    [A, I, numbers([2, 2], 6)],
  ],
  "scatter (add)": [
    (x, i, u) => lax.scatter(x, i, u, { mode: "add" }),
    [V, I, numbers([2], 6)],
  ],
  dynamicSlice: [
    (x, i) => lax.dynamicSlice(x, i, [1, 2]),
    [A, jnp.tensor([1, 1])],
  ],
  dynamicUpdateSlice: [
    (x, u, i) => lax.dynamicUpdateSlice(x, u, i),
    [A, numbers([1, 2], 7), jnp.tensor([1, 1])],
  ],
  "reduce sum": [(x) => x.sum(1), [CUBE]],
  "reduce max": [(x) => x.max([0, 2]), [CUBE]],
  "reduce min": [(x) => x.min(0), [CUBE]],
  "reduce prod": [(x) => x.prod(0), [A]],
  argmax: [(x) => x.argmax(1), [CUBE]],
  argmin: [(x) => x.argmin(), [A]],
  cumsum: [(x) => jnp.cumsum(x, 1), [A]],
  "dot of matrices": [(x, y) => x.matmul(y.T), [A, B]],
  "dot of a matrix and a vector": [(x, v) => x.matmul(v), [A, V]],
  "dot of vectors": [(x, y) => x.dot(y), [V, V2]],
  "outer product": [
    (x, y) => lax.dotGeneral(x, y, { contract: [[], []] }),
    [A, V],
  ],
  "dot with batch axes": [(x, y) => x.matmul(y), [CUBE, CUBE2]],
  "dot over two axes": [
    (x, y) => jnp.tensordot(x, y, [[0, 2], [1, 0]]),
    [CUBE, numbers([4, 2, 5], 8)],
  ],
  "random bits": [(k) => jnp.random.bits(k, [3]), [KEY]],
  "random keys": [(k) => jnp.random.split(k, 3), [KEY]],
  "random keys of keys": [
    (k) => jnp.random.split(jnp.random.split(k, 2).at(1), 2),
    [KEY],
  ],
  stopGradient: [(x) => lax.stopGradient(x), [A]],
  scan: [
    (w, h, xs) =>
      lax.scan(
        ([h, n]: [Tensor, Tensor], x: Tensor): [[Tensor, Tensor], Tensor] => [
          [w.matmul(x).max().add(h).mod(5), n.add(1)],
          h.add(n),
        ],
        [h, jnp.tensor(0, "f32")],
        xs,
      ).flat(),
    [A, jnp.tensor(2, "f32"), numbers([4, 3], 9)],
  ],
  "scan that gives what it does not compute": [
    (c, xs) =>
      lax.scan(
        (c: Tensor, _: Tensor): [Tensor, Tensor] => [c, jnp.ones(2)],
        c,
        xs,
        { reverse: true },
      ),
    [V, numbers([4], 9)],
  ],
  cond: [
    (p, x, y) =>
      lax.cond(
        p,
        (x: Tensor) => [x.mul(y), x],
        (x: Tensor) => [x.add(1), y],
        x,
      ),
    [jnp.tensor(true), A, B],
  ],
  switch: [
    (i, x, y) =>
      lax.switch(i, [() => x, () => y, () => x.sub(y), () => x.mul(2)]),
    [jnp.tensor(2), A, B],
  ],
  while: [
    (limit, x, y) =>
      lax.whileLoop(
        ([n, x]: Tensor[]) => n.less(5).logicalAnd(x.max().less(limit)),
        ([n, x]: Tensor[]) => [n.add(1), x.add(y)],
        [jnp.tensor(0), x],
        { maxSteps: 4 },
      ),
    [jnp.tensor(7, "f32"), A, B],
  ],
  sort: [(x, y) => lax.sort([x, y], { dimension: 0, numKeys: 2 }), [A, B]],
  customVjp: [
    (x, y) =>
      jax.customVjp(
        (x: Tensor) => x.mul(y),
        (x: Tensor): [Tensor, null] => [x.mul(y), null],
        (_, ct: Tensor) => [ct],
      )(x),
    [A, B],
  ],
};

describe("vmap equals a loop", () => {
  for (const [name, [fn, args]] of Object.entries(CASES)) {
    it(name, () => check(fn, args));
  }
});
