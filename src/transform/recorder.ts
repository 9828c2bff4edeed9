/**
 * What a profile collects while a function runs: the calls of every compiled
 * Program, and the time that making it ready took.
 *
 * @module
 */
import { DeviceError, TraceError } from "../base/errors.ts";
import type {
  Device,
  Executable,
  ProfiledRun,
  RunTimes,
  Storage,
} from "../device/device.ts";

/** Steps from a function to code that runs. */
export type Phase = "trace" | "simplify" | "plan" | "compile";

/** A Program that ran. */
export interface RecordedProgram {
  /** Where it ran. */
  readonly device: Device;
  /** What its first run took. */
  readonly times: RunTimes;
  /** How often it ran. */
  readonly runs: number;
}

/** The same while it is being collected. */
interface Recorded extends Pick<ProfiledRun, "times"> {
  readonly device: Device;
  runs: number;
}

/** Collects what happens while it is the current recorder. */
export class Recorder {
  /** Milliseconds of each phase that something went through. */
  readonly phases: Map<Phase, number> = new Map();
  readonly #programs = new Map<Executable, Recorded>();

  /**
   * The Programs that ran, in the order of their first runs.
   *
   * @throws {DeviceError} If a device has yet to say what they took.
   */
  programs(): RecordedProgram[] {
    return [...this.#programs.values()].map(({ device, times, runs }) => {
      if (!(times instanceof Promise)) return { device, times, runs };
      throw new DeviceError(
        `Cannot profile on "${device.info.name}" at once: a GPU says later ` +
          "what it took, expected an asynchronous function: use " +
          "await px.profile(async () => ...)",
      );
    });
  }

  /** The same, once all devices have said what they took. */
  async settledPrograms(): Promise<RecordedProgram[]> {
    return await Promise.all(
      [...this.#programs.values()].map(async ({ device, times, runs }) => ({
        device,
        times: await times,
        runs,
      })),
    );
  }

  /**
   * Runs an executable; the first time its calls are timed.
   *
   * @throws {DeviceError} If the device cannot do that.
   */
  run(
    executable: Executable,
    device: Device,
    inputs: readonly Storage[],
  ): Storage[] {
    const known = this.#programs.get(executable);
    if (known !== undefined) {
      known.runs++;
      return executable.run(inputs);
    }
    if (executable.profile === undefined) {
      throw new DeviceError(
        `Cannot profile on "${device.info.name}": it does not time the calls ` +
          'of a program, expected a device that does: use init("wasm")',
      );
    }
    const { outputs, times } = executable.profile(inputs);
    // Nobody waits for them if the function fails; who does is told.
    if (times instanceof Promise) times.catch(() => {});
    this.#programs.set(executable, { device, times, runs: 1 });
    return outputs;
  }
}

let current: Recorder | null = null;

/** What collects now, or null. */
export function currentRecorder(): Recorder | null {
  return current;
}

/**
 * Runs `body` while `recorder` collects, until the promise that it may give is
 * settled.
 *
 * @throws {TraceError} If another one is collecting.
 */
export function recordWith<R>(recorder: Recorder, body: () => R): R {
  if (current !== null) {
    throw new TraceError(
      "Cannot profile inside a function that is being profiled, expected " +
        "one profile at a time: profile the outer function only",
    );
  }
  current = recorder;
  const stop = () => {
    current = null;
  };
  let result: R;
  try {
    result = body();
  } catch (error) {
    stop();
    throw error;
  }
  if (result instanceof Promise) return result.finally(stop) as R;
  stop();
  return result;
}

/** Runs `body` and counts its time to a phase. */
export function timePhase<R>(phase: Phase, body: () => R): R {
  if (current === null) return body();
  const { phases } = current;
  const start = performance.now();
  const result = body();
  const spent = performance.now() - start;
  phases.set(phase, (phases.get(phase) ?? 0) + spent);
  return result;
}
