/**
 * Times the dispatches of one run by the clock of the GPU.
 *
 * @module
 */
import type { CallTime, RunTimes } from "../device.ts";
import type { Launch } from "./blueprint.ts";
import type { Faults } from "./faults.ts";
import { BUFFER, MAP_READ } from "./usage.ts";

const TIMESTAMP_BYTES = 8;
/** The most timestamps of one query set. */
const MOST_TIMESTAMPS = 4096;

/** Collects the times of one run. */
export class Clock {
  readonly #device: GPUDevice;
  readonly #launches: Launch[] = [];
  readonly #queries: GPUQuerySet | null;
  readonly #resolved: GPUBuffer;
  readonly #read: GPUBuffer;
  readonly #size: number;
  readonly #start = performance.now();

  /** For up to `dispatches` dispatches; later ones are not timed. */
  constructor(device: GPUDevice, dispatches: number) {
    this.#device = device;
    const count = Math.min(2 * dispatches, MOST_TIMESTAMPS);
    this.#queries = device.features.has("timestamp-query") && count > 0
      ? device.createQuerySet({ type: "timestamp", count })
      : null;
    this.#size = Math.max(TIMESTAMP_BYTES, TIMESTAMP_BYTES * count);
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = BUFFER;
    const buffer = (usage: number) =>
      device.createBuffer({ size: this.#size, usage });
    this.#resolved = buffer(QUERY_RESOLVE | COPY_SRC);
    this.#read = buffer(COPY_DST | MAP_READ);
  }

  /** A pass that is timed, for one dispatch. */
  begin(encoder: GPUCommandEncoder, launch: Launch): GPUComputePassEncoder {
    const at = 2 * this.#launches.length;
    this.#launches.push(launch);
    if (this.#queries === null || at + 2 > this.#queries.count) {
      return encoder.beginComputePass();
    }
    return encoder.beginComputePass({
      timestampWrites: {
        querySet: this.#queries,
        beginningOfPassWriteIndex: at,
        endOfPassWriteIndex: at + 1,
      },
    });
  }

  /** Brings the times where they can be read. */
  resolve(encoder: GPUCommandEncoder): void {
    const count = this.#timed();
    if (this.#queries === null || count === 0) return;
    encoder.resolveQuerySet(this.#queries, 0, 2 * count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#read, 0, this.#size);
  }

  /** What the run took. */
  async times(faults: Faults): Promise<RunTimes> {
    const mark = faults.mark();
    let whole: number;
    let nanoseconds: readonly bigint[];
    try {
      await this.#device.queue.onSubmittedWorkDone();
      whole = performance.now() - this.#start;
      nanoseconds = await this.#nanoseconds();
    } catch (error) {
      return await faults.unmapped("profile", mark, error);
    } finally {
      for (const buffer of [this.#resolved, this.#read]) buffer.destroy();
      this.#queries?.destroy();
    }
    faults.rejectIfGone("profile");
    const calls = this.#launches.map(({ work }, i): CallTime => {
      const begin = nanoseconds[2 * i] ?? 0n;
      const spent = Number((nanoseconds[2 * i + 1] ?? begin) - begin);
      return { ...work, count: 1, ms: Math.max(0, spent) / 1e6 };
    });
    const dispatches = `${this.#launches.length} dispatches in 1 submit`;
    const first = nanoseconds[0];
    if (first === undefined) {
      return {
        calls,
        ms: whole,
        how: `${dispatches}, 1 run with its way to the GPU and back (this ` +
          "adapter has no timestamp-query)",
      };
    }
    const last = nanoseconds[2 * this.#timed() - 1];
    const ms = Number(last - first) / 1e6;
    return { calls, ms, how: `${dispatches}, 1 run by the GPU's clock` };
  }

  #timed(): number {
    return Math.min(this.#launches.length, (this.#queries?.count ?? 0) / 2);
  }

  async #nanoseconds(): Promise<readonly bigint[]> {
    if (this.#queries === null || this.#timed() === 0) return [];
    await this.#read.mapAsync(MAP_READ);
    const list = new BigUint64Array(this.#read.getMappedRange()).slice();
    this.#read.unmap();
    return [...list];
  }
}
