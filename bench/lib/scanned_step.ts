/**
 * The program that `bench/scan.ts` runs: milliseconds of the first training
 * step of the two-moons network with inference of T steps, by `pxf.scan` or
 * unrolled, up to its energy, and of later ones.
 *
 * @module
 */
import process from "node:process";
import { type InitName, px, pxf } from "../../mod.ts";
import { makeBatch, makeTraining, trainScanned, trainStep } from "./network.ts";

const [device, kind, T] = process.argv.slice(2);
await px.init(device as InitName);
const moons = { dims: [2, 32, 32, 2], batch: 32 };
const step = pxf.jit(kind === "scan" ? trainScanned : trainStep, {
  staticArgnums: 0,
});

/** A training that nothing has run yet, but for what all of them need. */
const training = makeTraining(moons);
const [x, y] = makeBatch(moons);

async function time(): Promise<number> {
  const start = performance.now();
  const [energy] = await step(Number(T), x, y, training).data();
  if (!Number.isFinite(energy)) throw new Error(`the energy is ${energy}`);
  return performance.now() - start;
}

const first = await time();
let warm = Infinity;
for (let i = 0; i < 20; i++) warm = Math.min(warm, await time());
console.log(JSON.stringify({ first, warm }));
process.exit();
