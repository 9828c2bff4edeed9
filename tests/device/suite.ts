/** Tests of a device that `node:test` runs. */
import { before, describe, it } from "node:test";
import { type Candidate, declareOn, type Suite } from "./declare.ts";

export type { Candidate, Suite };

/** Declares the tests of a device. */
export function declareSuite(
  candidate: Candidate,
  declare: (suite: Suite) => void,
): void {
  declareOn({ before, describe, it }, candidate, declare);
}
