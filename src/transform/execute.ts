/**
 * From a Program to results: passes, Plan, device, with a cache by the
 * Program's text, so that an eager operation and a transform called outside
 * jit compile once.
 *
 * @module
 */
import { DeviceError } from "../base/errors.ts";
import type { Device, Executable, Storage } from "../device/device.ts";
import { defaultDevice } from "../devices.ts";
import { formatAval } from "../base/shape.ts";
import { type Program, programKey } from "../ir/program.ts";
import { hoistPrints, type Print } from "./effects.ts";
import { lower } from "./lower/lower.ts";
import { LruCache } from "./lru_cache.ts";
import { showPrints } from "./prints.ts";
import { currentRecorder, timePhase } from "./recorder.ts";
import { simplify } from "./simplify.ts";
import { usedInputs } from "./used_inputs.ts";

/** A Program made ready on one device. */
export class Compiled {
  /** The Program after all passes. */
  readonly program: Program;
  /** Where it runs. */
  readonly device: Device;
  readonly #executable: Executable;
  readonly #prints: readonly Print[];
  readonly #outputs: number;
  /** Inputs of the Program that the executable takes. */
  readonly #used: readonly number[];

  /**
   * Compiles `program` for `device`.
   *
   * @param donate Outputs that take over the memory of an input.
   */
  constructor(
    program: Program,
    device: Device,
    donate: ReadonlyMap<number, number> = new Map(),
  ) {
    const hoisted = hoistPrints(program);
    this.program = timePhase(
      "simplify",
      () => simplify(hoisted.program, device),
    );
    this.device = device;
    this.#prints = hoisted.prints;
    this.#outputs = program.outputs.length;
    const needs = usedInputs(this.program, donate);
    this.#used = needs.inputs;
    const plan = timePhase(
      "plan",
      () => lower(needs.program, { donate: needs.donate, packs: device.packs }),
    );
    this.#executable = timePhase("compile", () => device.compile(plan));
  }

  /** Runs on storages of the host or of this device. */
  run(inputs: readonly Storage[]): Storage[] {
    const used = this.#used.map((i) => inputs[i]);
    const { name } = this.device.info;
    used.forEach((input, k) => {
      if (input.device === name || input.device === "host") return;
      const aval = this.program.avals[this.program.inputs[this.#used[k]]];
      throw new DeviceError(
        `Cannot run on "${name}": ${formatAval(aval)} is on ` +
          `"${input.device}", expected all on "${name}": after init(...) move ` +
          `them with await px.devicePut([model, ..., px.RKG], "${name}")`,
      );
    });
    const recorder = currentRecorder();
    const outputs = recorder === null
      ? this.#executable.run(used)
      : recorder.run(this.#executable, this.device, used);
    if (this.#prints.length === 0) return outputs;
    const avals = this.program.outputs.map((id) => this.program.avals[id]);
    const n = this.#outputs;
    showPrints(this.#prints, avals.slice(n), outputs.slice(n));
    return outputs.slice(0, n);
  }

  /** Frees what it holds on the device. */
  dispose(): void {
    this.#executable.dispose();
  }
}

const CACHE_SIZE = 1024;
const caches = new WeakMap<Device, LruCache<string, Compiled>>();

/** Runs a Program on the default device, compiling it on first sight. */
export function execute(
  program: Program,
  inputs: readonly Storage[],
): Storage[] {
  const device = defaultDevice();
  let cache = caches.get(device);
  if (!cache) {
    cache = new LruCache(CACHE_SIZE, (compiled) => compiled.dispose());
    caches.set(device, cache);
  }
  const key = programKey(program);
  let compiled = cache.get(key);
  if (!compiled) {
    compiled = new Compiled(program, device);
    cache.set(key, compiled);
  }
  return compiled.run(inputs);
}
