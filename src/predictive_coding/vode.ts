/**
 * Vode: a node of a predictive coding network, which holds a state `h` and
 * compares it with its input `u`. What is stored where, and what is read, is
 * told by its ruleset; without rules every value is stored under its own name.
 *
 * @module
 */
import type { Shape } from "../base/shape.ts";
import {
  type Param,
  type RandomKeyGenerator,
  RKG,
  StaticParam,
} from "../core/mod.ts";
import {
  asTensor,
  Tensor,
  tensor,
  type TensorLike,
  zeros,
} from "../numpy/mod.ts";
import { checkKey, demand, read, store } from "./access.ts";
import { addParams, vodeArguments } from "./arguments.ts";
import { type EnergyFn, seEnergy } from "./energies.ts";
import { EnergyModule } from "./energy_module.ts";
import { type Cache, VodeParam } from "./param.ts";
import { sumPerSample } from "./reduction.ts";
import { type Rules, Ruleset } from "./ruleset.ts";
import { STATUS } from "./status.ts";

/**
 * A named step of a rule. It is given the Vode, the key that is set or read,
 * the value so far and where to draw random keys; it gives the next value.
 */
export type Tform = (
  vode: Vode,
  key: string,
  value: Tensor,
  rkg: RandomKeyGenerator,
) => Tensor;

/** How to make a {@link Vode}. */
export interface VodeOptions {
  /** The energy; `seEnergy` by default, none if null. */
  energyFn?: EnergyFn | null;
  /** Rules by status, besides the default `{ init: "h, u <- u" }`. */
  ruleset?: Rules;
  /** The transformations that rules name. */
  tforms?: Readonly<Record<string, Tform>>;
  /** The class of `h`; the class of the cache is its `Cache`. */
  paramType?: typeof VodeParam;
  /** The first value of `h`. */
  value?: TensorLike | null;
  /**
   * Further params, which become attributes of the Vode under their names:
   * `get` and `set` reach them, such as a learned precision.
   */
  params?: Readonly<Record<string, Param>>;
}

/** How to call a {@link Vode}; further entries are set under their names. */
export interface VodeCallOptions {
  /** What the call gives: `h` by default. */
  output?: string;
  /** Where transformations draw keys. */
  rkg?: RandomKeyGenerator;
  /** More values to set. */
  [extra: string]: unknown;
}

/**
 * A node of a predictive coding network.
 *
 * Calling it, `x = vode(u)`, is `vode.set("u", u)` and then `vode.get("h")`.
 * In the status `init` the default rule `h, u <- u` makes that a forward pass;
 * in other statuses `h` stays what it is, and `energy()` couples it to `u`.
 *
 * @example
 * ```ts
 * import { pxc } from "@vodes/vodes";
 *
 * const vode = new pxc.Vode([3]);
 * vode.status = pxc.STATUS.INIT;
 * vode([1, 2, 3]);
 * vode.status = pxc.STATUS.NONE;
 * vode([1, 2, 5]);
 * console.log(await vode.energy().item()); // 2
 * ```
 *
 * @example A state that starts at zero, and a status that ignores it
 * ```ts
 * import { pxc } from "@vodes/vodes";
 *
 * const vode = new pxc.Vode([3], {
 *   ruleset: { init: "h, u <- u:zero", forward: "h -> u" },
 *   tforms: { zero: (_vode, _key, value) => value.mul(0) },
 * });
 * vode.status = "forward";
 * console.log(`${vode([1, 2, 3])}`);
 * ```
 * @see pcax `pxc.Vode`
 */
export class Vode extends EnergyModule<
  [u?: TensorLike | null, options?: VodeCallOptions],
  Tensor
> {
  /** The shape of one sample of `h`; null if none was given. */
  shape: StaticParam<Shape | null>;
  /** Rank of the last `u` that was set, where no shape was given. */
  seenRank: StaticParam<number | null> = new StaticParam<number | null>(null);
  /** The state. */
  h: VodeParam;
  /** What this step computed. */
  cache: Cache;
  /** The energy function; null for none. */
  energyFn: StaticParam<EnergyFn | null>;
  /** The parsed rules. */
  ruleset: StaticParam<Ruleset>;
  /** The transformations that rules name. */
  tforms: StaticParam<Readonly<Record<string, Tform>>>;

  /**
   * Makes a Vode for samples of a shape, with an energy function, options or
   * both.
   *
   * @throws {ShapeError} If the shape is none.
   * @throws {TreeError} If a rule is malformed, or an argument of another kind.
   */
  constructor(
    shape: Shape,
    energyFn?: EnergyFn | null | VodeOptions,
    options?: VodeOptions,
  );
  /** Makes a Vode that takes samples of any shape. */
  constructor(energyFn?: EnergyFn | null | VodeOptions, options?: VodeOptions);
  constructor(...args: unknown[]) {
    super();
    const { shape, options } = vodeArguments(args);
    const { tforms = {}, paramType = VodeParam, value = null } = options;
    this.shape = new StaticParam(shape);
    this.h = new paramType(value === null ? null : toTensor(value));
    this.cache = new paramType.Cache();
    this.energyFn = new StaticParam(
      options.energyFn === undefined ? seEnergy : options.energyFn,
    );
    // First, so that a rule of the user's for "init" replaces it in place.
    const rules = { [STATUS.INIT]: "h, u <- u", ...options.ruleset };
    this.ruleset = new StaticParam(new Ruleset(rules, tforms));
    this.tforms = new StaticParam(tforms);
    addParams(this, options.params ?? {});
  }

  /**
   * Sets a value: every input rule for the key stores its transformed value in
   * its targets; without a rule the value is stored under the key. `h` is the
   * state, any other name an entry of the cache.
   *
   * @param value A value, or null to empty the place.
   * @returns The Vode.
   */
  set(
    key: string,
    value: TensorLike | null,
    rkg: RandomKeyGenerator = RKG,
  ): this {
    const name = checkKey(key);
    const given = value === null ? null : toTensor(value);
    if (key === "u" && given !== null && this.shape.get() === null) {
      this.seenRank.set(given.ndim);
    }
    store(this, name, given, rkg);
    return this;
  }

  /**
   * Reads a value: by the output rule for the key, or what is stored under it.
   *
   * @throws {TreeError} If there is none and no fallback is given.
   */
  get(key: string): Tensor;
  /** Reads a value, or gives the fallback if there is none. */
  get<T>(key: string, fallback: T, rkg?: RandomKeyGenerator): Tensor | T;
  get<T>(
    key: string,
    fallback?: T,
    rkg: RandomKeyGenerator = RKG,
  ): Tensor | T {
    const name = checkKey(key);
    if (fallback === undefined) return demand(this, name, rkg);
    return read(this, name, rkg) ?? fallback;
  }

  /**
   * Sets `u` (unless it is null) and then every extra, and gives the output.
   *
   * @throws {TreeError} If the output is empty.
   */
  override call(u?: TensorLike | null, options?: VodeCallOptions): Tensor;
  /** Sets `u` and every extra, and gives the Vode. */
  override call(
    u: TensorLike | null | undefined,
    options: { [extra: string]: unknown; output: null },
  ): this;
  override call(
    u?: TensorLike | null,
    options: {
      [extra: string]: unknown;
      output?: string | null;
      rkg?: RandomKeyGenerator;
    } = {},
  ): Tensor | this {
    const { output = "h", rkg = RKG, ...extra } = options;
    if (u !== null && u !== undefined) this.set("u", u, rkg);
    for (const [name, value] of Object.entries(extra)) {
      this.set(name, value as TensorLike | null, rkg);
    }
    return output === null ? this : demand(this, output, rkg);
  }

  /**
   * The energy: a scalar where `h` is one sample (so under `pxf.vmap`), one
   * number per sample where `h` has an axis more. Without a shape, `h` is one
   * sample under a vmap and where it has the rank of the last `u` that was set,
   * and else has an axis for samples in front. It is computed once and kept
   * in the cache as `E` until the cache is cleared.
   *
   * @throws {ShapeError} If `h` has another rank.
   */
  override energy(rkg: RandomKeyGenerator = RKG): Tensor {
    const known = this.cache.get("E");
    if (known instanceof Tensor) return known;
    const energyFn = this.energyFn.get();
    if (energyFn === null) return zeros([]);
    const energy = sumPerSample(this, asTensor(energyFn(this, rkg)));
    this.cache.setItem("E", energy);
    return energy;
  }
}

/** Numbers of JS are f32 here, as states are: `[1, 0]` would be i32 alone. */
function toTensor(value: TensorLike): Tensor {
  const untyped = typeof value === "number" || Array.isArray(value);
  return untyped ? tensor(value, "f32") : asTensor(value);
}
