/** Further energies and combinations, against their formulas in double. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "node:test";
import {
  jax,
  jnp,
  lax,
  px,
  pxc,
  pxf,
  pxu,
  ShapeError,
  type Tensor,
  tensor,
  TreeError,
} from "../../mod.ts";

const H = [0.5, -1.25, 3, 0, 0.75], U = [-0.5, 2, 0.5, 0, 0.7];
const P = [0.5, 2, 1, 4, 0.75];

type Formula = (h: number, u: number, i: number) => number;

const sigmoid = (u: number) => 1 / (1 + Math.exp(-u));
const clip = (e: number, d: number) => Math.max(-d, Math.min(d, e));

interface Case {
  energyFn: pxc.EnergyFn;
  energy: Formula;
  /** Derivatives with respect to h and u. */
  dh: Formula;
  du: Formula;
}

const log = jnp.log(tensor(P, "f32"));
const learned = (name: string) => ({
  params: { [name]: new pxc.PrecisionParam(log) },
});

const CASES: Record<string, Case> = {
  gaussian: {
    energyFn: pxc.gaussianEnergy(),
    energy: (h, u) => (h - u) ** 2 / 2,
    dh: (h, u) => h - u,
    du: (h, u) => u - h,
  },
  "gaussian of fixed precisions": {
    energyFn: pxc.gaussianEnergy({ precision: P }),
    energy: (h, u, i) => P[i] * (h - u) ** 2 / 2,
    dh: (h, u, i) => P[i] * (h - u),
    du: (h, u, i) => P[i] * (u - h),
  },
  "gaussian of learned precisions": {
    energyFn: pxc.gaussianEnergy({ logPrecision: "log" }),
    energy: (h, u, i) => (P[i] * (h - u) ** 2 - Math.log(P[i])) / 2,
    dh: (h, u, i) => P[i] * (h - u),
    du: (h, u, i) => P[i] * (u - h),
  },
  laplacian: {
    energyFn: pxc.laplacianEnergy({ scale: 2 }),
    energy: (h, u) => Math.abs(h - u) / 2,
    dh: (h, u) => Math.sign(h - u) / 2,
    du: (h, u) => Math.sign(u - h) / 2,
  },
  "laplacian of a learned scale": {
    energyFn: pxc.laplacianEnergy({ logScale: "log" }),
    energy: (h, u, i) => Math.abs(h - u) / P[i] + Math.log(P[i]),
    dh: (h, u, i) => Math.sign(h - u) / P[i],
    du: (h, u, i) => Math.sign(u - h) / P[i],
  },
  bernoulli: {
    energyFn: pxc.bernoulliEnergy,
    energy: (h, u) =>
      -h * Math.log(sigmoid(u)) - (1 - h) * Math.log(1 - sigmoid(u)),
    dh: (_, u) => -u,
    du: (h, u) => sigmoid(u) - h,
  },
  huber: {
    energyFn: pxc.huberEnergy({ delta: 1.5 }),
    energy: (h, u) =>
      Math.abs(h - u) <= 1.5
        ? (h - u) ** 2 / 2
        : 1.5 * (Math.abs(h - u) - 0.75),
    dh: (h, u) => clip(h - u, 1.5),
    du: (h, u) => clip(u - h, 1.5),
  },
  "l1 and l2": {
    energyFn: pxc.sumEnergies(
      pxc.seEnergy,
      pxc.l1Energy(0.1),
      pxc.l2Energy(3),
    ),
    energy: (h, u) => (h - u) ** 2 / 2 + 0.1 * Math.abs(h) + 1.5 * h * h,
    dh: (h, u) => h - u + 0.1 * Math.sign(h) + 3 * h,
    du: (h, u) => u - h,
  },
  scaled: {
    energyFn: pxc.scaleEnergy(pxc.seEnergy, 0.25),
    energy: (h, u) => (h - u) ** 2 / 8,
    dh: (h, u) => (h - u) / 4,
    du: (h, u) => (u - h) / 4,
  },
  masked: {
    energyFn: pxc.maskEnergy(pxc.seEnergy, [1, 0, 1, 1, 0]),
    energy: (h, u, i) => i % 3 === 1 ? 0 : (h - u) ** 2 / 2,
    dh: (h, u, i) => i % 3 === 1 ? 0 : h - u,
    du: (h, u, i) => i % 3 === 1 ? 0 : u - h,
  },
};

function assertClose(actual: ArrayLike<number>, expected: number[]): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((x, i) =>
    assert(
      Math.abs(actual[i] - x) <= 1e-6 * Math.max(1, Math.abs(x)),
      `${actual[i]} is not ${x} (${i})`,
    )
  );
}

function message(
  body: () => unknown,
  kind: new (message: string) => Error = TreeError,
): string {
  return assertThrows(body, kind).message;
}

describe("energies of distributions", () => {
  for (const [name, { energyFn, energy, dh, du }] of Object.entries(CASES)) {
    it(`${name}, and its derivatives`, async () => {
      const vode = new pxc.Vode([H.length], energyFn, learned("log"));
      vode.set("h", H);
      const at = (f: Formula) => H.map((h, i) => f(h, U[i], i));
      const [value, [[byInput], g]] = pxf.valueAndGrad(
        (u: Tensor, { vode }: { vode: pxc.Vode }) => {
          vode.set("u", u);
          return vode.energy();
        },
        { argnums: 0, mask: new pxu.Mask(pxc.VodeParam, [false, true]) },
      )(tensor(U, "f32"), { vode });
      const [e, byH, byU] = await Promise.all(
        [value, g.vode.h.get(), byInput].map((x) => x.data()),
      );
      const sum = at(energy).reduce((a, b) => a + b);
      assertClose(e, [sum]);
      assertClose(byH, at(dh));
      assertClose(byU, at(du));
      // Two samples at once, outside of vmap.
      vode.clearParams(pxc.VodeParam.Cache);
      vode.set("h", [H, H]).set("u", [U, U]);
      assertClose(await vode.energy().data(), [sum, sum]);
    });
  }

  it("bernoulli stays finite for certain logits", async () => {
    const vode = new pxc.Vode([4], pxc.bernoulliEnergy);
    vode.set("h", [1, 0, 1, 0]).set("u", [200, -200, -200, 200]);
    const each = jnp.stack([pxc.bernoulliEnergy(vode)]);
    assertClose(await each.data(), [0, 0, 200, 200]);
  });

  it("a learned precision becomes one over the mean squared error", async () => {
    const energyFn = pxc.gaussianEnergy({ logPrecision: "logPrecision" });
    const logPrecision = new pxc.PrecisionParam(jnp.zeros([2]));
    const vode = new pxc.Vode([2], energyFn, { params: { logPrecision } });
    const errors = [[1, 0.1], [3, 0.3], [-2, 0.2], [0, -0.2]];
    type Tracked = { vode: pxc.Vode };
    const energy = pxf.vmap((h: Tensor, { vode }: Tracked) => {
      vode.set("h", h).set("u", jnp.zeros([2]));
      return lax.pmean(vode.energy(), "batch");
    }, {
      mask: new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]),
      outAxes: null,
      axisName: "batch",
    });
    const learn = pxf.jit((h: Tensor, { vode }: Tracked) => {
      const [, g] = pxf.valueAndGrad(energy, {
        mask: new pxu.Mask(pxc.PrecisionParam, [false, true]),
      })(h, { vode });
      const { logPrecision } = g.vode as unknown as Record<string, px.Param>;
      const mine = vode as unknown as Record<string, px.Param>;
      mine.logPrecision.set(mine.logPrecision.sub(logPrecision.get()));
      vode.clearParams([pxc.VodeParam, pxc.VodeParam.Cache]);
    });
    for (let i = 0; i < 60; i++) learn(tensor(errors, "f32"), { vode });
    const precision = await jnp.exp(logPrecision.get()).data();
    assertClose([precision[0] * 3.5, precision[1] * 0.045], [1, 1]);
    assertEquals(`${vode}`.split("\n").slice(1), [
      "  .h: VodeParam(None)",
      "  .cache: Cache(params=None)",
      "  .logPrecision: PrecisionParam([2], float32)",
    ]);
  });

  it("a precision can be set at each call", async () => {
    const energyFn = pxc.gaussianEnergy({ logPrecision: "certainty" });
    const vode = new pxc.Vode([2], energyFn);
    vode.set("h", [1, 1]);
    vode([0, 0], { certainty: [0, Math.log(2)] });
    assertClose(await vode.energy().data(), [1.5 - Math.log(2) / 2]);
  });

  it("closures of one's own work as energies", async () => {
    const variance = 0.5;
    const fn = (vode: pxc.Vode) =>
      vode.get("h").sub(jax.nn.tanh(vode.get("u"))).square().div(variance);
    const vode = new pxc.Vode([2], fn);
    vode.set("h", [1, 2]).set("u", [0, 0]);
    assertClose(await vode.energy().data(), [10]);
  });
});

describe("what energies refuse", () => {
  const one = pxc.gaussianEnergy as unknown as (x: unknown) => unknown;

  it("options of another kind, unknown ones, and two of one kind", () => {
    const vode = new pxc.Vode([2]);
    assertEquals(
      message(() => one(vode)),
      "Cannot make gaussianEnergy: given a Vode, expected at most one of " +
        "{ precision,logPrecision }: call it with options, as in " +
        "new pxc.Vode([3], pxc.gaussianEnergy({ precision: 2 }))",
    );
    assertEquals(
      message(() => pxc.gaussianEnergy({ precision: 1, logPrecision: "p" })),
      "Cannot make gaussianEnergy: given { precision,logPrecision }, expected " +
        "at most one of { precision,logPrecision }: call it with options, as " +
        "in new pxc.Vode([3], pxc.gaussianEnergy({ precision: 2 }))",
    );
    assertEquals(
      message(() => pxc.laplacianEnergy({ sigma: 1 } as pxc.LaplacianOptions)),
      "Cannot make laplacianEnergy: given { sigma }, expected at most one of " +
        "{ scale,logScale }: call it with options, as in " +
        "new pxc.Vode([3], pxc.laplacianEnergy({ scale: 2 }))",
    );
    for (const delta of [0, -1, NaN]) {
      assertEquals(
        message(() => pxc.huberEnergy({ delta })),
        `Cannot make huberEnergy: delta is ${delta}, expected a positive ` +
          "number: give the error from which on it is linear",
      );
    }
  });

  it("what is no energy, and sums of different shapes", () => {
    assertEquals(
      message(() => pxc.sumEnergies()),
      "Cannot sum energies: none were given, expected at least one: use " +
        "zeroEnergy for none",
    );
    const wrong = "seEnergy" as unknown as pxc.EnergyFn;
    assertEquals(
      message(() => pxc.sumEnergies(pxc.seEnergy, wrong)),
      "Cannot sum energies: argument 1 is seEnergy, expected a function of a " +
        "vode, such as pxc.seEnergy",
    );
    assertEquals(
      message(() => pxc.scaleEnergy(wrong, 2)),
      "Cannot scale an energy: argument 0 is seEnergy, expected a function " +
        "of a vode, such as pxc.seEnergy",
    );
    assertEquals(
      message(() => pxc.maskEnergy(wrong, [1])),
      "Cannot mask an energy: argument 0 is seEnergy, expected a function of " +
        "a vode, such as pxc.seEnergy",
    );
    const sum = pxc.sumEnergies(pxc.seEnergy, (vode) => vode.get("h").sum());
    const vode = new pxc.Vode([2], sum);
    vode.set("h", [1, 2]).set("u", [1, 2]);
    assertEquals(
      message(() => vode.energy(), ShapeError),
      "Cannot sum energies: one is f32[2] and another f32[], expected equal " +
        "shapes: leave all of them elementwise",
    );
  });

  it("a precision that the vode does not have", () => {
    const energyFn = pxc.gaussianEnergy({ logPrecision: "p" });
    const vode = new pxc.Vode([2], energyFn);
    vode.set("h", [1, 2]).set("u", [1, 2]);
    assertEquals(
      message(() => vode.energy()),
      'Cannot get "p" of a vode of shape [2]: it is empty, expected a value: ' +
        'set it first, or use vode.get("p", null)',
    );
  });
});

describe("what vodes refuse", () => {
  const make = (...args: unknown[]) => () =>
    new (pxc.Vode as unknown as new (...args: unknown[]) => pxc.Vode)(...args);

  it("shapes that are none", () => {
    assertEquals(
      message(make([2, -1]), ShapeError),
      "Cannot make a vode of shape [2,-1], expected the sizes of one sample, " +
        "integers from 0: leave the shape out to take any",
    );
    assertThrows(make(["a"]), ShapeError);
    assertThrows(make([1.5]), ShapeError);
  });

  it("arguments of another kind or order", () => {
    const text = (what: string) =>
      `Cannot make a vode with ${what}, expected a shape, an energy function ` +
      "(null for none) and options, in this order, each if needed: write " +
      "new Vode([3]), new Vode(ceEnergy) or new Vode([3], ceEnergy, " +
      "{ ruleset })";
    assertEquals(message(make(3)), text("3"));
    assertEquals(message(make([3], "se")), text("se"));
    assertEquals(message(make([3], pxc.seEnergy, 5)), text("5"));
    assertEquals(message(make({}, {})), text("two options objects"));
    assertEquals(message(make([3], jnp.ones([2]))), text("a Tensor"));
  });

  it("params under names that are taken, and what is no param", () => {
    const p = new px.Param(jnp.zeros([]));
    assertEquals(
      message(make([3], { params: { cache: p } })),
      "Cannot make a vode with the param cache: its attributes have that name " +
        "already, expected another: rename the param",
    );
    assertEquals(
      message(make([3], { params: { log: 1 } })),
      "Cannot make a vode with the param log: it is no param, expected one: " +
        "write new pxc.PrecisionParam(...)",
    );
  });
});
