/**
 * How a Vode stores and reads values: by its rules, else under the name itself.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { Param, type RandomKeyGenerator } from "../core/mod.ts";
import type { Tensor } from "../numpy/mod.ts";
import type { Vode } from "./vode.ts";

/** Refuses what is no name. */
export function checkKey(key: unknown): string {
  if (typeof key === "string") return key;
  throw new TreeError(
    `Cannot use ${String(key)} as the name of a value of a vode, expected a ` +
      'text: "h" is the state, "u" the input',
  );
}

/** Stores a value by the input rules for its key. */
export function store(
  vode: Vode,
  key: string,
  value: Tensor | null,
  rkg: RandomKeyGenerator,
): void {
  const rules = vode.ruleset.get().inputs(vode.status, key);
  if (rules.length === 0) put(vode, key, value);
  for (const { targets, tforms } of rules) {
    const result = tforms.reduce(
      (v, name) => transform(vode, name, key, v, rkg),
      value,
    );
    for (const target of targets) put(vode, target, result);
  }
}

/**
 * Reads a value by the output rule for its key; null if there is none. A
 * source is read in turn by the rules for it; `pending` are the keys whose
 * rules led here.
 */
export function read(
  vode: Vode,
  key: string,
  rkg: RandomKeyGenerator,
  pending: readonly string[] = [],
): Tensor | null {
  const rule = vode.ruleset.get().output(vode.status, key);
  if (rule === null) return stored(vode, key);
  if (pending.includes(key)) {
    throw new TreeError(
      `Cannot get "${pending[0]}" of ${describe(vode)}: its output rules ` +
        `read ${[...pending, key].join(" -> ")}, which never ends, expected ` +
        "a source without such a rule: store the value under another name",
    );
  }
  const { source, tforms } = rule;
  const resolve = (count: number): Tensor | null => {
    // What is stored under the text of the chain, or of its beginning, wins.
    const text = [source, ...tforms.slice(0, count)].join(":");
    const known = read(vode, text, rkg, [...pending, key]);
    if (known !== null || count === 0) return known;
    return transform(vode, tforms[count - 1], key, resolve(count - 1), rkg);
  };
  const value = resolve(tforms.length);
  if (tforms.length > 0 && value !== null) {
    vode.cache.setItem([source, ...tforms].join(":"), value);
  }
  return value;
}

/** Reads a value that must be there. */
export function demand(
  vode: Vode,
  key: string,
  rkg: RandomKeyGenerator,
): Tensor {
  const value = read(vode, key, rkg);
  if (value !== null) return value;
  throw new TreeError(
    `Cannot get "${key}" of ${
      describe(vode)
    }: it is empty, expected a value: ` +
      (key === "h"
        ? "set it by a pass in pxu.step(model, pxc.STATUS.INIT, ...), or " +
          'by vode.set("h", ...)'
        : `set it first, or use vode.get("${key}", null)`),
  );
}

/** Names a Vode in a message. */
export function describe(vode: Vode): string {
  const shape = vode.shape.get();
  const what = shape === null ? "a vode" : `a vode of shape [${shape}]`;
  return what + (vode.status === null ? "" : ` in status "${vode.status}"`);
}

/** There is nothing to transform where there is no value. */
function transform(
  vode: Vode,
  name: string,
  key: string,
  value: Tensor | null,
  rkg: RandomKeyGenerator,
): Tensor | null {
  return value && vode.tforms.get()[name](vode, key, value, rkg);
}

/** A name that is a param of the Vode means it; others are in the cache. */
function paramOf(vode: Vode, key: string): Param | null {
  const attribute = Object.hasOwn(vode, key)
    ? (vode as unknown as Record<string, unknown>)[key]
    : null;
  return attribute instanceof Param ? attribute : null;
}

function put(vode: Vode, key: string, value: Tensor | null): void {
  const param = paramOf(vode, key);
  if (param === null) vode.cache.setItem(key, value);
  else param.set(value);
}

function stored(vode: Vode, key: string): Tensor | null {
  const param = paramOf(vode, key);
  return (param === null ? vode.cache.get(key) : param.get()) as Tensor | null;
}
