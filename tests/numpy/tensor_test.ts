import { describe, it } from "node:test";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ShapeError, TraceError } from "../../src/base/errors.ts";
import { asTensor, jax, type Tensor, tensor } from "../../src/numpy/mod.ts";

const matrix = tensor([[1, 2, 3], [4, 5, 6]], "f32");

describe("tensor(data)", () => {
  it("finds dtype and shape as JAX does", () => {
    const cases: [Parameters<typeof tensor>[0], string, number[]][] = [
      [3, "i32", []],
      [3.5, "f32", []],
      [2 ** 31, "f32", []],
      [true, "bool", []],
      [[1, 2], "i32", [2]],
      [[1, 2.5], "f32", [2]],
      [[true, 2], "i32", [2]],
      [[[true], [false]], "bool", [2, 1]],
      [[], "f32", [0]],
      [[[], []], "f32", [2, 0]],
      [new Float32Array(2), "f32", [2]],
      [new Float64Array(2), "f32", [2]],
      [new Int8Array(2), "i32", [2]],
      [new Uint8Array(2), "u32", [2]],
      [new Uint8ClampedArray(2), "u32", [2]],
    ];
    for (const [data, dtype, shape] of cases) {
      const t = tensor(data);
      assertEquals([t.dtype, t.shape], [dtype, shape]);
    }
  });
  it("converts to a dtype that is asked for", () => {
    assertEquals(tensor([0, 2, 0.5], "bool").toArray(), [false, true, true]);
    assertEquals(tensor([1.7, -1.7], "i32").toArray(), [1, -1]);
    assertEquals(tensor([-1], "u32").toArray(), [2 ** 32 - 1]);
    assertEquals(tensor([0.1], "f32").toArray(), [Math.fround(0.1)]);
  });
  it("copies a typed array", () => {
    const data = new Float32Array([1, 2]);
    const t = tensor(data);
    data[0] = 9;
    assertEquals(t.toArray(), [1, 2]);
  });
  it("stacks tensors in arrays", () => {
    const t = tensor([[1, tensor(2.5)], tensor([3, 4])]);
    assertEquals([t.dtype, t.toArray()], ["f32", [[1, 2.5], [3, 4]]]);
  });
  it("refuses ragged arrays, strings and 64-bit integers", () => {
    assertThrows(
      () => tensor([[1, 2], [3]]),
      ShapeError,
      "Cannot make a tensor: an array of 1 was given at depth 1 of nested " +
        "arrays of shape [2,2], expected an array of 2, as at the start",
    );
    assertThrows(
      () => tensor(["a"] as unknown as number[]),
      ShapeError,
      'Cannot make a tensor: "a" was given at depth 1',
    );
    assertThrows(
      () => tensor(new BigInt64Array(2) as unknown as number[]),
      ShapeError,
      "a BigInt64Array was given, expected elements of at most 32 bits",
    );
  });
  it("takes everything with a toTensor method", () => {
    const source = { toTensor: () => matrix };
    assertEquals(matrix.add(source).toArray(), [[2, 4, 6], [8, 10, 12]]);
    assertEquals(asTensor(source).value, matrix.value);
    assertEquals(asTensor(matrix), matrix);
  });
});

describe("Tensor", () => {
  it("knows its sizes", () => {
    const { shape, ndim, size, dtype, device } = matrix;
    assertEquals([shape, ndim, size, dtype, device], [
      [2, 3],
      2,
      6,
      "f32",
      "host",
    ]);
    assertEquals(matrix.T.shape, [3, 2]);
  });
  it("has methods for the common functions", () => {
    const x = tensor([1, 4], "f32");
    const results: [Tensor, unknown][] = [
      [x.add(1), [2, 5]],
      [x.sub([1, 2]), [0, 2]],
      [x.mul(2), [2, 8]],
      [x.div(2), [0.5, 2]],
      [x.mod(3), [1, 1]],
      [x.pow(2), [1, 16]],
      [x.neg(), [-1, -4]],
      [x.neg().abs(), [1, 4]],
      [x.sqrt(), [1, 2]],
      [x.square(), [1, 16]],
      [x.maximum(2), [2, 4]],
      [x.minimum(2), [1, 2]],
      [x.sub(1).exp().log(), [0, 3]],
      [x.mul(0).tanh(), [0, 0]],
      [x.equal(1), [true, false]],
      [x.notEqual(1), [false, true]],
      [x.less(4), [true, false]],
      [x.lessEqual(4), [true, true]],
      [x.greater(1), [false, true]],
      [x.greaterEqual(1), [true, true]],
      [x.equal(1).logicalOr(x.equal(4)), [true, true]],
      [x.equal(1).logicalAnd(x.equal(4)), [false, false]],
      [x.equal(1).logicalNot(), [false, true]],
      [matrix.sum(), 21],
      [matrix.sum(0), [5, 7, 9]],
      [matrix.sum(1, { keepdims: true }), [[6], [15]]],
      [matrix.mean(-1), [2, 5]],
      [matrix.max(0), [4, 5, 6]],
      [matrix.min(1), [1, 4]],
      [matrix.prod(1), [6, 120]],
      [matrix.argmax(1), [2, 2]],
      [matrix.argmin(), 0],
      [x.var(), 2.25],
      [x.std(), 1.5],
      [x.greater(2).any(), true],
      [x.greater(2).all(), false],
      [matrix.matmul([1, 0, 1]), [4, 10]],
      [matrix.dot([[1], [0], [1]]), [[4], [10]]],
      [matrix.reshape(3, -1), [[1, 2], [3, 4], [5, 6]]],
      [matrix.reshape([6]), [1, 2, 3, 4, 5, 6]],
      [matrix.flatten(), [1, 2, 3, 4, 5, 6]],
      [matrix.ravel(), [1, 2, 3, 4, 5, 6]],
      [matrix.transpose(), [[1, 4], [2, 5], [3, 6]]],
      [matrix.transpose(1, 0), [[1, 4], [2, 5], [3, 6]]],
      [matrix.reshape(1, 6).squeeze(), [1, 2, 3, 4, 5, 6]],
      [x.astype("bool"), [true, true]],
    ];
    for (const [actual, expected] of results) {
      assertEquals(actual.toArray(), expected as number[]);
    }
  });
  it("reads its elements", async () => {
    assertEquals(await matrix.sum().item(), 21);
    assertEquals(await matrix.greater(0).all().item(), true);
    assertEquals(await matrix.at(0).data(), new Float32Array([1, 2, 3]));
    assertEquals(matrix.at(0).dataSync(), new Float32Array([1, 2, 3]));
    await assertRejects(
      () => matrix.item(),
      ShapeError,
      "Cannot read f32[2,3] as one number: it has 6 elements, expected 1",
    );
  });
  it("hands out copies", async () => {
    const x = tensor([1, 2]);
    x.dataSync()[0] = 9;
    (await x.data())[0] = 9;
    assertEquals(x.toArray(), [1, 2]);
  });
  it("is indexed by numbers, ranges and tensors", () => {
    assertEquals(matrix.at(-1).toArray(), [4, 5, 6]);
    assertEquals(matrix.at([1, 0, -1]).shape, [3, 3]);
    assertEquals(matrix.slice(0, 2).toArray(), 3);
    assertEquals(matrix.slice(null, [1, null]).toArray(), [[2, 3], [5, 6]]);
    assertEquals(matrix.slice([0, 1]).toArray(), [[1, 2, 3]]);
    assertEquals(matrix.slice(0, [null, null, -1]).toArray(), [3, 2, 1]);
    assertEquals(matrix.slice(0, [-2, 9]).toArray(), [2, 3]);
    assertEquals(matrix.slice(0, [2, 0, -1]).toArray(), [3, 2]);
    assertEquals(matrix.slice(0, [2, 1]).toArray(), []);
    assertEquals(matrix.slice(0, [0, 2, -1]).toArray(), []);
    assertThrows(
      () => matrix.at(2),
      ShapeError,
      "Cannot index f32[2,3]: index 2 was given on axis 0, expected -2 to 1",
    );
    assertThrows(() => matrix.slice(0, 0, 0), ShapeError, "3 ranges");
    assertThrows(() => matrix.slice([0, 2, 0]), ShapeError, "not 0");
  });
  it("refuses to be a number, and says what to write", () => {
    const x = matrix as unknown as number;
    assertThrows(
      () => x * 2,
      TraceError,
      "Cannot convert a tensor to a number: f32[2,3] was used with a JS " +
        "operator, expected a method: write x.mul(2) instead of x * 2, and " +
        "await x.item() to read one element",
    );
    assertThrows(() => x > 1, TraceError);
    assertThrows(() => x + 1, TraceError);
  });
});

describe("a tensor as text", () => {
  it("shows dtype, shape and elements", () => {
    assertEquals(`${matrix}`, "Tensor f32[2,3] [[1, 2, 3], [4, 5, 6]]");
    assertEquals(String(tensor(true)), "Tensor bool[] true");
    assertEquals(String(tensor(0.1)), "Tensor f32[] 0.1");
    assertEquals(
      String(tensor([NaN, Infinity, -0])),
      "Tensor f32[3] [NaN, Infinity, -0]",
    );
  });
  it("breaks lines between rows and leaves out the middle", () => {
    const wide = tensor(Array.from({ length: 200 }, (_, i) => i));
    assertEquals(
      String(wide),
      "Tensor i32[200] [0, 1, 2, ..., 197, 198, 199]",
    );
    assertEquals(
      String(wide.slice([0, 40]).reshape(2, 20).astype("bool")).split("\n")
        .length,
      3,
    );
  });
  it("is what console.log shows", () => {
    for (const name of ["nodejs.util.inspect.custom", "Deno.customInspect"]) {
      const inspect = (matrix as unknown as Record<symbol, () => string>)[
        Symbol.for(name)
      ];
      assertEquals(inspect.call(matrix), String(matrix));
    }
  });
  it("names the function that traces", () => {
    let text = "";
    jax.jit(function step(x: Tensor) {
      text = String(x);
      assertEquals(x.device, "traced");
      return x;
    })(matrix);
    assertEquals(text, 'Traced f32[2,3] in "step"');
  });
});

describe("reading a traced tensor", () => {
  it("says what to do instead", () => {
    assertThrows(
      () =>
        jax.jit(function step(x: Tensor) {
          return x.toArray() as unknown as Tensor;
        })(matrix),
      TraceError,
      'Cannot read elements: f32[2,3] is being traced in "step" and has no ' +
        "elements yet, expected a concrete tensor",
    );
  });
  it("finds a leaked one", () => {
    let leaked = matrix;
    jax.jit(function step(x: Tensor) {
      leaked = x;
      return x;
    })(matrix);
    assertThrows(() => leaked.dataSync(), TraceError, 'leaked out of "step"');
    assertThrows(() => leaked.add(1), TraceError, 'leaked out of "step"');
  });
});
