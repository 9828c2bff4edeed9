import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jax, jnp } from "./names.ts";
import { assertNear, assertTensor } from "./near.ts";

const { lax } = jax;
const x = jnp.tensor([[1, 2, 3], [4, 5, 6]], "f32");

describe("elementwise functions of lax", () => {
  it("are those of jnp under other names", () => {
    const pairs: [keyof typeof lax, keyof typeof jnp][] = [
      ["acos", "arccos"],
      ["atan2", "arctan2"],
      ["convertElementType", "astype"],
      ["eq", "equal"],
      ["ge", "greaterEqual"],
      ["gt", "greater"],
      ["isFinite", "isfinite"],
      ["le", "lessEqual"],
      ["lt", "less"],
      ["max", "maximum"],
      ["min", "minimum"],
      ["mul", "multiply"],
      ["ne", "notEqual"],
      ["neg", "negative"],
      ["populationCount", "bitwiseCount"],
      ["pow", "power"],
      ["rem", "fmod"],
      ["shiftLeft", "leftShift"],
      ["sub", "subtract"],
    ];
    for (const [a, b] of pairs) assertEquals(lax[a], jnp[b] as unknown, a);
    assertEquals(lax.logistic, jax.nn.sigmoid);
    assertEquals(jnp.asin, jnp.arcsin);
    assertEquals(jnp.around, jnp.round);
    assertEquals(jnp.cumulativeSum, jnp.cumsum);
    assertEquals(jnp.bitwiseInvert, jnp.bitwiseNot);
    assertEquals(jnp.cumulativeProd, jnp.cumprod);
  });
  it("div cuts quotients of integers off", () => {
    assertTensor(lax.div(jnp.tensor([7, -7]), 2), "i32", [3, -3]);
    assertTensor(lax.div([7, -7], jnp.tensor(2, "f32")), "f32", [3.5, -3.5]);
  });
  it("erfc, integerPow, clamp", () => {
    assertNear(lax.erfc([0, 0.5]), [1, 0.4795001221869535]);
    assertTensor(lax.integerPow(jnp.tensor([2, 3]), 3), "i32", [8, 27]);
    assertTensor(lax.clamp(2, x, 4), "f32", [[2, 2, 3], [4, 4, 4]]);
    assertThrows(
      () => lax.integerPow(x, 0.5),
      ShapeError,
      "Cannot raise to the power of 0.5, expected an integer: use pow",
    );
  });
  it("selectN takes truth values and numbers", () => {
    assertTensor(lax.selectN([true, false], [1, 2], [3, 4]), "i32", [3, 2]);
    assertTensor(
      lax.selectN([-1, 0, 1, 2, 9], 10, 20, 30),
      "i32",
      [10, 10, 20, 30, 30],
    );
    assertThrows(() => lax.selectN(1), ShapeError, "Cannot select of no cases");
  });
  it("bits move with zeros or with the sign", () => {
    const i = jnp.tensor([-8, 8]);
    assertTensor(lax.shiftRightArithmetic(i, 2), "i32", [-2, 2]);
    assertTensor(lax.shiftRightLogical(i, 28), "i32", [15, 0]);
    const u = jnp.tensor([2 ** 31], "u32");
    assertTensor(lax.shiftRightArithmetic(u, 31), "u32", [2 ** 32 - 1]);
    assertTensor(lax.shiftRightLogical(u, 31), "u32", [1]);
  });
});

describe("shapes of lax", () => {
  it("broadcast and collapse", () => {
    assertTensor(lax.broadcast([1, 2], [2]), "i32", [[1, 2], [1, 2]]);
    assertEquals(lax.broadcastToRank([1, 2], 3).shape, [1, 1, 2]);
    const cube = jnp.ones([2, 3, 4]);
    assertEquals(lax.collapse(cube, 0, 2).shape, [6, 4]);
    assertEquals(lax.collapse(cube, 1).shape, [2, 12]);
    assertEquals(lax.collapse(cube, 0, -1).shape, [6, 4]);
    assertThrows(
      () => lax.collapse(cube, 1, 1),
      ShapeError,
      "Cannot collapse axes 1 to 1 of f32[2,3,4]",
    );
  });
  it("slice", () => {
    assertTensor(lax.slice(x, [0, 1], [2, 3]), "f32", [[2, 3], [5, 6]]);
    assertTensor(lax.slice(x, [0, 0], [1, 3], [1, 2]), "f32", [[1, 3]]);
    assertTensor(lax.sliceInDim(x, 1, 3, { axis: 1 }), "f32", [[2, 3], [5, 6]]);
    assertTensor(lax.sliceInDim(x, null, null, { axis: 1, stride: 2 }), "f32", [
      [1, 3],
      [4, 6],
    ]);
    assertTensor(lax.indexInDim(x, -1), "f32", [[4, 5, 6]]);
    assertTensor(lax.indexInDim(x, 1, 1, { keepdims: false }), "f32", [2, 5]);
    assertThrows(
      () => lax.slice(x, [0, 0], [3, 3]),
      ShapeError,
      "Cannot slice",
    );
  });
  it("split and pad", () => {
    assertEquals(
      lax.split([1, 2, 3], [1, 2]).map((t) => t.toArray()),
      [[1], [2, 3]],
    );
    assertThrows(
      () => lax.split([1, 2, 3], [1, 1]),
      ShapeError,
      "Cannot split i32[3] along axis 0 into sizes [1,1]: their sum is 2",
    );
    assertTensor(lax.pad([1, 2], 9, [[1, 0, 1]]), "i32", [9, 1, 9, 2]);
    assertTensor(lax.pad([1, 2, 3], 9, [[-1, 1, 0]]), "i32", [2, 3, 9]);
    assertThrows(
      () => lax.pad(x, 0, [[1, 1, 0]]),
      ShapeError,
      "Cannot pad f32[2,3]: 1 entries were given, expected [low, high",
    );
  });
  it("update at traced starts along an axis", () => {
    const put = jax.jit((i: Tensor) =>
      lax.dynamicUpdateSliceInDim(x, [[7], [8]], i, 1)
    );
    assertTensor(put(jnp.tensor(2)), "f32", [[1, 2, 7], [4, 5, 8]]);
    assertTensor(lax.dynamicUpdateIndexInDim(x, [7, 8], 0, 1), "f32", [
      [7, 2, 3],
      [8, 5, 6],
    ]);
  });
});

describe("reductions of lax", () => {
  it("go over listed axes", () => {
    assertTensor(lax.reduceSum(x, [0]), "f32", [5, 7, 9]);
    assertTensor(lax.reduceProd(x, [1]), "f32", [6, 120]);
    assertTensor(lax.reduceMax(x, [0, 1]), "f32", 6);
    assertTensor(lax.reduceMin(x, [1]), "f32", [1, 4]);
    assertTensor(lax.reduceAnd(x.greater(1), [1]), "bool", [false, true]);
    assertTensor(lax.reduceOr(x.greater(5), [1]), "bool", [false, true]);
    assertTensor(lax.argmax(x, 1), "i32", [2, 2]);
    assertTensor(lax.argmin(x, 0), "i32", [0, 0, 0]);
  });
  it("map is a loop over slices of trees", () => {
    const ys = lax.map(({ a, b }: { a: Tensor; b: Tensor }) => a.mul(b), {
      a: x,
      b: jnp.tensor([2, 3], "f32"),
    });
    assertTensor(ys, "f32", [[2, 4, 6], [12, 15, 18]]);
  });
  it("triangularSolve uses one triangle", () => {
    const a = jnp.tensor([[2, 9], [1, 4]], "f32"), b = jnp.tensor([[2], [8]]);
    const solve = (options: Parameters<typeof lax.linalg.triangularSolve>[2]) =>
      lax.linalg.triangularSolve(a, b, { leftSide: true, ...options });
    assertNear(solve({ lower: true }), [1, 1.75]);
    assertNear(solve({}), [-8, 2]);
    assertNear(solve({ lower: true, transposeA: true }), [0, 2]);
    assertNear(solve({ lower: true, unitDiagonal: true }), [2, 6]);
    assertNear(lax.linalg.triangularSolve(a, [[2, 8]]), [1, -0.25]);
    assertThrows(
      () => lax.linalg.triangularSolve(a, [1, 2]),
      ShapeError,
      "Cannot solve with f32[2,2] and i32[2]: expected as many axes of both",
    );
  });
});

describe("extremes over a named axis", () => {
  const rows = jnp.tensor([[1, 5], [3, 5], [2, 0]], "f32");
  const over = (fn: (row: Tensor) => Tensor) =>
    jax.vmap(fn, { axisName: "batch" });
  it("are those of all samples", () => {
    assertTensor(
      over((row) => row.sub(lax.pmax(row, "batch")))(rows),
      "f32",
      [[-2, 0], [0, 0], [-1, -5]],
    );
    assertTensor(over((row) => lax.pmin(row, "batch"))(rows), "f32", [
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    const shared = jax.vmap(
      (_: Tensor) => lax.pmax(jnp.tensor([true]), "batch"),
      { axisName: "batch", outAxes: null },
    );
    assertTensor(shared(rows), "bool", [true]);
  });
  it("share the gradient where samples tie", () => {
    const loss = (rows: Tensor) =>
      over((row) => lax.pmax(row, "batch"))(rows).at(0).sum();
    assertTensor(jax.grad(loss)(rows), "f32", [[0, 0.5], [1, 0.5], [0, 0]]);
    checkGrads((x) => over((row) => lax.pmin(row, "batch"))(x).square(), [
      [[1, 5], [3, 4], [2, 0]],
    ]);
  });
  it("go through other axes of vmap", () => {
    const inner = (row: Tensor) =>
      jax.vmap((x: Tensor) => lax.pmax(x, "outer"))(row);
    assertTensor(jax.vmap(inner, { axisName: "outer" })(rows), "f32", [
      [3, 5],
      [3, 5],
      [3, 5],
    ]);
    assertThrows(
      () => lax.pmax(1, "nowhere"),
      Error,
      'over axis "nowhere"',
    );
  });
});

describe("transformations beside grad", () => {
  const fn = (x: Tensor, y: Tensor) => x.mul(x).mul(y.sum());
  const [a, b] = [jnp.tensor([1, 2], "f32"), jnp.tensor([3, 4, 5], "f32")];
  it("jacobians by one or several arguments, in both modes", () => {
    const byA = [[24, 0], [0, 48]];
    const byB = [[1, 1, 1], [4, 4, 4]];
    for (const mode of [jax.jacrev, jax.jacfwd, jax.jacobian]) {
      assertEquals(mode(fn)(a, b).toArray(), byA);
      assertEquals(mode(fn, { argnums: 1 })(a, b).toArray(), byB);
      const both = mode(fn, { argnums: [0, 1] })(a, b);
      assertEquals(both.map((t) => t.toArray()), [byA, byB]);
    }
    const second = jax.hessian((x: Tensor, y: Tensor) => fn(y, x).sum(), {
      argnums: 1,
    });
    assertEquals(second(b, a).toArray(), [[24, 0], [0, 24]]);
    assertThrows(
      () => jax.jacrev((x: Tensor) => x.astype("i32"))(a),
      ShapeError,
      "it returned i32[2], expected one f32 tensor",
    );
    assertThrows(
      () => jax.jacfwd((x: number) => jnp.tensor(x))(3),
      ShapeError,
      "argument 0 is no tensor, expected one",
    );
  });
  it("linearize gives a function for many tangents", () => {
    const [out, push] = jax.linearize(fn, a, b);
    assertEquals(out.toArray(), [12, 48]);
    const zero = jnp.zerosLike(b);
    assertEquals(push(jnp.tensor([1, 0], "f32"), zero).toArray(), [24, 0]);
    assertEquals(push(jnp.tensor([0, 2], "f32"), zero).toArray(), [0, 96]);
    assertEquals(push(jnp.zerosLike(a), jnp.onesLike(b)).toArray(), [3, 12]);
  });
  it("evalShape runs nothing", () => {
    const shapes = jax.evalShape(
      (x: Tensor) => ({ y: [x.sum(), "kept"], z: x.argmax() }),
      a,
    );
    assertEquals(shapes, {
      y: [{ dtype: "f32", shape: [] }, "kept"],
      z: { dtype: "i32", shape: [] },
    });
  });
});

describe("trees", () => {
  const tree = { b: [1, null, 2], a: 3 };
  it("are taken apart and made again", () => {
    assertEquals(jax.tree.leaves(tree), [3, 1, 2]);
    const [leaves, structure] = jax.tree.flatten(tree);
    assertEquals(jax.tree.unflatten(structure, leaves), tree);
    assertEquals(jax.tree.structure(tree).paths, [
      "['a']",
      "['b'][0]",
      "['b'][2]",
    ]);
    assertEquals(jax.tree.leavesWithPath(tree)[0], ["['a']", 3]);
    assertEquals(jax.tree.flattenWithPath(tree)[1].size, 3);
    assertThrows(
      () => jax.tree.unflatten(structure, [1]),
      Error,
      "Cannot make a tree of 1 leaves: its structure has 3 places",
    );
  });
  it("are mapped and reduced", () => {
    const add = (x: number, y: number) => x + y;
    assertEquals(jax.tree.map(add, tree, tree), { b: [2, null, 4], a: 6 });
    assertEquals(
      jax.tree.mapWithPath((path, x: number) => `${path}=${x}`, tree),
      { b: ["['b'][0]=1", null, "['b'][2]=2"], a: "['a']=3" },
    );
    assertEquals(jax.tree.reduce(add, tree, 10), 16);
    assertEquals([jax.tree.all(tree), jax.tree.all([1, 0])], [true, false]);
  });
});

describe("further names of jnp", () => {
  it("matvec, vecmat, isin, arrayEquiv, log1mexp", () => {
    assertTensor(jnp.matvec(x, [1, 0, 2]), "f32", [7, 16]);
    assertTensor(jnp.vecmat([1, 2], x), "f32", [9, 12, 15]);
    assertTensor(jnp.isin([[1, 2], [3, 1]], [1, 9]), "bool", [
      [true, false],
      [false, true],
    ]);
    const same = (a: jnp.TensorLike, b: jnp.TensorLike) =>
      jnp.arrayEquiv(a, b).toArray();
    assertEquals(
      [same([1, 1], 1), same([1, 2], 1), same([1, 2], [1, 2, 3])],
      [true, false, false],
    );
    assertNear(
      jax.nn.log1mexp([1e-4, 0.5, 1, 20]),
      [1e-4, 0.5, 1, 20].map((v) => Math.log(-Math.expm1(-Math.fround(v)))),
      { ulps: 16 },
    );
    checkGrads((x) => jax.nn.log1mexp(x), [[0.3, 2]]);
  });
});
