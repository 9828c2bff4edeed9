/**
 * The functions of WGSL modules. Those that WGSL brings may be as inexact as
 * an adapter likes, and compilers may assume that there is no NaN, infinity or
 * denormal and reorder sums; so these are made of the four operations, square
 * roots and bits, and guarded where an order matters.
 *
 * They are written in the types F, I, U and B, of one element or of four, so
 * they choose with `select` and never branch.
 *
 * @module
 */
import { BIT_FUNCTIONS, type WgslFunctions } from "./functions_bits.ts";
import { EXACT_FUNCTIONS } from "./functions_exact.ts";
import { EXP_FUNCTIONS } from "./functions_exp.ts";
import { INT_FUNCTIONS } from "./functions_int.ts";
import { TRIG_FUNCTIONS } from "./functions_trig.ts";

/** All functions by name. */
export const FUNCTIONS: WgslFunctions = {
  ...BIT_FUNCTIONS,
  ...INT_FUNCTIONS,
  ...EXP_FUNCTIONS,
  ...EXACT_FUNCTIONS,
  ...TRIG_FUNCTIONS,
};

const TYPES = { F: "f32", I: "i32", U: "u32", B: "bool" };

/** Declares the types F, I, U and B for that many elements at a time. */
export function aliases(width: 1 | 4): string {
  return Object.entries(TYPES)
    .map(([name, type]) =>
      `alias ${name} = ${width === 1 ? type : `vec4<${type}>`};\n`
    )
    .join("");
}

/** Declares functions and all that they call, each once. */
export function functionsText(names: Iterable<string>): string {
  const texts = new Map<string, string>();
  const add = (name: string): void => {
    if (texts.has(name)) return;
    const { needs = [], text } = FUNCTIONS[name];
    needs.forEach(add);
    texts.set(name, `${text}\n`);
  };
  for (const name of names) add(name);
  return [...texts.values()].join("\n");
}
