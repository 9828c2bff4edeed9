/**
 * Kernels as WGSL: what an emitter makes of a call. Code sees these names:
 *
 * - `heap: array<u32>`: the memory of the device, in words. An element of any
 *   dtype is one word: `bitcast<f32>(heap[i])`; a bool is 0 or 1.
 * - `p0, p1, ...: u32`: index in `heap` of the first element of each operand
 *   of the call, its reads first, then its writes.
 * - in code of items `item: u32`; in code of groups `group: u32`, the number
 *   of the workgroup, and `lane: u32`, that of the invocation in it.
 *
 * Addresses are not in the code, so equal code is compiled once.
 *
 * @module
 */
import type { Shape } from "../../base/shape.ts";

/** What code may use besides. */
interface Uses {
  /** Names of functions of `functions.ts` that the code calls. */
  readonly functions?: Iterable<string>;
  /** Whether the code has invocations of a subgroup see each other's values. */
  readonly subgroups?: boolean;
}

/** Independent pieces of work, each done by one invocation. */
export interface ItemCode extends Uses {
  /** Discriminates from {@link GroupCode}. */
  readonly kind: "items";
  /** Number of items. */
  readonly count: number;
  /** Statements that do the work of `item`, from 0 up to `count`. */
  readonly code: string;
  /**
   * Rows that the items go through in order, where that is known: items
   * `i * count / rows` up to `(i + 1) * count / rows` are those of row `i`.
   */
  readonly rows?: number;
  /** Steps of loops that an item takes; 0 if not given. */
  readonly steps?: number;
  /** The work in vectors, where it can be done so. */
  readonly vectors?: VectorCode;
}

/**
 * The same work by items of four elements each: `heap` is then an
 * `array<vec4<u32>>`, the types F, I, U and B have four elements, and the first
 * words of all operands are multiples of four. Addresses still count words.
 */
export interface VectorCode {
  /** Number of items. */
  readonly count: number;
  /** Statements that do the work of `item`. */
  readonly code: string;
}

/** Pieces of work that a whole workgroup does together. */
export interface GroupCode extends Uses {
  /** Discriminates from {@link ItemCode}. */
  readonly kind: "groups";
  /** Number of workgroups. */
  readonly count: number;
  /** Invocations per workgroup. */
  readonly size: number;
  /**
   * Statements that do the work of `group`. All invocations of a group run
   * them, so barriers are allowed wherever control flow is uniform.
   */
  readonly code: string;
  /** Workgroup memory: names with WGSL types. */
  readonly shared: readonly (readonly [name: string, type: string])[];
}

/** A kernel as WGSL. */
export type KernelCode = ItemCode | GroupCode;

/** Invocations per workgroup of items. */
export const ITEMS_PER_GROUP = 64;

/** A flat index taken apart. */
export interface Indices {
  /** Statements that declare the indices. */
  readonly code: string;
  /** A WGSL expression per axis; `0u` where the axis has size 1. */
  readonly names: readonly string[];
}

/**
 * Takes a row-major flat index apart.
 *
 * @param flat A u32 expression below the number of elements of `shape`.
 * @param prefix Of the names that are declared.
 */
export function takeApart(
  flat: string,
  shape: Shape,
  prefix: string,
): Indices {
  const lines: string[] = [];
  const names = shape.map(() => "0u");
  const axes = shape.keys().filter((axis) => shape[axis] !== 1).toArray();
  let rest = flat;
  axes.reverse().forEach((axis, i) => {
    const name = `${prefix}${axis}`;
    names[axis] = name;
    if (i === axes.length - 1) {
      lines.push(`let ${name} = ${rest};`);
      return;
    }
    const left = `${prefix}r${axis}`;
    lines.push(
      `let ${left} = ${rest} / ${shape[axis]}u;`,
      `let ${name} = ${rest} - ${left} * ${shape[axis]}u;`,
    );
    rest = left;
  });
  return { code: lines.join("\n"), names };
}

/**
 * `base` plus each index times its stride. Arithmetic of u32 wraps, so strides
 * may be negative.
 */
export function placeOf(
  base: string,
  indices: readonly string[],
  strides: readonly number[],
): string {
  return indices.reduce((text, index, axis) => {
    const stride = strides[axis];
    if (stride === 0 || index === "0u") return text;
    const size = Math.abs(stride);
    const term = size === 1 ? index : `${index} * ${size}u`;
    return `${text} ${stride < 0 ? "-" : "+"} ${term}`;
  }, base);
}
