/**
 * What a warm call of a jitted function looks at: one walk over the arguments
 * that collects the tensors and compares all else with the last call's.
 *
 * @module
 */
import { type Aval, sameShape } from "../base/shape.ts";
import { isPlainObject, partsOf } from "../base/tree.ts";
import { BaseModule } from "../core/module.ts";
import { DynamicParam } from "../core/param.ts";
import { RKG } from "../core/random.ts";
import { StaticParam } from "../core/static_param.ts";
import { tensor } from "../numpy/convert.ts";
import { Tensor } from "../numpy/tensor.ts";
import { isData, type Tracked } from "./collect.ts";

/** Everything that must be equal for a compiled call to fit. */
export type Spec = readonly unknown[];

/** A walk over the arguments of one call. */
export class Signature {
  /** Tensors of pure arguments and in params, in order. */
  readonly tensors: Tensor[] = [];
  /** Tensors that tracked arguments hold outside params, in order. */
  readonly loose: Tensor[] = [];
  /** Tracked params, each once, in order. */
  readonly params: DynamicParam[] = [];
  readonly #index = new Map<DynamicParam, number>();
  readonly #expected: Spec;
  /** How much is as expected; all of it while there is no own spec. */
  #seen = 0;
  #own: unknown[] | null = null;

  /**
   * Starts a walk.
   *
   * @param expected The spec of a call that this one is likely to equal.
   */
  constructor(expected: Spec = []) {
    this.#expected = expected;
  }

  /** The spec of this call. */
  get spec(): Spec {
    return this.#own ?? this.#expected.slice(0, this.#seen);
  }

  /** Whether the spec is the expected one. */
  get isExpected(): boolean {
    return this.#own === null && this.#seen === this.#expected.length;
  }

  /** Adds a static argument: lists and plain objects count by what they hold. */
  addStatic(x: unknown): void {
    if (Array.isArray(x)) {
      this.#see(Array);
      this.#see(x.length);
      x.forEach((item) => this.addStatic(item));
    } else if (isPlainObject(x)) {
      const names = inOrder(Object.keys(x));
      this.#see(Object);
      this.#see(names.length);
      for (const name of names) {
        this.#see(name);
        this.addStatic(x[name]);
      }
    } else this.#see(x);
  }

  /** Adds a pure argument. */
  addPure(x: unknown): void {
    this.#walk(x, false);
  }

  /** Adds the tracked arguments and the random state. */
  addTracked(tracked: Tracked | null): void {
    if (tracked !== null) {
      for (const name of Object.keys(tracked).sort()) {
        this.#see(name);
        this.#walk(tracked[name], true);
      }
    }
    this.#walk(RKG.key, true);
  }

  #see(x: unknown): void {
    if (this.#own === null) {
      const expected = this.#expected;
      if (this.#seen < expected.length && same(x, expected[this.#seen])) {
        this.#seen++;
        return;
      }
      this.#own = expected.slice(0, this.#seen);
    }
    this.#own.push(x);
  }

  #walk(x: unknown, tracked: boolean): void {
    if (x === null || x === undefined) this.#see(null);
    else if (typeof x === "function") this.#walkFunction(x, tracked);
    else if (typeof x !== "object") this.#see(x);
    else if (x instanceof Tensor) this.#add(x, tracked);
    else if (x instanceof DynamicParam && tracked) this.#walkParam(x);
    else if (Array.isArray(x)) {
      this.#see(Array);
      this.#see(x.length);
      for (let i = 0; i < x.length; i++) this.#walk(x[i], tracked);
    } else if (isPlainObject(x)) {
      this.#see(Object);
      this.#attributes(x, inOrder(Object.keys(x)), tracked);
    } else if (isData(x)) this.#add(tensor(x), tracked);
    else this.#walkOther(x, tracked);
  }

  /** Static params and modules are callable. */
  #walkFunction(x: unknown, tracked: boolean): void {
    if (x instanceof StaticParam) {
      this.#see(StaticParam);
      this.#see(x.get());
    } else if (x instanceof BaseModule) {
      this.#see(x.constructor);
      const own = x as unknown as Record<string, unknown>;
      this.#attributes(own, Object.keys(x), tracked);
    } else this.#walkOther(x, tracked);
  }

  #attributes(
    x: Record<string, unknown>,
    names: readonly string[],
    tracked: boolean,
  ): void {
    // Without their number, siblings could pass for children.
    this.#see(names.length);
    for (let i = 0; i < names.length; i++) {
      this.#see(names[i]);
      this.#walk(x[names[i]], tracked);
    }
  }

  #walkOther(x: unknown, tracked: boolean): void {
    const parts = partsOf(x);
    if (parts === null) {
      this.#see(x);
      return;
    }
    for (const m of parts.metadata) this.#see(m);
    for (const child of parts.children) this.#walk(child, tracked);
  }

  #walkParam(param: DynamicParam): void {
    const known = this.#index.get(param);
    this.#see(param.constructor);
    this.#see(known);
    if (known !== undefined) return;
    this.#index.set(param, this.params.length);
    this.params.push(param);
    const names = Object.keys(param);
    this.#see(names.length);
    for (const name of names) {
      this.#see(name);
      this.#see(param[name]);
    }
    this.#walk(DynamicParam.peek(param), false);
  }

  #add(x: Tensor, tracked: boolean): void {
    this.#see(x.value.aval);
    (tracked ? this.loose : this.tensors).push(x);
  }
}

/** Sorted names; most are already. */
function inOrder(names: string[]): string[] {
  for (let i = 1; i < names.length; i++) {
    if (names[i - 1] > names[i]) return names.sort();
  }
  return names;
}

/** Whether two specs are equal. */
export function sameSpec(a: Spec, b: Spec): boolean {
  return a.length === b.length && a.every((x, i) => same(x, b[i]));
}

function same(x: unknown, y: unknown): boolean {
  if (x === y) return true;
  if (isAval(x) && isAval(y)) {
    return x.dtype === y.dtype && sameShape(x.shape, y.shape);
  }
  return Object.is(x, y);
}

function isAval(x: unknown): x is Aval {
  return typeof x === "object" && x !== null && "dtype" in x && "shape" in x;
}
