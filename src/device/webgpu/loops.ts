/**
 * Loops of WGSL as text.
 *
 * @module
 */
import type { Shape } from "../../base/shape.ts";

/** Lines, joined; lists of lines and empty texts may be among them. */
export function lines(...parts: readonly (string | readonly string[])[]) {
  return parts.flat().filter((part) => part !== "").join("\n");
}

/** `head { body }`, indented; without a head it only is a scope. */
export function block(head: string, body: string): string {
  return `${head === "" ? "" : `${head} `}{\n${
    body.replace(/^(?=.)/gm, "  ")
  }\n}`;
}

/** Runs `body` with `name` from 0 up to `count`. */
export function loop(name: string, count: number, body: string): string {
  return block(`for (var ${name} = 0u; ${name} < ${count}u; ${name}++)`, body);
}

/**
 * A loop per axis of `shape`, the last one innermost.
 *
 * @param prefix Of the names of the indices.
 * @param body Is given an expression per axis; `0u` where it has size 1.
 */
export function nest(
  shape: Shape,
  prefix: string,
  body: (names: readonly string[]) => string,
): string {
  const names = shape.map((n, axis) => n === 1 ? "0u" : `${prefix}${axis}`);
  return shape.reduceRight(
    (text, n, axis) => n === 1 ? text : loop(names[axis], n, text),
    body(names),
  );
}

/** `base` and a number of elements from there, which may be negative. */
export function offsetBy(base: string, elements: number): string {
  return elements === 0 ? base : `${base} + ${elements >>> 0}u`;
}

/** The float at an address. */
export function float(address: string): string {
  return `bitcast<f32>(heap[${address}])`;
}

/** Stores a float at an address. */
export function storeFloat(address: string, value: string): string {
  return `heap[${address}] = bitcast<u32>(${value});`;
}
