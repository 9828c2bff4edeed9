/**
 * Instances that can be called: `layer(x)` runs `layer.call(x)`. The instance
 * is a closure whose prototype is the class's, so it costs no more than a
 * method call and needs no Proxy and no run-time evaluation.
 *
 * @module
 */

/** The call signature of an instance. */
export interface Callable<Args extends readonly unknown[], Result> {
  /** Runs `call` with the same arguments. */
  (...args: Args): Result;
}

/** Base of classes whose instances are callable. */
export abstract class Callable<Args extends readonly unknown[], Result> {
  static {
    const { prototype } = Callable;
    Object.setPrototypeOf(prototype, Function.prototype);
    // Function.prototype's own are read-only and would forbid `this.name = ..`.
    for (const key of ["name", "length"]) {
      Object.defineProperty(prototype, key, {
        value: undefined,
        writable: true,
        configurable: true,
      });
    }
  }

  /** Makes the closure that becomes the instance. */
  constructor() {
    return blankInstance(new.target.prototype) as Callable<Args, Result>;
  }

  /** What calling the instance does. */
  abstract call(...args: Args): Result;
}

/** A callable instance of a class, without running its constructor. */
export function blankInstance(prototype: object): object {
  const self = (...args: unknown[]): unknown =>
    (self as unknown as Callable<unknown[], unknown>).call(...args);
  // In this order engines make it in a third of the time.
  Object.setPrototypeOf(self, prototype);
  // A closure's own name and length would come first among its attributes.
  delete (self as { name?: string }).name;
  delete (self as { length?: number }).length;
  return self;
}
