/**
 * px.get and px.set: reading and writing what may or may not be a param.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { BaseParam } from "./param.ts";
import { StaticParam } from "./static_param.ts";

/** What a param holds; any other type stands for itself. */
export type ValueOf<T> = T extends StaticParam<infer V> ? V
  : T extends BaseParam ? ReturnType<T["get"]>
  : T;

/** Whether something is a param, static or not. */
export function isParam(x: unknown): x is BaseParam | StaticParam {
  return x instanceof BaseParam || x instanceof StaticParam;
}

/**
 * What a param holds, or the thing itself if it is none.
 *
 * @example
 * ```ts
 * import { px } from "@vodes/vodes";
 * console.log(px.get(px.static("tanh")), px.get(3)); // tanh 3
 * ```
 * @see pcax `px.get`
 */
export function get<T>(x: T): ValueOf<T> {
  return (isParam(x) ? x.get() : x) as ValueOf<T>;
}

/**
 * Stores a value in a param and gives the param; what is no param cannot be
 * changed, so the value itself is given: `x = px.set(x, y)` serves both.
 *
 * @param value The value, or a param that holds it.
 * @throws {TreeError} If the value is undefined.
 * @example
 * ```ts
 * import { px } from "@vodes/vodes";
 * const p = new px.Param<number>(1);
 * console.log(`${px.set(p, 2)}`, px.set(1, 2)); // Param(2) 2
 * ```
 * @see pcax `px.set`
 */
export function set<T>(target: T, value: unknown): T {
  if (value === undefined) {
    throw new TreeError(
      `Cannot set ${
        isParam(target) ? target : "a value"
      }: no value was given, ` +
        "expected one: use null to empty a param",
    );
  }
  const plain = get(value);
  if (!isParam(target)) return plain as T;
  target.set(plain);
  return target;
}
