import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import { range, type Shape, sizeOf } from "../../src/base/shape.ts";
import {
  defaultDevice,
  openDevice,
  setDefaultDevice,
} from "../../src/devices.ts";
import {
  formatProgram,
  jax,
  lax,
  ones,
  type Tensor,
  tensor,
} from "../../src/numpy/mod.ts";
import type { Padding, PaddingPairs } from "../../src/numpy/windows.ts";
import golden from "../goldens/windows.json" with { type: "json" };
import { checkGrads, inFloat64 } from "../support/check_grads.ts";

/** The elements from which the golden values were computed. */
function sequence(shape: Shape, step: number, modulus: number): Tensor {
  const half = Math.floor(modulus / 2);
  const elements = range(sizeOf(shape))
    .map((i) => ((i * step + 5) % modulus - half) / 16);
  return tensor(elements, "f32").reshape(shape);
}

function assertNear(
  x: Tensor,
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  const actual = x.flatten().toArray() as number[];
  assertEquals(actual.length, expected.length, what);
  const scale = Math.max(...expected.map(Math.abs));
  actual.forEach((value, i) => {
    const bound = tolerance * scale;
    assert(
      Math.abs(value - expected[i]) <= bound,
      `${what}[${i}] is ${value}, expected ${expected[i]}`,
    );
  });
}

/** Output and gradients of `sum(f(..args) * R)`, for the R of the goldens. */
function gradientsOf(
  f: (...args: Tensor[]) => Tensor,
  args: readonly Tensor[],
): [Tensor, ...Tensor[]] {
  const [y, pullback] = jax.vjp(f, ...args);
  return [y, ...pullback(sequence(y.shape, 23, 41))];
}

function checkConvolutions(tolerance: number): void {
  for (const c of golden.conv) {
    const what = `conv [${c.x}] with [${c.w}]`;
    const [y, gx, gw] = gradientsOf(
      (x, w) =>
        lax.convGeneralDilated(x, w, c.strides, c.padding as never, {
          rhsDilation: c.dilation,
          featureGroupCount: c.groups,
        }),
      [sequence(c.x, 37, 101), sequence(c.w, 29, 53)],
    );
    assertEquals(y.shape, c.shape, what);
    assertNear(y, c.y, tolerance, what);
    assertNear(gx, c.gx, tolerance, `${what}, gradient of input`);
    assertNear(gw, c.gw, tolerance, `${what}, gradient of weights`);
  }
}

function checkPools(tolerance: number): void {
  for (const c of golden.pool) {
    const what = `${c.op} of windows [${c.window}] of [${c.x}]`;
    const lead = c.x.length - c.window.length;
    const whole = <T>(list: readonly T[], usual: T) => [
      ...range(lead).map(() => usual),
      ...list,
    ];
    const [y, gx] = gradientsOf(
      (x) =>
        lax.reduceWindow(
          x,
          c.op as "sum",
          whole(c.window, 1),
          whole(c.strides, 1),
          whole(c.padding, [0, 0]) as unknown as PaddingPairs,
        ),
      [sequence(c.x, 37, 101)],
    );
    assertEquals(y.shape, c.shape, what);
    assertNear(y, c.y, tolerance, what);
    assertNear(gx, c.gx, tolerance, `${what}, gradient`);
  }
}

function onReference(body: () => void): void {
  const device = defaultDevice();
  setDefaultDevice(openDevice("reference"));
  try {
    body();
  } finally {
    setDefaultDevice(device);
  }
}

const GEOMETRIES = [
  {
    x: [2, 2, 4, 5],
    w: [3, 2, 2, 3],
    strides: [2, 1],
    padding: [[1, 2], [0, 1]],
  },
  { x: [1, 4, 5], w: [4, 2, 2], strides: [3], padding: [[-1, 1]], groups: 2 },
  { x: [4, 2, 5], w: [4, 2, 2], strides: [1], padding: "SAME", batchGroups: 2 },
  { x: [1, 2, 4], w: [2, 2, 3], strides: [2], padding: [[2, 2]], inner: 2 },
  {
    x: [1, 2, 3, 6],
    w: [2, 1, 2, 2],
    strides: [1, 2],
    padding: "VALID",
    groups: 2,
    outer: 2,
  },
  {
    x: [1, 2, 3, 4, 3],
    w: [2, 2, 2, 2, 2],
    strides: [1, 2, 1],
    padding: "SAME_LOWER",
  },
] as const;

type Geometry = {
  readonly strides: Shape;
  readonly padding: Padding;
  readonly groups?: number;
  readonly batchGroups?: number;
  readonly inner?: number;
  readonly outer?: number;
};

const convolution = (g: Geometry) => (x: Tensor, w: Tensor) =>
  lax.convGeneralDilated(x, w, g.strides, g.padding, {
    featureGroupCount: g.groups,
    batchGroupCount: g.batchGroups,
    lhsDilation: g.inner,
    rhsDilation: g.outer,
  });

describe("lax.convGeneralDilated", () => {
  it("gives what PyTorch gives, with gradients", () => {
    checkConvolutions(1e-6);
    onReference(() => checkConvolutions(1e-6));
    inFloat64(() => checkConvolutions(1e-8));
  });
  it("has derivatives of second order, also under vmap", () => {
    for (const g of GEOMETRIES) {
      checkGrads(convolution(g), [
        sequence(g.x, 37, 101).toArray() as number[],
        sequence(g.w, 29, 53).toArray() as number[],
      ]);
    }
  });
  it("is under vmap what it is for each sample", () => {
    for (const g of GEOMETRIES) {
      const f = convolution(g);
      const xs = sequence([3, ...g.x], 37, 101);
      const ws = sequence([3, ...g.w], 29, 53);
      const each = (axes: readonly (0 | null)[]) => {
        const pick = (t: Tensor, axis: 0 | null, i: number) =>
          t.slice(axis === null ? 0 : i);
        const rows = range(3).map((i) =>
          f(pick(xs, axes[0], i), pick(ws, axes[1], i))
        );
        const batched = jax.vmap(f, { inAxes: [...axes] })(
          axes[0] === null ? xs.slice(0) : xs,
          axes[1] === null ? ws.slice(0) : ws,
        );
        const expected = tensor(rows);
        assertEquals(batched.shape, expected.shape);
        const numbers = expected.flatten().toArray() as number[];
        assertNear(batched, numbers, 1e-6, `[${g.x}] in axes ${axes}`);
      };
      each([0, null]);
      each([null, 0]);
      each([0, 0]);
    }
  });
  it("takes axes in any order", () => {
    const x = sequence([2, 3, 5, 4], 37, 101),
      w = sequence([4, 3, 2, 3], 29, 53);
    const expected = lax.conv(x, w, [1, 2], "SAME");
    const y = lax.convGeneralDilated(
      x.transpose([0, 2, 3, 1]),
      w.transpose([2, 3, 1, 0]),
      [1, 2],
      "SAME",
      { dimensionNumbers: ["NHWC", "HWIO", "NHWC"] },
    );
    assertEquals(y.shape, [2, 5, 2, 4]);
    const numbers = expected.flatten().toArray() as number[];
    assertNear(y.transpose([0, 3, 1, 2]), numbers, 1e-6, "NHWC");
  });
  it("is one line of a program, and so are its gradients", () => {
    const text = (f: (...args: Tensor[]) => unknown) =>
      formatProgram(jax.makeProgram(f)(ones([1, 2, 4, 4]), ones([3, 2, 3, 3])));
    const f = (x: Tensor, w: Tensor) => lax.conv(x, w, [2, 2], "SAME");
    assertEquals(
      text(f),
      "{ inputs a:f32[1,2,4,4] b:f32[3,2,3,3]\n" +
        "  c:f32[1,3,2,2] = conv{strides [2,2], hi [1,1]} a b\n" +
        "  return (c) }",
    );
  });
  it("says what does not fit", () => {
    const x = ones([2, 3, 8, 8]), w = ones([4, 3, 3, 3]);
    const error = (message: string, body: () => unknown) =>
      assertThrows(body, Error, message);
    error(
      "Cannot convolve f32[2,3,8,8] with f32[4,2,3,3]: axis 1 of the first " +
        "has size 3, that of the second 2, expected equal sizes",
      () => lax.conv(x, ones([4, 2, 3, 3]), [1, 1], "VALID"),
    );
    error(
      "Cannot convolve f32[2,3,8,8] with f32[4,3,3]: ranks 4 and 3 were " +
        "given, expected [batch, features, ..spatial] and " +
        "[outs, features, ..window]",
      () => lax.conv(x, ones([4, 3, 3]), [1, 1], "VALID"),
    );
    error(
      "Cannot use strides [1]: 1 were given, expected 2, one per axis",
      () => lax.conv(x, w, [1], "VALID"),
    );
    error(
      "Cannot convolve f32[2,3,8,8] with f32[4,3,3,3]: strides [0,1] was " +
        "given, expected 2 integers of at least 1",
      () => lax.conv(x, w, [0, 1], "VALID"),
    );
    error(
      "Cannot convolve f32[2,4,8,8] with f32[3,2,3,3]: 3 outputs of a batch " +
        "of 2 do not split into 2 groups, expected a multiple of the number " +
        "of groups",
      () =>
        lax.convGeneralDilated(
          ones([2, 4, 8, 8]),
          ones([3, 2, 3, 3]),
          1,
          "SAME",
          {
            featureGroupCount: 2,
          },
        ),
    );
    error(
      'Cannot order the axes of the weights: "OHW" was given, expected each ' +
        'letter of "OIHW" once',
      () =>
        lax.convGeneralDilated(x, w, 1, "SAME", {
          dimensionNumbers: ["NCHW", "OHW", "NCHW"],
        }),
    );
  });
});

describe("lax.reduceWindow", () => {
  it("gives what PyTorch gives, with gradients", () => {
    checkPools(1e-6);
    onReference(() => checkPools(1e-6));
    inFloat64(() => checkPools(1e-8));
  });
  it("has derivatives of second order, also under vmap", () => {
    const x = sequence([2, 7, 6], 37, 101).toArray() as number[];
    for (const op of ["sum", "max", "min"] as const) {
      const options = { windowDilation: [1, 2, 1], baseDilation: [1, 1, 2] };
      checkGrads(
        (x) =>
          lax.reduceWindow(x.mul(x.add(10)), op, [1, 2, 3], [1, 2, 2], [
            [0, 0],
            [1, 0],
            [0, 2],
          ], options),
        [x],
      );
    }
  });
  it("sends the gradient of ties to the first element", () => {
    const f = (x: Tensor) => lax.reduceWindow(x, "max", [2, 2], 2, "VALID");
    const [, pullback] = jax.vjp(f, ones([2, 4]));
    assertEquals(pullback(ones([1, 2]))[0].toArray(), [
      [1, 0, 1, 0],
      [0, 0, 0, 0],
    ]);
  });
  it("leaves padding out of extremes", () => {
    const x = tensor([-1, -2], "f32");
    const y = lax.reduceWindow(x, "max", 1, 1, [[1, 0]]);
    assertEquals(y.toArray(), [-Infinity, -1, -2]);
    const f = (x: Tensor) => lax.reduceWindow(x, "min", 2, 1, [[1, 1]]);
    assertEquals(f(x).toArray(), [-1, -2, -2]);
    const [, pullback] = jax.vjp(f, x);
    assertEquals(pullback(tensor([1, 2, 4], "f32"))[0].toArray(), [1, 6]);
  });
  it("is one line of a program", () => {
    const f = (x: Tensor) => lax.reduceWindow(x, "max", [1, 2], 2, "VALID");
    assertEquals(
      formatProgram(jax.makeProgram(f)(ones([3, 4]))),
      "{ inputs a:f32[3,4]\n" +
        "  b:f32[2,2] = reduceWindow_max{window [1,2], strides [2,2]} a\n" +
        "  return (b) }",
    );
  });
  it("says what does not fit", () => {
    assertThrows(
      () => lax.reduceWindow(ones([3, 4]), "max", [0, 2], 1, "VALID"),
      Error,
      "Cannot take the max of windows of f32[3,4]: a window of [0,2] was " +
        "given, expected at least one element",
    );
    assertThrows(
      () => lax.reduceWindow(ones([3, 4]), "max", [2, 2], 1, [[0, 0]]),
      Error,
      "Cannot pad 2 axes: 1 pairs were given, expected one per axis",
    );
  });
});
