/**
 * Runs a Plan's code again and again from one state: as it is, to see what a
 * run takes, and with a probe inside, to see what each call takes.
 *
 * @module
 */
import type { RunTimes } from "../device.ts";
import type { Plan } from "../plan.ts";
import { fasterHalf, Probe } from "../probe.ts";
import { type Code, type Machine, prepare } from "./code.ts";

/** Runs at most, and milliseconds after which no further one starts. */
const MOST_RUNS = 1000;
const BUDGET = 1000;

/** An input whose memory a run overwrites. */
export interface Overwritten {
  /** Index in the table of addresses. */
  readonly base: number;
  /** Words. */
  readonly size: number;
}

/** Code that measures itself when it is run. */
export interface ProfiledCode extends Pick<Code, "run" | "dispose"> {
  /** What was measured. */
  result(): RunTimes;
}

/**
 * Code that does what `code`, made of `plan`, does: it leaves what one run
 * leaves. Calls are timed on this thread alone.
 *
 * @throws {DeviceError} If the engine does not compile it.
 */
export function profileCode(
  machine: Machine,
  plan: Plan,
  code: Code,
  overwritten: readonly Overwritten[],
): ProfiledCode {
  const probe = new Probe();
  const timed = prepare(machine, plan, probe);
  const whole: number[] = [];
  return {
    dispose: timed.dispose,
    run(bases) {
      const { u32 } = machine.arena.views();
      const before = overwritten.map(({ base, size }) => {
        const at = (bases[base] >>> 0) / 4;
        return { at, words: u32.slice(at, at + size) };
      });
      const restore = () => before.forEach((b) => u32.set(b.words, b.at));
      const start = performance.now();
      do {
        restore();
        const from = performance.now();
        code.run(bases);
        whole.push(performance.now() - from);
        restore();
        probe.run(() => timed.run(bases));
      } while (
        whole.length < MOST_RUNS && performance.now() - start < BUDGET
      );
    },
    result() {
      const faster = fasterHalf(whole, (ms) => ms);
      const ms = faster.reduce((a, b) => a + b, 0) / faster.length;
      const how =
        `the faster half of ${whole.length} runs, kernels on 1 thread`;
      return { calls: probe.times(), ms, how };
    },
  };
}
