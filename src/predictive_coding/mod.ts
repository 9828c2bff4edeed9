/**
 * pxc: predictive coding. Vodes, their rules and energies, and the module that
 * sums them.
 *
 * @module
 */
export { STATUS, type Status } from "./status.ts";
export { type Cache as VodeCache, PrecisionParam, VodeParam } from "./param.ts";
export * from "./ruleset.ts";
export * from "./clear.ts";
export { ceEnergy, type EnergyFn, seEnergy, zeroEnergy } from "./energies.ts";
export * from "./distributions.ts";
export * from "./combinations.ts";
export * from "./energy_module.ts";
export * from "./vode.ts";
