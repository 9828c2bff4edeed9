/** Runs tests in a page, one after the other. */
import { type Candidate, declareOn, type Suite } from "../device/declare.ts";

/** What became of tests. */
export interface Results {
  readonly passed: number;
  readonly skipped: number;
  /** Their names, and what they threw. */
  readonly failures: readonly string[];
  readonly seconds: number;
  /** The tests that took longest, and their seconds. */
  readonly slowest: readonly (readonly [name: string, seconds: number])[];
}

interface Step {
  readonly name: string;
  readonly run: () => void | Promise<void>;
  readonly isTest: boolean;
}

/** Runs the tests of a device. */
export async function runTests(
  candidate: Candidate,
  declare: (suite: Suite) => void,
): Promise<Results> {
  const steps: Step[] = [];
  const path: string[] = [];
  let skipped = 0;
  declareOn(
    {
      describe(name, declare) {
        path.push(name);
        declare();
        path.pop();
      },
      before(run) {
        steps.push({
          name: [...path, "before"].join(": "),
          run,
          isTest: false,
        });
      },
      it: Object.assign(
        (name: string, _: unknown, run: Step["run"]) => {
          steps.push({ name: [...path, name].join(": "), run, isTest: true });
        },
        { skip: () => skipped++ },
      ),
    },
    candidate,
    declare,
  );
  let passed = 0;
  const failures: string[] = [];
  const times: [string, number][] = [];
  const now = () => performance.now() / 1000;
  const first = now();
  for (const { name, run, isTest } of steps) {
    const start = now();
    try {
      await run();
      if (isTest) passed++;
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.stack : error}`);
    }
    times.push([name, rounded(now() - start)]);
  }
  const slowest = times.sort((a, b) => b[1] - a[1]).slice(0, 3);
  const seconds = rounded(now() - first);
  return { passed, skipped, failures, seconds, slowest };
}

function rounded(seconds: number): number {
  return Math.round(10 * seconds) / 10;
}
