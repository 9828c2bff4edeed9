import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import type { Tensor } from "../../src/numpy/mod.ts";
import { checkGrads } from "../support/check_grads.ts";
import { jnp } from "./names.ts";
import { assertNear, assertTensor } from "./near.ts";

const { linalg } = jnp;
const a = [[2, -1, 0.5], [1, 3, -2], [0.5, 1, 4]];
const A = jnp.tensor(a);
/** By Sarrus. */
const DET = 2 * (3 * 4 + 2) + 1 * (1 * 4 + 2 * 0.5) + 0.5 * (1 - 3 * 0.5);

/** Largest absolute difference. */
function distance(x: Tensor, y: Tensor): number {
  return Number(x.sub(y).abs().max().toArray());
}

describe("products", () => {
  it("kron, cross, vecdot, multiDot, matrixTranspose", () => {
    assertTensor(jnp.kron([1, 2], [3, 4]), "i32", [3, 4, 6, 8]);
    assertTensor(jnp.kron([[1, 2]], [[1], [3]]), "i32", [[1, 2], [3, 6]]);
    assertEquals(jnp.kron([1, 2], [[1], [3]]).shape, [2, 2]);
    assertTensor(jnp.cross([1, 0, 0], [0, 1, 0]), "i32", [0, 0, 1]);
    assertTensor(jnp.cross([1, 2], [3, 4]), "i32", -2);
    assertTensor(
      jnp.cross([[1], [0], [0]], [[0], [1], [0]], 0),
      "i32",
      [[0], [0], [1]],
    );
    assertTensor(jnp.vecdot([[1, 2], [3, 4]], [1, 1]), "f32", [3, 7]);
    assertTensor(jnp.multiDot([[[1, 2]], [[1], [1]], [[3]]]), "f32", [[9]]);
    assertEquals(jnp.matrixTranspose(jnp.ones([2, 3, 4])).shape, [2, 4, 3]);
    checkGrads((a, b) => jnp.kron(a, b), [[[1, 2]], [[3], [4]]]);
    checkGrads((a, b) => jnp.cross(a, b), [[1, 2, 3], [4, -5, 6]]);
  });
  it("say what does not fit", () => {
    assertThrows(
      () => jnp.cross([1], [1]),
      ShapeError,
      "Cannot take the cross product of i32[1] and i32[1]: axis -1 has sizes 1",
    );
    assertThrows(() => jnp.multiDot([A]), ShapeError, "a chain of 1 matrices");
    assertThrows(
      () => jnp.matrixTranspose([1]),
      ShapeError,
      "Cannot transpose matrices of i32[1]",
    );
  });
});

describe("factorisations", () => {
  for (const [m, n] of [[3, 3], [5, 3], [3, 5]]) {
    it(`qr of ${m} x ${n}`, () => {
      const x = jnp.random.normal(jnp.random.key(3), [m, n]);
      const [q, r] = linalg.qr(x);
      const k = Math.min(m, n);
      assertEquals([q.shape, r.shape], [[m, k], [k, n]]);
      assert(distance(q.matmul(r), x) < 2e-6);
      assert(distance(q.T.matmul(q), jnp.eye(k)) < 2e-6);
      assertEquals(r.toArray(), jnp.triu(r).toArray());
      const [full, tall] = linalg.qr(x, { mode: "complete" });
      assertEquals([full.shape, tall.shape], [[m, m], [m, n]]);
      assert(distance(full.matmul(tall), x) < 2e-6);
    });
  }
  it("qr of what needs no reflection, and of nothing but zeros", () => {
    const [q, r] = linalg.qr(jnp.eye(2));
    assert(distance(q.matmul(r), jnp.eye(2)) === 0);
    const [, zero] = linalg.qr(jnp.zeros([2, 2]));
    assertEquals(zero.toArray(), [[0, 0], [0, 0]]);
  });
  it("cholesky", () => {
    const s = A.matmul(A.T);
    const l = linalg.cholesky(s);
    assertEquals(l.toArray(), jnp.tril(l).toArray());
    assert(distance(l.matmul(l.T), s) < 4e-6);
    assertEquals(
      jnp.isnan(linalg.cholesky([[1, 2], [2, 1]])).any().toArray(),
      true,
    );
  });
  it("go through stacks", () => {
    const stack = jnp.stack([A, A.T]).reshape(1, 2, 3, 3);
    const [q, r] = linalg.qr(stack);
    assertEquals([q.shape, r.shape], [[1, 2, 3, 3], [1, 2, 3, 3]]);
    assert(distance(q.matmul(r), stack) < 2e-6);
    assertNear(linalg.det(stack), [DET, DET]);
    assertEquals(linalg.inv(stack).shape, [1, 2, 3, 3]);
  });
  it("have derivatives", () => {
    checkGrads((x) => linalg.qr(x)[1], [a], { order: 1 });
    checkGrads((x) => linalg.cholesky(x.matmul(x.T)), [a], { order: 1 });
    checkGrads((x) => linalg.det(x), [a], { order: 1 });
    checkGrads((x, b) => linalg.solve(x, b), [a, [1, 2, 3]], { order: 1 });
    checkGrads((x) => linalg.slogdet(x)[1], [a], { order: 1 });
  });
});

describe("equations", () => {
  it("are solved, with rows exchanged where a pivot is 0", () => {
    const b = jnp.tensor([1, -2, 3], "f32");
    assert(distance(A.matmul(linalg.solve(A, b)), b) < 2e-6);
    assertNear(linalg.solve([[0, 2], [4, 0]], [[6, 2], [8, 4]]), [2, 1, 3, 1]);
    assert(distance(A.matmul(linalg.inv(A)), jnp.eye(3)) < 2e-6);
    assertNear(linalg.lstsq([[1, 0], [1, 1], [1, 2]], [1, 3, 5]), [1, 2], {
      ulps: 64,
    });
  });
  it("have determinants", () => {
    assertNear(linalg.det(A), DET);
    assertNear(linalg.det([[0, 1], [1, 0]]), -1);
    assertNear(linalg.det([[1, 2], [2, 4]]), 0);
    const [sign, log] = linalg.slogdet(A.neg());
    assertEquals(sign.toArray(), -1);
    assertNear(log, Math.log(DET));
  });
  it("have powers", () => {
    const m = jnp.tensor([[1, 1], [0, 2]], "f32");
    assertTensor(linalg.matrixPower(m, 3), "f32", [[1, 7], [0, 8]]);
    assertTensor(linalg.matrixPower(m, 0), "f32", [[1, 0], [0, 1]]);
    assertTensor(linalg.matrixPower(m, -1), "f32", [[1, -0.5], [0, 0.5]]);
  });
  it("say what does not fit", () => {
    const cases: [() => unknown, string][] = [
      [
        () => linalg.inv(jnp.ones([2, 3])),
        "Cannot invert f32[2,3]: expected square matrices, [..,n,n]",
      ],
      [
        () => linalg.qr([1, 2]),
        "Cannot factorise f32[2]: expected matrices, [..,m,n]",
      ],
      [
        () => linalg.solve(A, [1, 2]),
        "Cannot solve with f32[3,3] and f32[2]: expected [3], or [3,k]",
      ],
      [
        () => linalg.lstsq(jnp.ones([2, 3]), [1, 2]),
        "Cannot solve with f32[2,3] and i32[2]: expected [m,n] with m at least",
      ],
      [
        () => linalg.matrixPower(A, 0.5),
        "Cannot take the power 0.5 of f32[3,3], expected an integer",
      ],
      [
        () => linalg.norm(A, { ord: 3, axis: [0, 1] }),
        "Cannot take the norm of order 3 of matrices: it needs singular values",
      ],
      [
        () => linalg.norm(jnp.ones([1, 1, 1]), { ord: 1 }),
        "Cannot take the norm of order 1 of f32[1,1,1] over 3 axes",
      ],
    ];
    for (const [fn, message] of cases) assertThrows(fn, ShapeError, message);
  });
});

describe("norms", () => {
  const v = jnp.tensor([3, -4, 0], "f32");
  it("of vectors", () => {
    const of = (ord: number) => linalg.norm(v, { ord });
    assertNear(linalg.norm(v), 5);
    assertNear(of(2), 5);
    assertNear(of(1), 7);
    assertNear(of(0), 2);
    assertNear(of(Infinity), 4);
    assertNear(of(-Infinity), 0);
    assertNear(of(3), Math.cbrt(27 + 64));
    assertNear(linalg.vectorNorm([[3, 4], [6, 8]], { axis: 1 }), [5, 10]);
  });
  it("of matrices", () => {
    const m = jnp.tensor([[1, -2], [3, 4]], "f32");
    const of = (ord: number | "fro") => linalg.norm(m, { ord });
    assertNear(of("fro"), Math.sqrt(30));
    assertNear(of(1), 6);
    assertNear(of(-1), 4);
    assertNear(of(Infinity), 7);
    assertNear(of(-Infinity), 3);
    assertNear(linalg.matrixNorm(jnp.stack([m, m.T]), { ord: 1 }), [6, 7]);
    assertEquals(
      linalg.norm(m, { ord: 1, axis: [0, 1], keepdims: true }).shape,
      [1, 1],
    );
    assertEquals(linalg.matrixNorm(m, { keepdims: true }).shape, [1, 1]);
  });
});
