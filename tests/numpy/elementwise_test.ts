import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import * as jnp from "../../src/numpy/mod.ts";
import { type Tensor, tensor } from "../../src/numpy/mod.ts";

const f = Math.fround;

function assertTensor(t: Tensor, dtype: string, elements: unknown): void {
  assertEquals([t.dtype, t.toArray()], [dtype, elements]);
}

describe("dtypes of results", () => {
  const i = tensor([1, 2]), u = tensor([1, 2], "u32");
  const x = tensor([1, 2], "f32"), b = tensor([true, false]);
  it("follow bool < u32 < i32 < f32", () => {
    assertTensor(b.add(b), "i32", [2, 0]);
    assertTensor(b.add(u), "u32", [2, 2]);
    assertTensor(u.add(i), "i32", [2, 4]);
    assertTensor(i.add(x), "f32", [2, 4]);
  });
  it("take JS numbers as weak", () => {
    assertTensor(i.add(1), "i32", [2, 3]);
    assertTensor(i.add(0.5), "f32", [1.5, 2.5]);
    assertTensor(u.mul(3), "u32", [3, 6]);
    assertTensor(x.add(1), "f32", [2, 3]);
    assertTensor(b.add(1), "i32", [2, 1]);
    assertTensor(b.mul(0.5), "f32", [0.5, 0]);
    assertTensor(i.add(true), "i32", [2, 3]);
    assertTensor(jnp.where(b, b, 5), "i32", [1, 5]);
    assertTensor(jnp.where(b, u, 5), "u32", [1, 5]);
    assertTensor(jnp.add(1, 2), "i32", 3);
    assertTensor(jnp.add(1, 0.5), "f32", 1.5);
  });
  it("are floats where numpy divides or calls a float function", () => {
    assertTensor(i.div(2), "f32", [0.5, 1]);
    assertTensor(jnp.sqrt(tensor([4, 9])), "f32", [2, 3]);
    assertTensor(jnp.exp(b), "f32", [f(Math.E), 1]);
    assertTensor(jnp.arctan2(tensor([0]), tensor([1])), "f32", [0]);
  });
  it("stay integers for rounding, sign, abs and square", () => {
    assertTensor(jnp.floor(i), "i32", [1, 2]);
    assertTensor(jnp.sign(tensor([-3, 0, 2])), "i32", [-1, 0, 1]);
    assertTensor(jnp.sign(u), "u32", [1, 1]);
    assertTensor(jnp.abs(u), "u32", [1, 2]);
    assertTensor(jnp.abs(tensor([-3])), "i32", [3]);
    assertTensor(jnp.square(tensor([-3])), "i32", [9]);
  });
});

describe("broadcasting", () => {
  it("leaves nothing of 1 where the other has nothing", () => {
    const sum = jnp.add(jnp.ones([3, 1]), jnp.ones([0]));
    assertEquals([sum.shape, sum.toArray()], [[3, 0], [[], [], []]]);
  });
  it("aligns axes at the right", () => {
    const column = tensor([[1], [2]]);
    assertEquals(column.add([10, 20]).toArray(), [[11, 21], [12, 22]]);
    assertEquals(jnp.ones([4, 1, 3]).mul(jnp.ones([2, 1])).shape, [4, 2, 3]);
    assertEquals(
      jnp.where([[true], [false]], [1, 2], 0).toArray(),
      [[1, 2], [0, 0]],
    );
  });
  it("names the operation and the axis that does not fit", () => {
    const cases: [() => Tensor, string][] = [
      [
        () => jnp.ones([32, 2]).add(jnp.ones(3)),
        "Cannot add f32[32,2] and f32[3]: axis 1 has sizes 2 and 3",
      ],
      [
        () => jnp.subtract(jnp.ones([2, 3]), jnp.ones([3, 3])),
        "Cannot subtract f32[2,3] and f32[3,3]: axis 0 has sizes 2 and 3",
      ],
      [
        () => jnp.ones([2]).less(tensor([1, 2, 3])),
        "Cannot compare f32[2] and i32[3]: axis 0 has sizes 2 and 3",
      ],
    ];
    for (const [fn, message] of cases) assertThrows(fn, ShapeError, message);
  });
});

describe("arithmetic", () => {
  it("rounds quotients down and gives rests the divisor's sign", () => {
    const a = [7, -7, 7, -7, 6], b = [3, 3, -3, -3, 3];
    const expected = { quotient: [2, -3, -3, 2, 2], rest: [1, 2, -2, -1, 0] };
    for (const dtype of ["i32", "f32"] as const) {
      const x = tensor(a, dtype), y = tensor(b, dtype);
      assertTensor(jnp.floorDivide(x, y), dtype, expected.quotient);
      assertTensor(jnp.mod(x, y), dtype, expected.rest);
    }
    assertTensor(jnp.remainder(tensor([-7.5]), 2), "f32", [0.5]);
    assertTensor(jnp.fmod(tensor(a), tensor(b)), "i32", [1, -1, 1, -1, 0]);
    assertTensor(jnp.mod(tensor([7], "u32"), 4), "u32", [3]);
  });
  it("multiplies out integer powers", () => {
    assertTensor(tensor([-3, 2]).pow(3), "i32", [-27, 8]);
    assertTensor(tensor([-2, 4], "f32").pow(-2), "f32", [0.25, 0.0625]);
    assertTensor(tensor([0, 5], "f32").pow(0), "f32", [1, 1]);
    assertTensor(tensor([4, 9], "f32").pow(0.5), "f32", [2, 3]);
    assertTensor(jnp.power(2, tensor([1, 3], "f32")), "f32", [2, 8]);
    assertThrows(
      () => tensor([2]).pow(tensor([3])),
      ShapeError,
      "Cannot raise i32[1] to the power of i32[1]",
    );
    const slope = jnp.jax.grad((x: Tensor) => x.pow(2).sum());
    assertEquals(slope(tensor([0, -3], "f32")).toArray(), [0, -6]);
  });
  it("lets NaN win and keeps bools in extremes", () => {
    assertEquals(
      jnp.maximum(tensor([NaN, 1]), 0).toArray(),
      [NaN, 1],
    );
    assertTensor(jnp.maximum([true, false], [false, false]), "bool", [
      true,
      false,
    ]);
    assertTensor(jnp.minimum([true, true], [false, true]), "bool", [
      false,
      true,
    ]);
  });
  it("clips", () => {
    const x = tensor([-2, 0, 3], "f32");
    assertTensor(jnp.clip(x, -1, 1), "f32", [-1, 0, 1]);
    assertTensor(jnp.clip(x, null, 1), "f32", [-2, 0, 1]);
    assertTensor(jnp.clip(x, 0), "f32", [0, 0, 3]);
  });
  it("computes float functions", () => {
    const x = [0.3, 1.7];
    const cases: [Tensor, (x: number) => number][] = [
      [jnp.exp(x), Math.exp],
      [jnp.expm1(x), Math.expm1],
      [jnp.log(x), Math.log],
      [jnp.log1p(x), Math.log1p],
      [jnp.sin(x), Math.sin],
      [jnp.cos(x), Math.cos],
      [jnp.tan(x), Math.tan],
      [jnp.tanh(x), Math.tanh],
      [jnp.reciprocal(x), (v) => 1 / v],
      [jnp.ceil(x), Math.ceil],
      [jnp.floor(x), Math.floor],
      [jnp.round(x), Math.round],
      [jnp.negative(x), (v) => -v],
    ];
    for (const [actual, fn] of cases) {
      (actual.toArray() as number[]).forEach((y, i) => {
        const expected = fn(f(x[i]));
        assert(Math.abs(y - expected) <= 1e-6 * Math.abs(expected));
      });
    }
  });
});

describe("truth values", () => {
  it("combine", () => {
    const a = [true, true, false, false], b = [1, 0, 1, 0];
    assertTensor(jnp.logicalAnd(a, b), "bool", [true, false, false, false]);
    assertTensor(jnp.logicalOr(a, b), "bool", [true, true, true, false]);
    assertTensor(jnp.logicalXor(a, b), "bool", [false, true, true, false]);
    assertTensor(jnp.logicalNot(tensor(b)), "bool", [false, true, false, true]);
    assertTensor(jnp.logicalAnd(tensor(b), true), "bool", [
      true,
      false,
      true,
      false,
    ]);
  });
  it("tell NaN and infinity", () => {
    const x = [1, NaN, Infinity, -Infinity];
    assertTensor(jnp.isnan(x), "bool", [false, true, false, false]);
    assertTensor(jnp.isfinite(x), "bool", [true, false, false, false]);
    assertTensor(jnp.isnan(tensor([1])), "bool", [false]);
  });
  it("compare bools and dtypes of both kinds", () => {
    assertTensor(jnp.equal([true, false], [1, 1]), "bool", [true, false]);
    assertTensor(jnp.less([true, false], true), "bool", [false, true]);
    assertTensor(jnp.greaterEqual(tensor([1, 2]), 1.5), "bool", [false, true]);
  });
  it("have no sign", () => {
    assertThrows(
      () => tensor([true]).neg(),
      ShapeError,
      "Cannot negate bool[1]: a bool has no arithmetic",
    );
  });
});
