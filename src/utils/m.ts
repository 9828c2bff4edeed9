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
import { DynamicParam, Param, StaticParam } from "../core/mod.ts";
import { Tensor } from "../numpy/mod.ts";

/** Names and values of attributes of a param. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A mask expression; every operation gives another one. */
export interface MaskExpression extends Matcher {
  /** Meant by both. */
  and(other: Exclude<Filter, null>): MaskExpression;
  /** Meant by either. */
  or(other: Exclude<Filter, null>): MaskExpression;
  /** Not meant. */
  not(): MaskExpression;
  /** Meant, and every one of the attributes has the given value. */
  has(attributes: Attributes): MaskExpression;
  /** Meant, and none of the attributes has the given value. */
  hasNot(attributes: Attributes): MaskExpression;
  /** The expression as text. */
  toString(): string;
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
 * @see pcax `pxu.m`
 */
export function m(filter: Filter = null): MaskExpression {
  return expression(toPredicate(filter), `m(${filterName(filter)})`);
}

function expression(
  matches: (node: unknown) => boolean,
  text: string,
): MaskExpression {
  return {
    matches,
    and: (other) => {
      const also = toPredicate(other);
      return expression(
        (node) => matches(node) && also(node),
        `${text}.and(${filterName(other)})`,
      );
    },
    or: (other) => {
      const also = toPredicate(other);
      return expression(
        (node) => matches(node) || also(node),
        `${text}.or(${filterName(other)})`,
      );
    },
    not: () => expression((node) => !matches(node), `${text}.not()`),
    has: (attributes) => {
      const wanted = Object.entries(attributes);
      return expression(
        (node) =>
          matches(node) &&
          wanted.every(([name, value]) => equals(attribute(node, name), value)),
        `${text}.has(${JSON.stringify(attributes)})`,
      );
    },
    hasNot: (attributes) => {
      const unwanted = Object.entries(attributes);
      return expression(
        (node) =>
          matches(node) &&
          !unwanted.some(([name, value]) =>
            equals(attribute(node, name), value)
          ),
        `${text}.hasNot(${JSON.stringify(attributes)})`,
      );
    },
    toString: () => text,
  };
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
