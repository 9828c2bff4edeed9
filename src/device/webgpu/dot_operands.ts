/**
 * What the forms of `dot` share: where elements of its operands are, and where
 * its results go.
 *
 * @module
 */
import type { Call, Kernel } from "../plan.ts";

/** Strides of an operand, in words. */
export interface Strides {
  /** From one product to the next. */
  readonly batch: number;
  /** From one row of the left, or column of the right, to the next. */
  readonly outer: number;
  /** From one summand to the next. */
  readonly inner: number;
}

/** A product as its forms see it. */
export interface Product {
  /** Number of products. */
  readonly b: number;
  /** Rows. */
  readonly m: number;
  /** Columns. */
  readonly n: number;
  /** Summands. */
  readonly k: number;
  /** The left operand. */
  readonly left: Strides;
  /** The right operand. */
  readonly right: Strides;
  /** What becomes of results; they are stored if not given. */
  readonly epilogue?: Epilogue;
}

/** Where a result belongs, as u32 expressions without side effects. */
export interface Place {
  /** Its row-major index among all results: `[batch, row, column]`. */
  readonly flat: string;
  /** Which product. */
  readonly batch: string;
  /** Which row. */
  readonly row: string;
  /** Which column. */
  readonly column: string;
}

/**
 * Gives the statements that a result goes through in place of the store to
 * `p2`. They are run once per result, by one invocation, where control flow is
 * not uniform: so without barriers. They stand in a block of their own and may
 * declare any names but those that they are given.
 *
 * @param value Name of the result, an f32.
 */
export type Epilogue = (value: string, place: Place) => string;

/** Elements from one row of a packed right operand to the next. */
export function packedColumns(n: number): number {
  return Math.ceil(n / 4) * 4;
}

/** What a call multiplies. */
export function productOf(
  { reads: [x, y] }: Call,
  { b, m, n, k, packed }: Extract<Kernel, { kind: "dot" }>,
  epilogue?: Epilogue,
): Product {
  const [xb, xm, xk] = x.strides;
  const [yb, yk, yn] = packed ? [y.strides[0], packedColumns(n), 1] : y.strides;
  return {
    ...{ b, m, n, k },
    left: { batch: xb, outer: xm, inner: xk },
    right: { batch: yb, outer: yn, inner: yk },
    epilogue,
  };
}

/** An element of the heap as f32. */
export function load(address: string): string {
  return `bitcast<f32>(heap[${address}])`;
}

/** `index * factor`; arithmetic of u32 wraps, so factors may be negative. */
export function times(index: string, factor: number): string {
  if (index === "0u" || factor === 0) return "0u";
  if (factor === 1) return index;
  const word = (factor >>> 0).toString();
  if (/^\d+u$/.test(index)) {
    return `${Math.imul(parseInt(index), factor) >>> 0}u`;
  }
  return `${index} * ${word}u`;
}

/** The sum of terms, without zeros. */
export function sum(terms: readonly string[]): string {
  const text = terms.filter((term) => term !== "0u").join(" + ");
  return text === "" ? "0u" : text;
}

/** A sum as a factor. */
export function parens(text: string): string {
  return /^\w+$/.test(text) ? text : `(${text})`;
}

/** A list of texts by index, as lines. */
export function lines(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join("\n");
}
