/**
 * Errors that the tests must notice, ten for each room.
 *
 * @module
 */
import { BASE } from "./base.ts";
import { IR } from "./ir.ts";
import type { Mutant } from "./mutant.ts";

/** Mutants by room. */
export const MUTANTS: { readonly [room: string]: readonly Mutant[] } = {
  base: BASE,
  ir: IR,
};
