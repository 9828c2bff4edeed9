/**
 * Errors that the tests must notice. The room of webgpu has none: its tests need
 * a GPU, and take long on one that is played.
 *
 * @module
 */
import { BASE } from "./base.ts";
import { IR } from "./ir.ts";
import { NN } from "./nn.ts";
import { OPTIM } from "./optim.ts";
import { DATA } from "./data.ts";
import { PREDICTIVE_CODING } from "./predictive_coding.ts";
import { UTILS } from "./utils.ts";
import { CORE } from "./core.ts";
import { FUNCTIONAL } from "./functional.ts";
import { TRANSFORM } from "./transform.ts";
import { NUMPY } from "./numpy.ts";
import { DEVICE } from "./device.ts";
import { REFERENCE } from "./reference.ts";
import { WASM } from "./wasm.ts";
import type { Mutant } from "./mutant.ts";

/** Mutants by room. */
export const MUTANTS: { readonly [room: string]: readonly Mutant[] } = {
  base: BASE,
  ir: IR,
  nn: NN,
  optim: OPTIM,
  data: DATA,
  predictive_coding: PREDICTIVE_CODING,
  utils: UTILS,
  core: CORE,
  functional: FUNCTIONAL,
  transform: TRANSFORM,
  numpy: NUMPY,
  device: DEVICE,
  reference: REFERENCE,
  wasm: WASM,
};
