import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import * as jnp from "../../src/numpy/mod.ts";
import { type Tensor, tensor, type TensorLike } from "../../src/numpy/mod.ts";

/** Small integers, so that sums are exact in any order. */
function numbers(...shape: number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return jnp.arange(size).mod(7).sub(3).astype("f32").reshape(shape);
}

/** The product by broadcasting and summing. */
function product(a: Tensor, b: Tensor): Tensor {
  return jnp.expandDims(a, -1).mul(jnp.expandDims(b, -3)).sum(-2);
}

function assertSame(actual: Tensor, expected: Tensor): void {
  assertEquals(actual.shape, expected.shape);
  assertEquals(actual.toArray(), expected.toArray());
}

describe("matmul", () => {
  it("multiplies matrices, and vectors as rows or columns", () => {
    const a = numbers(3, 4), b = numbers(4, 2);
    assertSame(jnp.matmul(a, b), product(a, b));
    assertSame(a.at(0).matmul(b), product(a, b).at(0));
    assertSame(a.matmul(b.T.at(1)), product(a, b).T.at(1));
    assertEquals(tensor([1, 2]).matmul([3, 4]).toArray(), 11);
    assertEquals(tensor([[1, 2]]).matmul([[3], [4]]).dtype, "f32");
  });
  it("broadcasts leading axes", () => {
    const cases = [
      [numbers(5, 3, 4), numbers(5, 4, 2)],
      [numbers(5, 1, 3, 4), numbers(2, 4, 2)],
      [numbers(5, 3, 4), numbers(4, 2)],
      [numbers(3, 4), numbers(5, 4, 2)],
    ];
    for (const [a, b] of cases) assertSame(a.matmul(b), product(a, b));
    const row = numbers(4), stack = numbers(5, 4, 2);
    assertSame(row.matmul(stack), product(row.reshape(1, 4), stack).squeeze(1));
  });
  it("says which sizes do not fit", () => {
    assertThrows(
      () => jnp.ones([2, 3]).matmul(jnp.ones([2, 3])),
      ShapeError,
      "Cannot multiply f32[2,3] and f32[2,3]: the last axis of the first has " +
        "size 3, axis 0 of the second 2",
    );
    assertThrows(() => jnp.ones([2]).matmul(3), ShapeError, "use mul");
    assertThrows(
      () => jnp.ones([2, 3, 4]).matmul(jnp.ones([3, 4, 2])),
      ShapeError,
      "axis 0 has sizes 2 and 3",
    );
  });
});

describe("other products", () => {
  it("dot", () => {
    assertEquals(jnp.dot(2, [1, 2]).toArray(), [2, 4]);
    assertEquals(jnp.dot(numbers(2, 3), numbers(4, 3, 5)).shape, [2, 4, 5]);
    assertEquals(jnp.vdot([[1, 2]], [3, 4]).toArray(), 11);
    assertEquals(jnp.inner([1, 2], [[3, 4], [5, 6]]).toArray(), [11, 17]);
    assertEquals(jnp.outer([1, 2], [3, 4]).toArray(), [[3, 4], [6, 8]]);
  });
  it("tensordot", () => {
    const a = numbers(2, 3, 4), b = numbers(3, 4, 5);
    assertSame(
      jnp.tensordot(a, b),
      a.reshape(2, 12).matmul(b.reshape(12, 5)),
    );
    assertSame(
      jnp.tensordot(a, b, [[1], [0]]),
      jnp.einsum("abc,bde->acde", a, b),
    );
    assertThrows(
      () => jnp.tensordot(a, b, [[0, 1], [0]]),
      ShapeError,
      "as many of both",
    );
  });
});

describe("einsum", () => {
  const a = numbers(2, 3), b = numbers(3, 4), c = numbers(5, 2, 3);
  const cases: [string, TensorLike[], Tensor][] = [
    ["ij,jk->ik", [a, b], a.matmul(b)],
    ["ij,jk", [a, b], a.matmul(b)],
    ["ij,jk->ki", [a, b], a.matmul(b).T],
    ["ij->ji", [a], a.T],
    ["ij->", [a], a.sum()],
    ["ij->j", [a], a.sum(0)],
    ["ii", [a.matmul(a.T)], a.mul(a).sum()],
    ["ii->i", [a.matmul(a.T)], a.mul(a).sum(1)],
    ["ij,ij->ij", [a, a], a.mul(a)],
    ["i,j->ij", [[1, 2], [3, 4]], tensor([[3, 4], [6, 8]], "f32")],
    ["bij,jk->bik", [c, b], c.matmul(b)],
    ["bij,bkj->bik", [c, c], c.matmul(jnp.swapaxes(c, 1, 2))],
    ["ij,jk,kl->il", [a, b, b.T], a.matmul(b).matmul(b.T)],
    ["ij,kl->i", [a, b], a.sum(1).mul(b.sum())],
    [" i j , j -> i ", [a, [1, 2, 3]], a.matmul([1, 2, 3])],
  ];
  for (const [formula, operands, expected] of cases) {
    it(formula, () => assertSame(jnp.einsum(formula, ...operands), expected));
  }
  it("explains what does not fit", () => {
    const wrong: [string, TensorLike[], string][] = [
      ["ij,jk->ik", [a], "2 operands are named, 1 were given"],
      ["i->i", [a], '"i" names 1 axes, not 2'],
      ["ij,ik->jk", [a, b], 'axis "i" has sizes 2 and 3'],
      ["ij->k", [a], '"k" of the result is in no operand'],
      ["ij->ii", [a], '"i" occurs twice in the result'],
      ["i.->i", [a], "expected letters"],
    ];
    for (const [formula, operands, message] of wrong) {
      assertThrows(() => jnp.einsum(formula, ...operands), ShapeError, message);
    }
  });
});
