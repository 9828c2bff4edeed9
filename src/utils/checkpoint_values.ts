/**
 * What params hold, as JSON beside arrays: the values of checkpoints.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import type { NpyArray } from "../base/npy.ts";
import type { ArrayFile } from "../base/npz.ts";
import { isPlainObject, partsOf } from "../base/tree.ts";
import { Tensor } from "../numpy/mod.ts";
import { toArray, toTensor } from "./file_tensors.ts";

/**
 * A value as JSON: lists and objects are wrapped in a list of one, so that what
 * is not wrapped is a leaf. A tensor is `{ tensor: name of its array }`; JSON
 * has no infinities, NaN and -0, so these are `{ number: text }`.
 */
export type Json =
  | null
  | boolean
  | number
  | string
  | { readonly tensor: string }
  | { readonly number: string }
  | readonly [readonly Json[] | { readonly [name: string]: Json }];

/** A value as JSON; its tensors go to `arrays`. */
export async function toJson(
  value: unknown,
  path: string,
  arrays: Map<string, NpyArray>,
): Promise<Json> {
  if (value === null || value === undefined) return null;
  if (value instanceof Tensor) {
    arrays.set(path, toArray(value, await value.data()));
    return { tensor: path };
  }
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { number: Object.is(value, -0) ? "-0" : String(value) };
  }
  const parts = Array.isArray(value) || isPlainObject(value)
    ? partsOf(value)
    : null;
  if (parts === null) {
    throw new TreeError(
      `Cannot save a checkpoint: ${path} holds a ${typeof value}, expected ` +
        "tensors, numbers, strings, booleans, null, and lists and objects of " +
        "them: keep it in a px.static, which is not saved",
      path,
    );
  }
  const children: Json[] = [];
  for (const [i, child] of parts.children.entries()) {
    children.push(await toJson(child, path + parts.key(i), arrays));
  }
  if (Array.isArray(value)) return [children];
  const names = Object.keys(value as object).sort();
  return [Object.fromEntries(names.map((name, i) => [name, children[i]]))];
}

/** A value of a file that cannot take the place of one of the tree. */
export class Mismatch extends Error {}

/** The value of a file, if it can take the place of `current`. */
export function fromJson(
  json: Json,
  current: unknown,
  path: string,
  arrays: ArrayFile,
  file: string,
): unknown {
  const other = (what: string): never => {
    throw new Mismatch(`in the file ${path} is ${what}`);
  };
  const empty = current === null || current === undefined;
  if (json === null || typeof json !== "object") {
    if (json !== null && !empty && typeof json !== typeof current) {
      other(`a ${typeof json}`);
    }
    return json;
  }
  if ("number" in json) {
    if (!empty && typeof current !== "number") other("a number");
    return Number(json.number);
  }
  if ("tensor" in json) {
    const array = arrays.get(json.tensor);
    if (array === undefined) return other("an array that is missing");
    if (!empty && !(current instanceof Tensor)) other("a tensor");
    try {
      return toTensor(file, path, current, array);
    } catch (error) {
      if (!(current instanceof Tensor)) throw error;
      const { dtype, shape } = array;
      return other(
        `${dtype}[${shape.join(",")}] and ` +
          `${current.dtype}[${current.shape.join(",")}] in the tree`,
      );
    }
  }
  const [inner] = json as readonly [readonly Json[] | Record<string, Json>];
  const parts = empty ? null : partsOf(current);
  const list = Array.isArray(inner);
  const keys = list ? Object.keys(inner) : Object.keys(inner).sort();
  const names = keys.map((key) => list ? `[${key}]` : `['${key}']`);
  const own = parts?.children.map((_, i) => parts.key(i));
  if (!empty && `${own}` !== `${names}`) other(`of ${names.join(", ")}`);
  const children = keys.map((key, i) =>
    fromJson(
      (inner as Record<string, Json>)[key],
      parts?.children[i] ?? null,
      path + names[i],
      arrays,
      file,
    )
  );
  return list
    ? children
    : Object.fromEntries(keys.map((key, i) => [key, children[i]]));
}
