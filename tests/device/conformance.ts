import { conform } from "./conform.ts";
import { type Candidate, declareSuite } from "./suite.ts";

/** Declares all checks of a device. */
export function conformDevice(candidate: Candidate): void {
  declareSuite(candidate, conform);
}
