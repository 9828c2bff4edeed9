/**
 * step: one pass over a model in a status, after which status and temporary
 * values are as before.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { partsOf } from "../base/tree.ts";
import { type Filter, toPredicate } from "../core/filter.ts";
import { isInstance } from "../core/mod.ts";
import {
  clearParams,
  EnergyModule,
  type Status,
} from "../predictive_coding/mod.ts";
import { checkStatus } from "../predictive_coding/status.ts";

/** Some energy module, whatever its call takes. */
type AnyEnergyModule = EnergyModule<never, unknown>;

/** What {@link step} does besides setting the status. */
export interface StepOptions {
  /**
   * Which params to empty at the end; or, as `{ before, after }`, which to
   * empty at the beginning and which at the end.
   */
  clearParams?: Filter | { before?: Filter; after?: Filter };
}

/**
 * Sets the status of every energy module in a tree. At the end of the scope,
 * also when it throws, each gets the status back that it had, and the params
 * of `clearParams` are emptied.
 *
 * @example
 * ```ts
 * import { jnp, pxc, pxu } from "@vodes/vodes";
 *
 * const vode = new pxc.Vode([3]);
 * {
 *   using _ = pxu.step(vode, pxc.STATUS.INIT, {
 *     clearParams: pxc.VodeParam.Cache,
 *   });
 *   vode(jnp.ones([3]));
 * }
 * console.log(vode.status, `${vode.cache}`); // null Cache(params=None)
 * ```
 * @param module A module, or any tree of them.
 * @param status The status; or a pair, of which the second is the status after
 * the step.
 * @throws {TreeError} If an argument is of another kind; nothing has changed
 * then.
 * @see pcax `pxu.step`
 */
export function step(
  module: unknown,
  status?: Status | readonly [before: Status, after: Status],
  options?: StepOptions,
): Disposable;
/**
 * Runs a function as one step, for engines without `using`; a step of an async
 * function ends when its promise does.
 *
 * @returns What the function gives.
 */
export function step<T>(
  module: unknown,
  status: Status | readonly [before: Status, after: Status],
  options: StepOptions,
  body: () => T,
): T;
export function step<T>(
  module: unknown,
  status: Status | readonly [before: Status, after: Status] = null,
  { clearParams = null }: StepOptions = {},
  body?: () => T,
): Disposable | T {
  if (typeof module !== "object" && typeof module !== "function" || !module) {
    throw new TreeError(
      `Cannot step ${String(module)}, expected a module or a tree of them: ` +
        "give the model first, then the status",
    );
  }
  const modules = energyModules(module);
  const outer = modules.map((m) => m.status);
  const [inside, after] = isPair(status) ? status : [status];
  if (isPair(status)) checkStatus(after);
  checkStatus(inside);
  const clear = isPhases(clearParams) ? clearParams : { after: clearParams };
  // A wrong filter fails here, before anything has changed.
  for (const filter of [clear.before, clear.after]) toPredicate(filter ?? null);
  clearIn(module, clear.before);
  for (const m of modules) m.status = inside;
  const scope: Disposable = {
    [Symbol.dispose](): void {
      modules.forEach((m, i) =>
        m.status = after === undefined ? outer[i] : after
      );
      clearIn(module, clear.after);
    },
  };
  return body === undefined ? scope : runIn(scope, body);
}

function runIn<T>(scope: Disposable, body: () => T): T {
  let result: T;
  try {
    result = body();
  } catch (error) {
    scope[Symbol.dispose]();
    throw error;
  }
  if (result instanceof Promise) {
    return result.finally(() => scope[Symbol.dispose]()) as T;
  }
  scope[Symbol.dispose]();
  return result;
}

/** Every energy module of a tree, also those inside others. */
function energyModules(tree: unknown): AnyEnergyModule[] {
  const found = new Set<AnyEnergyModule>();
  const visit = (x: unknown): void => {
    if (isInstance(x, EnergyModule)) found.add(x as AnyEnergyModule);
    partsOf(x)?.children.forEach(visit);
  };
  visit(tree);
  return [...found];
}

/** Here null means nothing to clear, and not everything. */
function clearIn(tree: unknown, filter: Filter = null): void {
  if (filter !== null) clearParams(tree, filter);
}

function isPair(
  status: Status | readonly [Status, Status],
): status is readonly [Status, Status] {
  return Array.isArray(status);
}

function isPhases(
  clear: Filter | { before?: Filter; after?: Filter },
): clear is { before?: Filter; after?: Filter } {
  return typeof clear === "object" && clear !== null &&
    !Array.isArray(clear) && !("matches" in clear);
}
