/**
 * Filters: the ways to say which nodes of a tree are meant. A filter is a
 * class, a predicate, an object with a `matches` method, an array of these
 * (any of them), or null (everything).
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { type Class, isInstance } from "./module.ts";
import type { Param } from "./tensor_param.ts";

/** An object that decides about a node, such as a mask expression. */
export interface Matcher {
  /** Whether the node is meant. */
  matches(node: unknown): boolean;
}

/**
 * A function that decides about a param. It is typed as a method, whose
 * parameter may be declared as a class of param of one's own.
 */
export type Predicate = { of(node: Param): boolean }["of"];

/** Says which nodes are meant; null means all of them. */
export type Filter =
  | null
  | Class
  | Predicate
  | Matcher
  | readonly Exclude<Filter, null>[];

/**
 * Makes a filter a function.
 *
 * @throws {TreeError} If it is no filter.
 */
export function toPredicate(filter: Filter): (node: unknown) => boolean {
  if (filter === null) return () => true;
  if (isUnion(filter)) {
    if (filter.some((member) => member === null || member === undefined)) {
      throw new TreeError(
        `Cannot use ${filterName(filter)} as a filter: one of its members ` +
          "is null, expected classes, predicates or masks: leave it out, or " +
          "give null alone to mean everything",
      );
    }
    const predicates = filter.map(toPredicate);
    return (node) => predicates.some((predicate) => predicate(node));
  }
  if (isClass(filter)) return (node) => isInstance(node, filter);
  if (typeof filter === "function") return (node) => filter(node as Param);
  if (typeof filter === "object" && typeof filter.matches === "function") {
    return (node) => filter.matches(node);
  }
  throw new TreeError(
    `Cannot use ${
      String(filter)
    } as a filter, expected a class, a predicate, ` +
      "a mask expression or an array of these: null means everything",
  );
}

/** Text of a filter: `VodeParam | Cache`. */
export function filterName(filter: Filter): string {
  if (filter === null) return "everything";
  if (isUnion(filter)) return filter.map(filterName).join(" | ");
  if (typeof filter === "function") return filter.name || "predicate";
  return String(filter);
}

function isUnion(filter: Filter): filter is readonly Exclude<Filter, null>[] {
  return Array.isArray(filter);
}

/** Only a class has a prototype that cannot be replaced. */
function isClass(filter: Class | Predicate | Matcher): filter is Class {
  return typeof filter === "function" &&
    Object.getOwnPropertyDescriptor(filter, "prototype")?.writable === false;
}
