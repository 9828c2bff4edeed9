/**
 * Data sets: scikit-learn's toy sets as tensors, drawn with the random numbers
 * of numpy and Python, so that a seed means the same samples here and there;
 * readers of MNIST, CIFAR, CSV and numpy's files; and batches of any samples.
 *
 * @example
 * ```ts
 * import { batches, makeMoons } from "@vodes/vodes/data";
 * const [x, y] = makeMoons({ nSamples: 1024, noise: 0.2, randomState: 42 });
 * console.log(batches(x, y, 32).length); // 32
 * ```
 *
 * @module
 */
import { type Samples, toSamples } from "./tensors.ts";
import {
  blobs,
  type BlobsOptions,
  circles,
  type CirclesOptions,
  moons,
  type MoonsOptions,
} from "./toy.ts";

export { type CifarOptions, loadCifar } from "./cifar.ts";
export { type CsvOptions, loadCsv, type Table } from "./csv.ts";
export { loadIdx, loadMnist } from "./idx.ts";
export { prefetch, progress, type ProgressOptions } from "./loops.ts";
export { loadNpy, loadNpz } from "./numpy_files.ts";
export type { Source } from "./sources.ts";
export { type SplitOptions, trainTestSplit } from "./split.ts";
export { PythonRandom } from "./python_random.ts";
export { RandomState, type Shuffleable } from "./random_state.ts";
export {
  batches,
  type BatchOptions,
  type Samples,
  type Shuffler,
} from "./tensors.ts";
export type {
  BlobsOptions,
  CirclesOptions,
  MoonsOptions,
  ToyOptions,
} from "./toy.ts";

/**
 * scikit-learn's `make_moons`: two interleaving half circles.
 *
 * @example
 * ```ts
 * import { makeMoons } from "@vodes/vodes/data";
 * const [x, y] = makeMoons({ nSamples: 100, noise: 0.2, randomState: 42 });
 * console.log(x.shape, y.shape); // [100, 2] [100]
 * ```
 *
 * @returns Points f32[n, 2] and their classes i32[n], 0 or 1.
 * @throws {ShapeError} If an option is out of range.
 */
export function makeMoons(options: MoonsOptions = {}): Samples {
  return toSamples(moons(options));
}

/**
 * scikit-learn's `make_circles`: a circle within a circle.
 *
 * @example
 * ```ts
 * import { makeCircles } from "@vodes/vodes/data";
 * const [x, y] = makeCircles({ nSamples: 64, factor: 0.5, randomState: 0 });
 * console.log(x.shape, y.shape); // [64, 2] [64]
 * ```
 *
 * @returns Points f32[n, 2] and their classes i32[n], 0 outside and 1 inside.
 * @throws {ShapeError} If an option is out of range.
 */
export function makeCircles(options: CirclesOptions = {}): Samples {
  return toSamples(circles(options));
}

/**
 * scikit-learn's `make_blobs`: normal clouds around centers.
 *
 * @example
 * ```ts
 * import { makeBlobs } from "@vodes/vodes/data";
 * const [x, y] = makeBlobs({ centers: [[0, 0, 0], [5, 5, 5]], randomState: 0 });
 * console.log(x.shape, y.shape); // [100, 3] [100]
 * ```
 *
 * @returns Points f32[n, features] and the blobs they are of, i32[n].
 * @throws {ShapeError} If an option is out of range.
 */
export function makeBlobs(options: BlobsOptions = {}): Samples {
  return toSamples(blobs(options));
}
