/**
 * The program that `bench/cold.ts` times: the first training step of the
 * two-moons network, and reading its energy.
 *
 * @module
 */
import { pxf } from "../../mod.ts";
import { makeBatch, makeTraining, trainStep } from "./network.ts";

const moons = { dims: [2, 32, 32, 2], batch: 32 };
const training = makeTraining(moons);
const step = pxf.jit(trainStep, { staticArgnums: 0 });
const [energy] = step(8, ...makeBatch(moons), training).dataSync();
if (!Number.isFinite(energy)) throw new Error(`the energy is ${energy}`);
