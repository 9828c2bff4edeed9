/**
 * The page of the browser check: imports the library as a user's page would,
 * and leaves a report where the runner (run.ts) looks for it.
 */
import * as vodes from "../../mod.ts";

/** What the page tells the runner. */
export interface Report {
  /** The names that mod.ts exports. */
  exports: string[];
  /** Whether the page may share memory between threads. */
  crossOriginIsolated: boolean;
}

const report: Report = {
  exports: Object.keys(vodes).sort(),
  crossOriginIsolated,
};

const text = JSON.stringify(report);
const place = document.getElementById("report");
if (place) place.textContent = text;
