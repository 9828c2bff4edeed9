/**
 * Cutting data sets in two.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import type { Tensor } from "../numpy/mod.ts";
import { RandomState } from "./random_state.ts";
import { rowTaker, type Samples } from "./tensors.ts";

/** Options of {@link trainTestSplit}. */
export interface SplitOptions {
  /** Samples to test with: a number of them, or a part below 1; 0.25. */
  readonly testSize?: number;
  /** Seed of the shuffle; 0 by default. */
  readonly randomState?: number;
}

/**
 * scikit-learn's `train_test_split`: the same samples go to either side for the
 * same seed.
 *
 * @example
 * ```ts
 * import { makeMoons, trainTestSplit } from "@vodes/vodes/data";
 * const [x, y] = makeMoons({ nSamples: 100 });
 * const [train, test] = trainTestSplit(x, y, { testSize: 0.2, randomState: 1 });
 * console.log(train[0].shape, test[0].shape); // [80, 2] [20, 2]
 * ```
 * @throws {ShapeError} If the sizes differ, or nothing is left for one side.
 */
export function trainTestSplit(
  x: Tensor,
  y: Tensor,
  options: SplitOptions = {},
): [train: Samples, test: Samples] {
  const { testSize = 0.25, randomState = 0 } = options;
  if (x.ndim === 0 || y.ndim === 0 || x.shape[0] !== y.shape[0]) {
    throw new ShapeError(
      `Cannot split: x is ${formatAval(x)} and y ${formatAval(y)}, expected ` +
        "equal sizes on axis 0: give one target for each sample",
    );
  }
  const [count] = x.shape;
  const tests = testSize < 1 ? Math.ceil(count * testSize) : testSize;
  if (!(Number.isInteger(tests) && tests > 0 && tests < count)) {
    throw new ShapeError(
      `Cannot split ${count} samples: testSize is ${testSize}, expected a ` +
        "number that leaves some on both sides",
    );
  }
  const order = new RandomState(randomState).permutation(count);
  const [takeX, takeY] = [rowTaker(x), rowTaker(y)];
  const take = (rows: Int32Array): Samples => [takeX(rows), takeY(rows)];
  return [take(order.subarray(tests)), take(order.subarray(0, tests))];
}
