/**
 * What optimizers do with trees: `null` gradients, structures, parameter
 * classes, states, and how they trace.
 */
import { describe, it } from "node:test";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ShapeError, TreeError } from "../../src/base/errors.ts";
import { type NodeParts, TREE_NODE, treeLeaves } from "../../src/base/tree.ts";
import { jit, makeProgram } from "../../src/numpy/jax.ts";
import { type Tensor, tensor, type TensorLike } from "../../src/numpy/mod.ts";
import {
  adam,
  adamw,
  addDecayedWeights,
  applyUpdates,
  chain,
  clip,
  clipByGlobalNorm,
  type GradientTransformation,
  identity,
  scale,
  scaleByLearningRate,
  scaleBySchedule,
  sgd,
  trace,
} from "../../src/optim/mod.ts";

/** A tensor of floats, whole ones too. */
const f32 = (data: TensorLike): Tensor => tensor(data, "f32");

/** The elements of all tensors of a tree. */
function numbers(tree: unknown): number[] {
  return treeLeaves(tree).flatMap((leaf) => [...(leaf as Tensor).dataSync()]);
}

/** A class that takes part in trees, as parameters do. */
class Box {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
  [TREE_NODE](): NodeParts {
    return {
      key: () => ".value",
      children: [this.value],
      metadata: [Box],
      rebuild: ([value]) => new Box(value),
    };
  }
}

describe("update()", () => {
  it("keeps the structure of nested trees, classes included", () => {
    const params = { a: [new Box(f32([1, 2])), null], b: f32(3) };
    const gradients = { a: [new Box(f32([1, 1])), null], b: f32(2) };
    const optimizer = sgd(0.5, { momentum: 0.9 });
    const [updates, [state]] = optimizer.update(
      gradients,
      optimizer.init(params),
      params,
    );
    const next = applyUpdates(params, updates);
    assertEquals(next.a[0] instanceof Box, true);
    assertEquals(next.a[1], null);
    assertEquals(numbers(next), [0.5, 1.5, 2]);
    assertEquals(numbers(state), [1, 1, 2]);
  });
  it("gives null for a null gradient", () => {
    for (const optimizer of [sgd(1), sgd(1, { momentum: 0.5 }), adamw(1)]) {
      const params = { a: f32(1), b: f32([2, 3]) };
      const updates = update(optimizer, { a: null, b: f32([1, 1]) }, params);
      assertEquals(updates.a, null);
      assertEquals(updates.b.shape, [2]);
    }
  });
  it("does not move a frozen parameter, and later goes on with it", () => {
    const optimizer: GradientTransformation = adam(0.1);
    const params = { a: f32(1) };
    let state = optimizer.init(params);
    const step = (a: Tensor | null): Tensor | null => {
      let updates: { a: Tensor | null };
      [updates, state] = optimizer.update({ a }, state, params);
      return updates.a;
    };
    step(f32(2));
    const moments = numbers(state).slice(1);
    assertEquals(step(null), null);
    assertEquals(numbers(state), [2, ...moments]);
    // m = .9 * .2 + .1 * 2, v = .999 * .004 + .001 * 4, third update
    const m = 0.38 / (1 - 0.9 ** 3);
    const v = 0.007996 / (1 - 0.999 ** 3);
    const expected = -0.1 * m / Math.sqrt(v);
    assertAlmostEquals(step(f32(2))!.dataSync()[0], expected, 1e-6);
  });
  it("names the place where gradients differ from the state", () => {
    const optimizer = sgd(1, { momentum: 0.5 });
    const state = optimizer.init({ a: [f32(1), f32(2)] });
    assertThrows(
      () => optimizer.update({ a: [f32(1)] }, state),
      TreeError,
      `Cannot trace gradients: the updates at "['a']" are a node with [0], ` +
        `expected a node with [0] [1]: give updates of the structure that ` +
        `the optimizer was initialized with`,
    );
    assertThrows(
      () => optimizer.update({ b: [f32(1), f32(2)] }, state),
      TreeError,
      "Cannot trace gradients: the updates are a node with ['b'], expected " +
        "a node with ['a']",
    );
  });
  it("counts updates in an i32 that does not overflow", () => {
    const optimizer = scaleBySchedule(() => 1);
    const { count } = optimizer.init(null);
    assertEquals([count.dtype, [...count.shape]], ["i32", []]);
    const after = (n: number) =>
      numbers(optimizer.update(null, { count: tensor(n, "i32") })[1])[0];
    assertEquals(after(0), 1);
    assertEquals(after(2 ** 31 - 2), 2 ** 31 - 1);
    assertEquals(after(2 ** 31 - 1), 2 ** 31 - 1);
  });
});

describe("applyUpdates()", () => {
  it("keeps what has no update, and dtypes", () => {
    const params = { a: f32([1, 2]), b: tensor([3], "i32"), c: null };
    const next = applyUpdates(params, { a: null, b: f32([1.5]), c: null });
    assertEquals(next.a, params.a);
    assertEquals(next.b.dtype, "i32");
    assertEquals(numbers(next.b), [4]);
    assertEquals(next.c, null);
  });
  it("refuses updates of another structure", () => {
    assertThrows(
      () => applyUpdates([f32(1)], f32(1)),
      TreeError,
      "Cannot apply updates: the updates are a leaf, expected a node with [0]",
    );
  });
});

describe("chain()", () => {
  it("applies its transformations in order", () => {
    const add = addDecayedWeights(1);
    const p = [f32(2)];
    assertEquals(numbers(update(chain(add, scale(3)), [f32(1)], p)), [9]);
    assertEquals(numbers(update(chain(scale(3), add), [f32(1)], p)), [5]);
  });
  it("nests, and holds one state for each", () => {
    const optimizer = chain(identity(), chain(trace(0.5), scale(2)));
    const [first, [inner, last]] = optimizer.init([f32([1, 1])]);
    assertEquals([first, last], [[], []]);
    assertEquals(numbers(inner), [0, 0]);
  });
});

describe("scaleByLearningRate()", () => {
  it("goes downhill, by a number or a schedule", () => {
    const of = (transformation: GradientTransformation) =>
      numbers(update(transformation, [f32(3)]));
    assertEquals(of(scaleByLearningRate(0.5)), [-1.5]);
    assertEquals(of(scaleByLearningRate(() => 0.5)), [-1.5]);
    assertEquals(of(scaleByLearningRate((count) => count.add(2))), [-6]);
  });
});

describe("addDecayedWeights()", () => {
  it("asks for the parameters", () => {
    assertThrows(
      () => addDecayedWeights(0.1).update([f32(1)], []),
      TreeError,
      "Cannot add decayed weights: params is undefined, expected the " +
        "parameters: call update(updates, state, params)",
    );
  });
});

describe("clip() and clipByGlobalNorm()", () => {
  const g = { a: f32([3, 0]), b: f32([[-4]]), c: null };
  it("bound each element", () => {
    assertEquals(numbers(update(clip(1), g)), [1, 0, -1]);
  });
  it("bound the norm of all elements", () => {
    assertEquals(numbers(update(clipByGlobalNorm(2.5), g)), [1.5, 0, -2]);
  });
  it("leave small updates and empty trees alone", () => {
    assertEquals(numbers(update(clip(5), g)), [3, 0, -4]);
    assertEquals(numbers(update(clipByGlobalNorm(6), g)), [3, 0, -4]);
    const zero = [f32([0, 0])];
    assertEquals(numbers(update(clipByGlobalNorm(6), zero)), [0, 0]);
    assertEquals(update(clipByGlobalNorm(1), { a: null }), { a: null });
  });
  it("refuse a negative bound", () => {
    assertThrows(
      () => clip(-1),
      ShapeError,
      "Cannot clip updates: maxDelta is -1, expected a number from 0",
    );
    assertThrows(
      () => clipByGlobalNorm(NaN),
      ShapeError,
      "Cannot clip updates: maxNorm is NaN, expected a number from 0",
    );
  });
});

describe("inside a trace", () => {
  const optimizer = adamw((count) => count.add(1).mul(0.1));
  const params = [f32([1, 2]), f32([[3]]), f32(4)];
  const gradients = [f32([1, -2]), f32([[0.5]]), f32(0.1)];
  type Step = [Tensor[], ReturnType<typeof optimizer.init>];
  const step = (p: Tensor[], g: Tensor[], state: Step[1]): Step => {
    const [updates, next] = optimizer.update(g, state, p);
    return [applyUpdates(p, updates), next];
  };
  it("one jitted function makes all steps", () => {
    let traces = 0;
    const jitted = jit((...args: Parameters<typeof step>) => {
      traces++;
      return step(...args);
    });
    let [p, state] = [params, optimizer.init(params)];
    let [q, jittedState] = [params, optimizer.init(params)];
    for (let i = 0; i < 3; i++) {
      [p, state] = step(p, gradients, state);
      [q, jittedState] = jitted(q, gradients, jittedState);
    }
    assertEquals(traces, 1);
    // A fused program may round differently from single operations.
    const expected = numbers([p, state]);
    const actual = numbers([q, jittedState]);
    assertEquals(actual.length, expected.length);
    expected.forEach((value, i) => {
      assertAlmostEquals(actual[i], value, 1e-6 * Math.abs(value));
    });
  });
  it("scalars are computed once for all parameters", () => {
    const state = optimizer.init(params);
    const { nodes } = makeProgram(step)(params, gradients, state);
    const corrections = nodes.filter((node) =>
      node.primitive === "unary" &&
      (node.params as { op: string }).op === "expm1"
    );
    assertEquals(corrections.length, 2);
  });
});

/** The first update. */
function update<T>(
  transformation: GradientTransformation,
  gradients: T,
  params?: unknown,
): T {
  const state = transformation.init(params ?? gradients);
  return transformation.update(gradients, state, params)[0];
}
