/**
 * The toy data sets against scikit-learn's. As float32 all points are equal;
 * as doubles all but the ones listed here, where the C library under numpy
 * rounds a sine, cosine or logarithm to the second nearest double (checked
 * with 200-bit arithmetic): these are one last bit of the sum away.
 */
import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../src/base/errors.ts";
import { exactCosSin, exactLog } from "../../src/data/exact_math.ts";
import { RandomState } from "../../src/data/random_state.ts";
import {
  blobs,
  type BlobsOptions,
  circles,
  moons,
  type MoonsOptions,
  type ToyData,
} from "../../src/data/toy.ts";
import goldens from "../goldens/numpy_sklearn.json" with { type: "json" };
import { loadGolden } from "../support/npz.ts";

const golden = await loadGolden({ npz: goldens.npz });

const CASES: Record<string, () => ToyData> = {
  moons_1024: () => moons({ nSamples: 1024, noise: 0.2, randomState: 42 }),
  moons_512_rs0: () => moons({ nSamples: 512, noise: 0.2, randomState: 0 }),
  moons_17: () => moons({ nSamples: 17, noise: 0.1, randomState: 3 }),
  moons_16_noshuffle_nonoise: () => moons({ nSamples: 16, shuffle: false }),
  moons_5_7: () => moons({ nSamples: [5, 7], noise: 0.05, randomState: 1 }),
  circles_24: () =>
    circles({ nSamples: 24, noise: 0.05, factor: 0.5, randomState: 42 }),
  circles_256: () =>
    circles({ nSamples: 256, noise: 0.1, factor: 0.45, randomState: 7 }),
  circles_9_noshuffle: () => circles({ nSamples: 9, shuffle: false }),
  blobs_24: () => blobs({ nSamples: 24, centers: 3, randomState: 42 }),
  blobs_25_std: () =>
    blobs({
      nSamples: 25,
      centers: 4,
      nFeatures: 3,
      clusterStd: [0.5, 1, 1.5, 2],
      randomState: 5,
    }),
  blobs_given_centers: () =>
    blobs({
      nSamples: 12,
      centers: [[0, 0], [5, 5]],
      randomState: 9,
      shuffle: false,
    }),
};

/** Positions in x where the C library rounded to the second nearest. */
const LAST_BIT: Record<string, number[]> = {
  moons_1024: [8, 279, 2038],
  moons_512_rs0: [121, 713],
  circles_256: [29],
};

describe("equal to scikit-learn", () => {
  for (const [name, make] of Object.entries(CASES)) {
    it(name, () => {
      const data = make();
      const x = golden.values(`sk/${name}/X`);
      assertEquals([...data.y], [...golden.values(`sk/${name}/y`)]);
      assertEquals(data.shape, golden.get(`sk/${name}/X`).shape);
      assertEquals(Float32Array.from(data.x), Float32Array.from(x));
      const different = [...data.x.keys()].filter((i) => data.x[i] !== x[i]);
      assertEquals(different, LAST_BIT[name] ?? []);
      for (const i of different) {
        assert(Math.abs(data.x[i] - x[i]) <= 2 ** -52);
      }
    });
  }
});

const SINES = [
  [0.0, 0.0],
  [1e-09, 1e-09],
  [0.5, 0.479425538604203],
  [1.5707963267948966, 1.0],
  [3.141592653589793, 1.2246467991473532e-16],
  [4.0, -0.7568024953079282],
  [6.283185307179586, -2.4492935982947064e-16],
  [-2.5, -0.5984721441039565],
  [100.0, -0.5063656411097588],
  [0.9855976952438567, 0.8336023852211195],
  [2.345974093671657, 0.7142966364270212],
  [2.677923858331059, 0.44723254496475545],
];
const COSINES = [
  [0.0, 1.0],
  [1e-09, 1.0],
  [0.5, 0.8775825618903728],
  [1.5707963267948966, 6.123233995736766e-17],
  [3.141592653589793, -1.0],
  [4.0, -0.6536436208636119],
  [6.283185307179586, 1.0],
  [-2.5, -0.8011436155469337],
  [100.0, 0.8623188722876839],
  [0.6516806678679414, 0.7950655573550628],
  [1.8257752896614028, -0.25222505171663406],
  [1.3815437573015357, 0.18812486236863366],
];
const LOGS = [
  [1.0, 0.0],
  [0.9999999999999999, -1.1102230246251565e-16],
  [1.0000000000000002, 2.2204460492503128e-16],
  [0.5, -0.6931471805599453],
  [1e-300, -690.7755278982137],
  [0.7071067811865476, -0.3465735902799726],
  [0.9999, -0.00010000500033334732],
  [3.0, 1.0986122886681098],
  [10000000000.0, 23.025850929940457],
  [0.3535348626679904, -1.0397731770995389],
  [0.6996231823995839, -0.35721339973777744],
  [0.7851652629523068, -0.2418610573033345],
];

describe("options", () => {
  it("default to 100 points and draw a fresh seed each time", () => {
    for (const make of [moons, circles, blobs]) {
      assertEquals(make().shape, [100, 2]);
    }
    assert(blobs().x[0] !== blobs().x[0]);
  });
  it("take a generator, which goes on", () => {
    const random = new RandomState(4);
    const first = moons({ noise: 0.1, randomState: random });
    const second = moons({ noise: 0.1, randomState: random });
    assertEquals(first, moons({ noise: 0.1, randomState: 4 }));
    assert(first.x[0] !== second.x[0]);
  });
  it("count blobs one by one", () => {
    const { y } = blobs({ nSamples: [1, 0, 2], shuffle: false });
    assertEquals([...y], [0, 2, 2]);
  });
  it("are refused when they make no sense", () => {
    const bad: MoonsOptions[] = [
      { nSamples: 0 },
      { nSamples: -2 },
      { nSamples: 2.5 },
      { nSamples: [1, -1] },
      { noise: -1 },
      { noise: NaN },
    ];
    for (const options of bad) {
      assertThrows(() => moons(options), ShapeError, "Cannot make moons: n");
      assertThrows(
        () => circles(options),
        ShapeError,
        "Cannot make circles: n",
      );
    }
    assertThrows(() => circles({ factor: 1 }), ShapeError, "factor is 1");
    const badBlobs: BlobsOptions[] = [
      { nSamples: -1 },
      { nSamples: [1, 2], centers: 3 },
      { centers: 0 },
      { centers: [] },
      { centers: [[1, 2], [3]] },
      { nFeatures: 0 },
      { clusterStd: -1 },
      { clusterStd: [1, 2] },
      { centerBox: [1, -1] },
    ];
    for (const options of badBlobs) {
      assertThrows(() => blobs(options), ShapeError, "Cannot make blobs: ");
    }
  });
});

it("sine, cosine and logarithm are correctly rounded", () => {
  // From 200-bit arithmetic; the last of each is misrounded by glibc 2.36.
  assertEquals(SINES.map(([x]) => exactCosSin(x).sin), SINES.map(([, y]) => y));
  assertEquals(
    COSINES.map(([x]) => exactCosSin(x).cos),
    COSINES.map(([, y]) => y),
  );
  assertEquals(LOGS.map(([x]) => exactLog(x)), LOGS.map(([, y]) => y));
});
