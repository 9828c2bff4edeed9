/**
 * EnergyModule: a module with a status and an energy, the base of models.
 *
 * @module
 */
import type { Filter } from "../core/filter.ts";
import {
  Module,
  type RandomKeyGenerator,
  RKG,
  StaticParam,
} from "../core/mod.ts";
import { type Tensor, zeros } from "../numpy/mod.ts";
import { clearParams } from "./clear.ts";
import { checkStatus, STATUS, type Status } from "./status.ts";

/**
 * A module whose energy is the sum of the energies below it.
 *
 * @typeParam Args What calling an instance takes.
 * @typeParam Result What calling it gives.
 * @example
 * ```ts
 * import { jax, jnp, pxc, pxnn, type Tensor } from "@vodes/vodes";
 *
 * class Model extends pxc.EnergyModule<[Tensor], Tensor> {
 *   layer = new pxnn.Linear(2, 3);
 *   vode = new pxc.Vode([3]);
 *   override call(x: Tensor): Tensor {
 *     return this.vode(jax.nn.tanh(this.layer(x)));
 *   }
 * }
 *
 * const model = new Model();
 * model.vode.status = pxc.STATUS.INIT;
 * model(jnp.ones([2]));
 * console.log(await model.energy().item()); // 0
 * ```
 * @see pcax `pxc.EnergyModule`
 */
export class EnergyModule<
  Args extends readonly unknown[] = readonly never[],
  Result = unknown,
> extends Module<Args, Result> {
  /** The status of this module. */
  _status: StaticParam<Status> = new StaticParam<Status>(STATUS.NONE);

  /**
   * The status: which rules hold. Setting it does not reach the modules below;
   * `pxu.step` does.
   */
  get status(): Status {
    return this._status.get();
  }

  /**
   * Sets the status of this module alone.
   *
   * @throws {TreeError} If it is neither a text nor null.
   */
  set status(status: Status) {
    this._status.set(checkStatus(status));
  }

  /**
   * The sum of the energies of the energy modules below; zero if there are
   * none. A module reached twice counts twice.
   *
   * @param rkg Where energies that draw random numbers take their keys from.
   */
  energy(rkg: RandomKeyGenerator = RKG): Tensor {
    const energies = this.submodules<EnergyModule<never, unknown>>(EnergyModule)
      .map((module) => module.energy(rkg));
    if (energies.length === 0) return zeros([]);
    return energies.reduce((sum, energy) => sum.add(energy));
  }

  /**
   * Empties every param here and below that matches.
   *
   * @example Before a pass with another batch size
   * ```ts
   * import { jnp, pxc } from "@vodes/vodes";
   *
   * const vode = new pxc.Vode([3]);
   * vode.set("h", jnp.ones([3]));
   * vode.clearParams(pxc.VodeParam);
   * console.log(`${vode.h}`); // VodeParam(None)
   * ```
   * @param filter Which params: a class, several, a predicate or a mask.
   */
  clearParams(filter: Exclude<Filter, null>): this {
    clearParams(this, filter);
    return this;
  }
}
