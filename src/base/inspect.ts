/**
 * Makes `console.log` print an object through its `toString` in every runtime.
 *
 * @module
 */

const HOOKS = ["nodejs.util.inspect.custom", "Deno.customInspect"]
  .map((name) => Symbol.for(name));

function show(this: object): string {
  return String(this);
}

/** Defines both inspection hooks on a prototype or an object. */
export function inspectable(target: object): void {
  for (const hook of HOOKS) {
    if (!(hook in target)) {
      Object.defineProperty(target, hook, { value: show, configurable: true });
    }
  }
}
