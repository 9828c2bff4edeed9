import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { checkGrads } from "../support/check_grads.ts";
import { jax, jnp } from "./names.ts";
import { assertNear } from "./near.ts";

const { lax, scipy: { special, stats } } = jax;

/** log((n-1)!) in double precision. */
function logFactorial(n: number): number {
  let sum = 0;
  for (let k = 2; k < n; k++) sum += Math.log(k);
  return sum;
}

describe("the gamma function", () => {
  it("has a logarithm at integers and between", () => {
    const whole = [1, 2, 3, 5, 10, 30, 100];
    const found = lax.lgamma(whole).dataSync();
    whole.map(logFactorial).forEach((e, i) => {
      // Terms of about 8 cancel where it is near 0.
      const limit = 8 * 2 ** -24 * Math.max(8, e);
      assert(Math.abs(found[i] - e) <= limit, `${whole[i]}: ${found[i]} ${e}`);
    });
    const root = Math.log(Math.PI) / 2;
    // gamma(1/2 + n) = (2n)! / (4^n n!) sqrt(pi), also for negative n.
    assertNear(
      lax.lgamma([0.5, 1.5, 2.5, -0.5, -1.5]),
      [
        root,
        root - Math.LN2,
        root + Math.log(0.75),
        root + Math.LN2,
        root + Math.log(4 / 3),
      ],
      { ulps: 2 ** 6, label: "halves" },
    );
    assertEquals(
      lax.lgamma([0, -1, -7, Infinity]).toArray(),
      [Infinity, Infinity, Infinity, Infinity],
    );
    assertEquals(special.gammaln, lax.lgamma);
  });
  it("has a derivative", () => {
    const euler = jnp.eulerGamma;
    assertNear(
      lax.digamma([1, 2, 5, 0.5, -0.5]),
      [
        -euler,
        1 - euler,
        25 / 12 - euler,
        -euler - 2 * Math.LN2,
        2 - euler - 2 * Math.LN2,
      ],
      { ulps: 2 ** 6 },
    );
    const at = jnp.tensor([0.3, 0.7, 2.5, 8, -0.4, -2.3], "f32");
    const slope = jax.grad((x: jnp.Tensor) => lax.lgamma(x).sum())(at);
    assertNear(slope, [...lax.digamma(at).dataSync()], { ulps: 2 ** 9 });
    checkGrads((x) => lax.lgamma(x), [[0.7, 2.5, 8]], { order: 1 });
  });
});

describe("jax.scipy.special", () => {
  const { LN2 } = Math;
  it("entropies, whose limits at 0 have derivatives", () => {
    assertNear(special.xlogy([0, 2], [0, 2]), [0, 2 * LN2]);
    assertNear(special.xlog1py([0, 2], [-1, 1]), [0, 2 * LN2]);
    assertNear(special.entr([0, 0.5, -1]), [0, LN2 / 2, -Infinity]);
    assertNear(
      special.relEntr([0, 0.5, 0.5, -1], [0, 0.25, 0, 1]),
      [0, LN2 / 2, Infinity, Infinity],
    );
    assertNear(special.klDiv([0, 0.5], [1, 0.25]), [1, LN2 / 2 - 0.25]);
    const slope = jax.grad((y: jnp.Tensor) => special.xlogy(0, y).sum());
    assertEquals(slope(jnp.zeros(2)).toArray(), [0, 0]);
    checkGrads(special.xlogy, [[2, 3], [0.5, 2]]);
    checkGrads(special.relEntr, [[2, 3], [0.5, 2]]);
  });
  it("expit and logit, erf and its kin", () => {
    assertNear(special.expit([0, 2]), [0.5, 1 / (1 + Math.exp(-2))]);
    assertNear(special.logit([0.5, 0.8]), [0, Math.log(4)], { ulps: 64 });
    assertNear(special.erf([0.5]), [0.5204998778130465]);
    assertNear(special.erfc([0.5]), [0.4795001221869535]);
    assertNear(special.erfinv([0.5]), [0.4769362762044699]);
  });
  it("the normal distribution", () => {
    const { norm } = stats;
    const x = [-1, 0, 2];
    const density = x.map((v) => Math.exp(-v * v / 2) / Math.sqrt(2 * Math.PI));
    assertNear(norm.pdf(x), density, { ulps: 32 });
    assertNear(norm.logpdf([3], 1, 2), [Math.log(density[0] / 2) + 0], {
      ulps: 32,
    });
    const below = [0.15865525393145707, 0.5, 0.9772498680518208];
    assertNear(norm.cdf(x), below, { ulps: 32 });
    assertNear(norm.sf(x), below.map((p) => 1 - p), { ulps: 64 });
    assertNear(norm.cdf([5], 1, 2), [below[2]], { ulps: 32 });
    assertNear(norm.ppf(below, 1, 2), [-1, 1, 5], { ulps: 2 ** 7 });
    checkGrads((x) => norm.logpdf(x, 1, 2), [[0.3, -1]]);
    // In double precision, by the asymptotic series where it is exact.
    assertNear(
      norm.logcdf([0, 2, -1, -2.5, -5, -30, 9], 0, 1),
      [
        -Math.LN2,
        Math.log(below[2]),
        Math.log(below[0]),
        Math.log(0.006209665325776132),
        Math.log(2.866515718791939e-7),
        -454.3212439563337,
        -0,
      ],
      { ulps: 2 ** 6 },
    );
    checkGrads((x) => special.logNdtr(x), [[0.3, -1, -3, -6]]);
  });
});
