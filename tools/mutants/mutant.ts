/** A line of the source with an error in it. */
export interface Mutant {
  /** The file, from the root. */
  readonly file: string;
  /** Text that is in it exactly once. */
  readonly from: string;
  /** What stands there instead. */
  readonly to: string;
  /** Tests that run first, if not those of the room. */
  readonly tests?: readonly string[];
}
