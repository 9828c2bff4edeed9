/**
 * Energy functions: how far the state `h` of a Vode is from its input `u`,
 * elementwise; `Vode.energy` sums them per sample. They read through
 * `vode.get`, so that output rules apply.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import type { RandomKeyGenerator } from "../core/mod.ts";
import { type Tensor, zerosLike } from "../numpy/mod.ts";
import { logSoftmax } from "../numpy/nn.ts";
import { EnergyModule } from "./energy_module.ts";
import type { Vode } from "./vode.ts";

/** Computes the energy of a Vode, elementwise or already summed in part. */
export type EnergyFn = (vode: Vode, rkg: RandomKeyGenerator) => Tensor;

/**
 * Squared error, `(h - u)^2 / 2`: the energy of a Gaussian of variance 1.
 *
 * @see pcax `pxc.se_energy`
 */
export function seEnergy(vode: Vode): Tensor {
  const { h, u } = valuesOf(vode, "seEnergy");
  return h.sub(u).square().mul(0.5);
}

/**
 * Cross entropy, `-h * log(softmax(u))` over the last axis.
 *
 * @example
 * ```ts
 * import { pxc } from "@vodes/vodes";
 *
 * const output = new pxc.Vode([2], pxc.ceEnergy);
 * output.set("h", [1, 0]).set("u", [0, 0]);
 * console.log(await output.energy().item()); // 0.6931471824645996
 * ```
 * @see pcax `pxc.ce_energy`
 */
export function ceEnergy(vode: Vode): Tensor {
  const { h, u } = valuesOf(vode, "ceEnergy");
  return h.mul(logSoftmax(u)).neg();
}

/**
 * No energy: zeros of the shape of `h`.
 *
 * @see pcax `pxc.zero_energy`
 */
export function zeroEnergy(vode: Vode): Tensor {
  return zerosLike(vode.get("h"));
}

/** The state and the input of a Vode, for an energy. */
export function valuesOf(
  vode: Vode,
  name: string,
): { readonly h: Tensor; readonly u: Tensor } {
  if (!(vode instanceof EnergyModule)) {
    throw new TreeError(
      `Cannot compute ${name} of ${String(vode)}, expected a vode: give the ` +
        `function to one, as in new pxc.Vode([3], pxc.${name})`,
    );
  }
  return { h: vode.get("h"), u: vode.get("u") };
}
