/**
 * Energies made of energies: sums, multiples, parts, and terms that keep states
 * small or sparse.
 *
 * @module
 */
import { ShapeError, TreeError } from "../base/errors.ts";
import { formatAval, sameShape } from "../base/shape.ts";
import { asTensor, type TensorLike } from "../numpy/mod.ts";
import type { EnergyFn } from "./energies.ts";
import { magnitude } from "./magnitude.ts";

/**
 * The sum of energies, each elementwise or each reduced alike.
 *
 * @example Errors, and states that are sparse
 * ```ts
 * import { pxc } from "@vodes/vodes";
 *
 * const energyFn = pxc.sumEnergies(pxc.seEnergy, pxc.l1Energy(0.1));
 * const vode = new pxc.Vode([2], energyFn);
 * vode.set("h", [2, 0]).set("u", [0, 0]);
 * console.log(await vode.energy().item()); // 2.200000047683716
 * ```
 * @throws {TreeError} If there is none, or something is no function.
 */
export function sumEnergies(...energies: EnergyFn[]): EnergyFn {
  if (energies.length === 0) {
    throw new TreeError(
      "Cannot sum energies: none were given, expected at least one: use " +
        "zeroEnergy for none",
    );
  }
  energies.forEach((energy, i) => checkEnergy("sum energies", energy, i));
  return (vode, rkg) =>
    energies.map((energy) => energy(vode, rkg)).reduce((sum, term) => {
      if (sameShape(sum.shape, term.shape)) return sum.add(term);
      throw new ShapeError(
        `Cannot sum energies: one is ${formatAval(sum.value.aval)} and ` +
          `another ${formatAval(term.value.aval)}, expected equal shapes: ` +
          "leave all of them elementwise",
      );
    });
}

/**
 * A multiple of an energy: its weight in the whole.
 *
 * @param factor A number or a tensor that broadcasts against the energy.
 * @throws {TreeError} If `energy` is no function.
 */
export function scaleEnergy(energy: EnergyFn, factor: TensorLike): EnergyFn {
  checkEnergy("scale an energy", energy);
  return (vode, rkg) => energy(vode, rkg).mul(factor);
}

/**
 * The part of an energy that a mask leaves: where it is 0 the state is free of
 * its prediction.
 *
 * @param mask A tensor that broadcasts against the energy, or the name under
 * which the Vode has one, so that it can change from call to call.
 * @example Only the first pixel is known
 * ```ts
 * import { pxc } from "@vodes/vodes";
 *
 * const vode = new pxc.Vode([2], pxc.maskEnergy(pxc.seEnergy, "known"));
 * vode.set("h", [2, 2]).set("u", [0, 0]).set("known", [1, 0]);
 * console.log(await vode.energy().item()); // 2
 * ```
 * @throws {TreeError} If `energy` is no function.
 */
export function maskEnergy(
  energy: EnergyFn,
  mask: string | TensorLike,
): EnergyFn {
  checkEnergy("mask an energy", energy);
  return (vode, rkg) =>
    energy(vode, rkg).mul(typeof mask === "string" ? vode.get(mask) : mask);
}

/**
 * `weight |h|`: pulls states to 0, most of them all the way.
 *
 * @param weight How strongly; 1 by default.
 */
export function l1Energy(weight: TensorLike = 1): EnergyFn {
  return (vode) => magnitude(asTensor(vode.get("h"))).mul(weight);
}

/**
 * `weight h^2 / 2`: pulls states to 0 in proportion, as weight decay does with
 * weights; the energy of a Gaussian prior.
 *
 * @param weight How strongly; 1 by default.
 */
export function l2Energy(weight: TensorLike = 1): EnergyFn {
  return (vode) => vode.get("h").square().mul(0.5).mul(weight);
}

function checkEnergy(action: string, energy: unknown, i = 0): void {
  if (typeof energy === "function") return;
  throw new TreeError(
    `Cannot ${action}: argument ${i} is ${String(energy)}, expected a ` +
      "function of a vode, such as pxc.seEnergy",
  );
}
