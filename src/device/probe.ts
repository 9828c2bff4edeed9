/**
 * Times the calls of a Plan from within: code marks the end of each.
 *
 * @module
 */
import { describeCall } from "./describe.ts";
import type { CallTime } from "./device.ts";
import type { Call } from "./plan.ts";

/** The marks that start a run. Looking at the clock is slow the first time. */
const MARKS = [0, 1, 2];

/** What the marks of one run said. */
interface Times {
  /** Milliseconds before each mark since the one before it. */
  readonly ms: Float64Array;
  /** How often each mark was met. */
  readonly counts: Uint32Array;
}

/** Collects the times of the calls of one Plan over several runs. */
export class Probe {
  readonly #calls: Call[] = [];
  readonly #runs: Times[] = [];
  #now: Times = timesOf(0);
  #last = 0;

  /** Registers a call; gives its mark. */
  add(call: Call): number {
    return MARKS.length + this.#calls.push(call) - 1;
  }

  /** The marks with which code starts: nothing lies between them. */
  get start(): readonly number[] {
    return MARKS;
  }

  /** Says that the call of this mark has ended, or that a run has started. */
  readonly mark = (mark: number): void => {
    const now = performance.now();
    this.#now.ms[mark] += now - this.#last;
    this.#now.counts[mark]++;
    this.#last = now;
  };

  /** Runs code that marks the start and each call, once. */
  run(body: () => void): void {
    this.#now = timesOf(MARKS.length + this.#calls.length);
    body();
    this.#runs.push(this.#now);
  }

  /**
   * The calls of one run: means of the faster half of all, without what
   * looking at the clock costs.
   */
  times(): CallTime[] {
    const runs = fasterHalf(this.#runs, ({ ms }) => {
      return ms.subarray(MARKS.length).reduce((a, b) => a + b, 0);
    });
    const mean = (of: (times: Times) => number) =>
      runs.reduce((sum, times) => sum + of(times), 0) / runs.length;
    const clock = mean(({ ms }) => Math.min(ms[1], ms[2]));
    return this.#calls.map((call, i) => {
      const mark = MARKS.length + i;
      const count = runs[0].counts[mark];
      const spent = mean(({ ms }) => ms[mark]) - count * clock;
      return { ...describeCall(call), count, ms: Math.max(0, spent) };
    });
  }
}

function timesOf(marks: number): Times {
  return { ms: new Float64Array(marks), counts: new Uint32Array(marks) };
}

/** The half with the least values, at least one; the others were disturbed. */
export function fasterHalf<T>(list: readonly T[], by: (x: T) => number): T[] {
  const sorted = [...list].sort((a, b) => by(a) - by(b));
  return sorted.slice(0, Math.ceil(list.length / 2));
}
