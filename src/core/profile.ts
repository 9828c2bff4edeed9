/**
 * px.profile: where the time of a call goes.
 *
 * @module
 */
import { TraceError } from "../base/errors.ts";
import { inspectable } from "../base/inspect.ts";
import {
  type Phase,
  type RecordedProgram,
  Recorder,
  recordWith,
} from "../transform/recorder.ts";
import { currentTrace } from "../transform/trace.ts";

/** All calls that compute the same. */
export interface KernelTime {
  /**
   * What is computed: `dot 32x16x8 np` is a product of m x n x k, the first
   * operand in memory as it is used (`t`: transposed), the second packed;
   * `map f32[32,16]: a - b` a fused loop.
   */
  readonly name: string;
  /** How often it ran. */
  readonly calls: number;
  /** Milliseconds, of all calls together. */
  readonly ms: number;
  /** Part of the time of all kernels, from 0 to 1. */
  readonly share: number;
  /** Multiplications and additions of matrix products, 0 for other kernels. */
  readonly flops: number;
  /** Bytes of the elements read and written. */
  readonly bytes: number;
}

/** Where the time of a call went; `console.log` prints it as a table. */
export class Profile<R> {
  static {
    inspectable(Profile.prototype);
  }
  /** What the function gave. */
  readonly result: R;
  /** Runs of compiled programs. */
  readonly runs: number;
  /** Milliseconds of these runs, without JavaScript around them. */
  readonly ms: number;
  /** What ran, the most expensive first. */
  readonly kernels: readonly KernelTime[];
  /** Milliseconds of the phases of what had to be compiled; else empty. */
  readonly phases: ReadonlyMap<Phase, number>;
  readonly #programs: readonly RecordedProgram[];

  /** Sums up what was recorded. */
  constructor(
    result: R,
    programs: readonly RecordedProgram[],
    phases: ReadonlyMap<Phase, number>,
  ) {
    this.result = result;
    this.phases = phases;
    this.runs = total(programs, (p) => p.runs);
    this.ms = total(programs, (p) => p.runs * p.times.ms);
    this.kernels = kernelTimes(programs);
    this.#programs = programs;
  }

  /** The table. */
  toString(): string {
    const devices = this.#programs.map(({ device, times }) =>
      `${device.info.description}; ${times.how}`
    );
    const inKernels = total(this.kernels, (k) => k.ms);
    const compiled = [...this.phases].map(([phase, ms]) =>
      `${phase} ${milliseconds(ms)}`
    );
    return [
      `${counted(this.runs, "run")} of ` +
      `${counted(this.#programs.length, "program")}: ` +
      `${milliseconds(this.ms)}, of it in kernels ${milliseconds(inKernels)}`,
      ...new Set(devices),
      ...compiled.length > 0 ? [`compiled before: ${compiled.join(", ")}`] : [],
      "",
      ...table(this.kernels),
    ].join("\n");
  }
}

/**
 * Calls `fn` and reports where the time goes, kernel by kernel. Results and
 * params are the same as without it. The first run of each program is
 * measured, later ones are counted. On wasm it is run again and again from the
 * same state for up to a second, so that the times are those of warm code, on
 * one thread. On a GPU, where `fn` must be asynchronous, a row is a dispatch,
 * and times are those of the GPU's clock.
 *
 * @param fn What it gives is {@link Profile.result}; where it is a promise,
 *   so is the profile.
 * @throws {DeviceError} If the device cannot time kernels, or only for an
 *   asynchronous function.
 * @throws {TraceError} If a function is being traced or profiled.
 * @example
 * ```ts
 * import { jnp, px, pxf, type Tensor } from "@vodes/vodes";
 * const f = pxf.jit((x: Tensor) => x.matmul(x).add(1));
 * const report = px.profile(f, jnp.ones([64, 64]));
 * console.log(report); // the table
 * console.log(report.kernels[0].calls, report.result.shape); // 1 [ 64, 64 ]
 * ```
 * @example On any device
 * ```ts
 * import { jnp, px } from "@vodes/vodes";
 * const x = jnp.ones([64, 64]);
 * const report = await px.profile(async () => await x.matmul(x).data());
 * console.log(report.result.length); // 4096
 * ```
 */
export function profile<A extends readonly unknown[], R>(
  fn: (...args: A) => Promise<R>,
  ...args: A
): Promise<Profile<R>>;
/** The same for a function that gives its result at once. */
export function profile<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  ...args: A
): Profile<R>;
export function profile<A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  ...args: A
): Profile<unknown> | Promise<Profile<unknown>> {
  if (currentTrace() !== null) {
    throw new TraceError(
      `Cannot profile inside "${currentTrace()!.name}": it is being traced ` +
        "and nothing runs yet, expected a call that runs: profile the call " +
        "of the jitted function",
    );
  }
  const recorder = new Recorder();
  const { phases } = recorder;
  const result = recordWith(recorder, () => fn(...args));
  if (!(result instanceof Promise)) {
    return new Profile(result, recorder.programs(), phases);
  }
  return result.then(async (value) =>
    new Profile(value, await recorder.settledPrograms(), phases)
  );
}

function kernelTimes(programs: readonly RecordedProgram[]): KernelTime[] {
  const kernels = new Map<string, Omit<KernelTime, "share">>();
  for (const { times, runs } of programs) {
    for (const { name, flops, bytes, count, ms } of times.calls) {
      const calls = runs * count;
      const known = kernels.get(name);
      kernels.set(name, {
        name,
        calls: calls + (known?.calls ?? 0),
        ms: runs * ms + (known?.ms ?? 0),
        flops: calls * flops + (known?.flops ?? 0),
        bytes: calls * bytes + (known?.bytes ?? 0),
      });
    }
  }
  const list = [...kernels.values()].sort((a, b) => b.ms - a.ms);
  const all = total(list, (k) => k.ms);
  return list.map((k) => ({ ...k, share: all === 0 ? 0 : k.ms / all }));
}

/** Rows of the table; the rest is summed up in one. */
const MOST_ROWS = 24;

function table(kernels: readonly KernelTime[]): string[] {
  const shown = kernels.slice(0, MOST_ROWS);
  const rest = kernels.slice(MOST_ROWS);
  const rows = [
    ["kernel", "calls", "ms", "share", "rate"],
    ...shown.map((k) => [k.name, `${k.calls}`, ...times(k), rate(k)]),
  ];
  if (rest.length > 0) {
    const [calls, ms, share] = (["calls", "ms", "share"] as const)
      .map((key) => total(rest, (k) => k[key]));
    const name = `${rest.length} others`;
    rows.push([name, `${calls}`, ...times({ ms, share }), ""]);
  }
  const widths = rows[0].map((_, i) =>
    Math.max(...rows.map((r) => r[i].length))
  );
  return rows.map((cells) =>
    cells.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])
    ).join("  ").trimEnd()
  );
}

function times({ ms, share }: Pick<KernelTime, "ms" | "share">): string[] {
  return [digits(ms), `${(100 * share).toFixed(1)} %`];
}

function rate({ flops, bytes, ms }: KernelTime): string {
  if (ms === 0) return "";
  return flops > 0
    ? `${(flops / ms / 1e6).toFixed(1)} GFLOP/s`
    : `${(bytes / ms / 1e6).toFixed(1)} GB/s`;
}

function digits(ms: number): string {
  return ms < 1 ? ms.toFixed(4) : ms.toPrecision(5);
}

function milliseconds(ms: number): string {
  return `${Number(ms.toPrecision(3))} ms`;
}

function counted(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`;
}

function total<T>(list: readonly T[], by: (x: T) => number): number {
  return list.reduce((sum, x) => sum + by(x), 0);
}
