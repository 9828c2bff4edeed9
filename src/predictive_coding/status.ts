/**
 * The statuses that the library itself knows. A status is any string, or null
 * for none; the rules of a Vode name the statuses in which they hold.
 *
 * @module
 */

/** What `status` an energy module can have: a name, or null for none. */
export type Status = string | null;

/** The predefined statuses. */
export const STATUS: {
  /** No status: rules for named statuses do not apply. */
  readonly NONE: null;
  /** As the status of a rule: matches every status. */
  readonly ALL: ".*";
  /** The initialising pass, in which a Vode's `h` takes the value of `u`. */
  readonly INIT: "init";
} = { NONE: null, ALL: ".*", INIT: "init" };
