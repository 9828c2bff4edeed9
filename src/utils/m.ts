/**
 * Mask expressions: an algebra over "is this param meant?".
 *
 * @module
 */
import {
  type Filter,
  filterName,
  type Matcher,
  toPredicate,
} from "../core/filter.ts";
import { TreeError } from "../base/errors.ts";
import { DynamicParam, Param, StaticParam } from "../core/mod.ts";
import { Tensor } from "../numpy/mod.ts";
import { Mask, type MaskOf } from "./mask.ts";

/** Names and values of attributes of a param. */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * A mask expression: says of each param whether it is meant. Every operation
 * gives another one, so that they combine freely.
 *
 * @see pcax `pxu.m`, pcx `pxu.M`
 */
export class MaskExpression implements Matcher {
  /** Whether a node is meant. */
  readonly matches: (node: unknown) => boolean;
  readonly #text: string;

  /**
   * Makes an expression; {@link m} is shorter.
   *
   * @param matches Whether a node is meant.
   * @param text The expression as text.
   */
  constructor(matches: (node: unknown) => boolean, text: string) {
    this.matches = matches;
    this.#text = text;
  }

  /** Meant by both. */
  and(other: Exclude<Filter, null>): MaskExpression {
    const also = toPredicate(other);
    return new MaskExpression(
      (node) => this.matches(node) && also(node),
      `${this.#text}.and(${filterName(other)})`,
    );
  }

  /** Meant by either. */
  or(other: Exclude<Filter, null>): MaskExpression {
    const also = toPredicate(other);
    return new MaskExpression(
      (node) => this.matches(node) || also(node),
      `${this.#text}.or(${filterName(other)})`,
    );
  }

  /** Not meant. */
  not(): MaskExpression {
    return new MaskExpression(
      (node) => !this.matches(node),
      `${this.#text}.not()`,
    );
  }

  /** Meant, and every one of the attributes has the given value. */
  has(attributes: Attributes): MaskExpression {
    const wanted = Object.entries(attributes);
    return new MaskExpression(
      (node) =>
        this.matches(node) &&
        wanted.every(([name, value]) => equals(attribute(node, name), value)),
      `${this.#text}.has(${JSON.stringify(attributes)})`,
    );
  }

  /** Meant, and none of the attributes has the given value. */
  hasNot(attributes: Attributes): MaskExpression {
    const unwanted = Object.entries(attributes);
    return new MaskExpression(
      (node) =>
        this.matches(node) &&
        !unwanted.some(([name, value]) => equals(attribute(node, name), value)),
      `${this.#text}.hasNot(${JSON.stringify(attributes)})`,
    );
  }

  /**
   * The mask that puts `values[1]` for what is meant and `values[0]` for all
   * else.
   *
   * @example
   * ```ts
   * import { pxc, pxu } from "@vodes/vodes";
   * const mask = pxu.m(pxc.VodeParam).to([null, 0]);
   * console.log(mask.mapTo); // [null, 0]
   * ```
   * @throws {TreeError} If there are not two values.
   * @see pcx `pxu.M.to`
   */
  to(values: readonly [unmatched: unknown, matched: unknown]): Mask {
    return new Mask(this, values);
  }

  /**
   * The params of a tree that are meant, the others null.
   *
   * @throws {TreeError} If none is meant.
   * @see {@link Mask.apply}
   */
  apply<T>(tree: T): MaskOf<T> {
    return new Mask(this).apply(tree);
  }

  /** The expression as text. */
  toString(): string {
    return this.#text;
  }
}

/**
 * Starts a mask expression.
 *
 * @example All states that are not clamped
 * ```ts
 * import { pxc, pxu } from "@vodes/vodes";
 *
 * const vode = new pxc.Vode([3]);
 * const free = pxu.m(pxc.VodeParam).hasNot({ frozen: true });
 * console.log(free.matches(vode.h)); // true
 * vode.h.frozen = true;
 * console.log(free.matches(vode.h)); // false
 * ```
 * @param filter A class, several, a predicate or a mask; null means everything.
 * @throws {TreeError} If it is none of these.
 * @see pcax `pxu.m`
 */
export function m(filter: Filter = null): MaskExpression {
  return new MaskExpression(toPredicate(filter), `m(${filterName(filter)})`);
}

/**
 * Starts a mask expression, under the name that pcx has for it.
 *
 * @see {@link m}, pcx `pxu.M`
 */
export function M(filter: Filter = null): MaskExpression {
  return m(filter);
}

/**
 * Meant by all: `mIs(a, b)` is `m(a).and(b)`.
 *
 * @throws {TreeError} If there is no filter.
 * @see pcx `pxu.M_is`
 */
export function mIs(...filters: Exclude<Filter, null>[]): MaskExpression {
  if (filters.length === 0) {
    throw new TreeError(
      "Cannot combine filters: none were given, expected at least one: " +
        "m(null) means everything",
    );
  }
  return filters.slice(1).reduce(
    (all: MaskExpression, filter) => all.and(filter),
    m(filters[0]),
  );
}

/**
 * Meant, with attributes: `m(filter).has(attributes)`.
 *
 * @see pcx `pxu.M_has`
 */
export function mHas(filter: Filter, attributes: Attributes): MaskExpression {
  return m(filter).has(attributes);
}

/**
 * Meant, without attributes: `m(filter).hasNot(attributes)`.
 *
 * @see pcx `pxu.M_hasnot`
 */
export function mHasNot(
  filter: Filter,
  attributes: Attributes,
): MaskExpression {
  return m(filter).hasNot(attributes);
}

/** An attribute of a param or of its tensor; undefined if it has none. */
function attribute(node: unknown, name: string): unknown {
  if (typeof node !== "object" || node === null) return undefined;
  // An empty param has no shape, and asking for it would throw.
  const empty = node instanceof Param && !Object.hasOwn(node, name) &&
    !(DynamicParam.peek(node) instanceof Tensor);
  if (empty || !(name in node)) return undefined;
  const value = (node as Record<string, unknown>)[name];
  return value instanceof StaticParam ? value.get() : value;
}

/** Equality of attributes; shapes are equal if their sizes are. */
function equals(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((x, i) => equals(x, b[i]));
  }
  return Object.is(a, b);
}
