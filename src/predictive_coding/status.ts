/**
 * The statuses that the library itself knows. A status is any string, or null
 * for none; the rules of a Vode name the statuses in which they hold.
 *
 * @module
 */

import { TreeError } from "../base/errors.ts";

/** What `status` an energy module can have: a name, or null for none. */
export type Status = string | null;

/**
 * Gives a status back, if it is one.
 *
 * @throws {TreeError} If it is neither a text nor null.
 */
export function checkStatus(status: unknown): Status {
  if (status === null || typeof status === "string") return status;
  throw new TreeError(
    `Cannot set the status ${String(status)}, expected a name or null: ` +
      "use pxc.STATUS, or a name of your own",
  );
}

/** The predefined statuses. */
export const STATUS: {
  /** No status: rules for named statuses do not apply. */
  readonly NONE: null;
  /** As the status of a rule: matches every status. */
  readonly ALL: ".*";
  /** The initialising pass, in which a Vode's `h` takes the value of `u`. */
  readonly INIT: "init";
} = { NONE: null, ALL: ".*", INIT: "init" };
