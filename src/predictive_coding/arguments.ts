/**
 * What a Vode is made with, checked.
 *
 * @module
 */
import { ShapeError, TreeError } from "../base/errors.ts";
import type { Shape } from "../base/shape.ts";
import { isPlainObject } from "../base/tree.ts";
import { Param } from "../core/mod.ts";
import type { EnergyFn } from "./energies.ts";
import type { Vode, VodeOptions } from "./vode.ts";

/** The arguments of a Vode, told apart. */
export interface VodeArguments {
  /** The shape of one sample, null for any. */
  readonly shape: Shape | null;
  /** All else. */
  readonly options: VodeOptions;
}

/** Tells shape, energy function and options apart. */
export function vodeArguments(args: readonly unknown[]): VodeArguments {
  const hasShape = Array.isArray(args[0]);
  const shape = hasShape ? checkShape(args[0] as unknown[]) : null;
  const [first = {}, second = {}, ...more] = hasShape ? args.slice(1) : args;
  const isEnergy = typeof first === "function" || first === null;
  const options = isEnergy ? second : first;
  if (
    more.length > 0 || !isPlainObject(options) ||
    !isEnergy && args.length > (hasShape ? 2 : 1)
  ) {
    const wrong = isEnergy ? second : first;
    throw new TreeError(
      `Cannot make a vode with ${describeArgument(wrong)}, expected a shape, ` +
        "an energy function (null for none) and options, in this order, each " +
        "if needed: write new Vode([3]), new Vode(ceEnergy) or " +
        "new Vode([3], ceEnergy, { ruleset })",
    );
  }
  checkOptions(options);
  return {
    shape,
    options: isEnergy
      ? { energyFn: first as EnergyFn | null, ...options }
      : options,
  };
}

/** Refuses options that would only fail when they are used. */
function checkOptions({ tforms = {}, paramType, energyFn }: VodeOptions): void {
  const wrong = Object.keys(tforms).find((name) =>
    typeof tforms[name] !== "function"
  );
  if (wrong !== undefined) {
    throw new TreeError(
      `Cannot make a vode with the transformation ${wrong}: it is ` +
        `${String(tforms[wrong])}, expected a function: write ` +
        `{ ${wrong}: (vode, key, value, rkg) => ... }`,
    );
  }
  if (paramType !== undefined && typeof paramType.Cache !== "function") {
    throw new TreeError(
      "Cannot make a vode of this paramType: it has no Cache, expected a " +
        "class of params for states: extend pxc.VodeParam",
    );
  }
  const kind = typeof energyFn;
  if (energyFn && kind !== "function") {
    throw new TreeError(
      `Cannot make a vode with a ${kind} as energyFn, expected a function or ` +
        "null: use one such as pxc.seEnergy",
    );
  }
}

function checkShape(shape: readonly unknown[]): Shape {
  if (shape.every((size) => Number.isInteger(size) && (size as number) >= 0)) {
    return [...shape as Shape];
  }
  throw new ShapeError(
    `Cannot make a vode of shape [${shape.map(String).join(",")}], expected ` +
      "the sizes of one sample, integers from 0: leave the shape out to take " +
      "any",
  );
}

function describeArgument(x: unknown): string {
  if (typeof x === "object" && x !== null && !Array.isArray(x)) {
    const { name } = x.constructor ?? Object;
    return name === "Object" ? "two options objects" : `a ${name}`;
  }
  return Array.isArray(x) ? `[${x}]` : String(x);
}

/** Gives a Vode further params as attributes. */
export function addParams(
  vode: Vode,
  params: Readonly<Record<string, unknown>>,
): void {
  for (const [name, param] of Object.entries(params)) {
    if (name in vode || !(param instanceof Param)) {
      throw new TreeError(
        `Cannot make a vode with the param ${name}: ` +
          (name in vode
            ? "its attributes have that name already, expected another: " +
              "rename the param"
            : "it is no param, expected one: write new pxc.PrecisionParam(...)"),
        `.${name}`,
      );
    }
    (vode as unknown as Record<string, unknown>)[name] = param;
  }
}
