/** Toy data and batches as tensors: shapes, dtypes, values, errors. */
import { describe, it } from "node:test";
import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import {
  batches,
  makeBlobs,
  makeCircles,
  makeMoons,
  PythonRandom,
  RandomState,
} from "../../src/data/mod.ts";
import { circles } from "../../src/data/toy.ts";
import { tensor } from "../../src/numpy/mod.ts";
import goldens from "../goldens/numpy_sklearn.json" with { type: "json" };
import { loadGolden } from "../support/npz.ts";

describe("data sets", () => {
  it("makeMoons() is scikit-learn's, as f32 and i32", async () => {
    const golden = await loadGolden({ npz: goldens.npz });
    const [x, y] = makeMoons({ nSamples: 1024, noise: 0.2, randomState: 42 });
    assertEquals([x.dtype, ...x.shape], ["f32", 1024, 2]);
    assertEquals([y.dtype, ...y.shape], ["i32", 1024]);
    const points = Float32Array.from(golden.values("sk/moons_1024/X"));
    assertEquals(x.dataSync(), points);
    assertEquals([...y.dataSync()], [...golden.values("sk/moons_1024/y")]);
  });
  it("makeCircles() and makeBlobs() have their shapes and classes", () => {
    const options = { nSamples: 9, factor: 0.5, shuffle: false };
    const [cx, cy] = makeCircles(options);
    assertEquals(cx.dataSync(), Float32Array.from(circles(options).x));
    assertEquals(cy.toArray(), [0, 0, 0, 0, 1, 1, 1, 1, 1]);
    const [bx, by] = makeBlobs({
      nSamples: [2, 3],
      centers: [[0, 0, 0], [9, 9, 9]],
      clusterStd: 0,
      shuffle: false,
      randomState: 1,
    });
    assertEquals([...bx.shape], [5, 3]);
    assertEquals([...bx.dataSync()], [
      ...Array(6).fill(0),
      ...Array(9).fill(9),
    ]);
    assertEquals(by.toArray(), [0, 0, 1, 1, 1]);
  });
});

describe("batches()", () => {
  const x = tensor([[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]], "f32");
  const y = tensor([0, 1, 2, 3, 4], "i32");
  const arrays = (list: ReturnType<typeof batches>) =>
    list.map(([bx, by]) => [bx.toArray(), by.toArray()]);

  it("cuts samples in order, the rest last", () => {
    const list = batches(x, y, 2);
    assertEquals(arrays(list), [
      [[[0, 1], [2, 3]], [0, 1]],
      [[[4, 5], [6, 7]], [2, 3]],
      [[[8, 9]], [4]],
    ]);
    assertEquals([list[0][0].dtype, list[0][1].dtype], ["f32", "i32"]);
  });
  it("drops an unfull last batch if asked to", () => {
    assertEquals(batches(x, y, 2, { dropLast: true }).length, 2);
    assertEquals(batches(x, y, 5, { dropLast: true }).length, 1);
    assertEquals(batches(x, y, 6, { dropLast: true }), []);
  });
  it("shuffles samples with their targets, as the generator says", () => {
    for (const make of [() => new PythonRandom(3), () => new RandomState(3)]) {
      const order = [0, 1, 2, 3, 4];
      make().shuffle(order);
      assertNotEquals(order, [0, 1, 2, 3, 4]);
      const list = batches(x, y, 2, { shuffle: make() });
      assertEquals(list.flatMap(([, by]) => by.toArray()), order);
      assertEquals(
        list.flatMap(([bx]) => bx.toArray()),
        order.map((i) => [2 * i, 2 * i + 1]),
      );
    }
  });
  it("makes tensors that stay on the host", () => {
    for (const list of [batches(x, y, 2), [makeMoons({ nSamples: 4 })]]) {
      const devices = list.flat().map((t) => t.value.storage?.device);
      assertEquals(new Set(devices), new Set(["host"]));
    }
  });
  it("refuses sizes that make no batches", () => {
    assertThrows(
      () => batches(x, y, 0),
      ShapeError,
      "Cannot make batches: the batch size is 0, expected a whole number " +
        "from 1: choose another size",
    );
    assertThrows(
      () => batches(x, tensor([1, 2], "i32"), 2),
      ShapeError,
      "Cannot make batches: x is f32[5,2] and y i32[2], expected equal " +
        "sizes on axis 0: give one target for each sample",
    );
  });
});
