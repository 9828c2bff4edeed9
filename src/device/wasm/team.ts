/**
 * Threads that work on one memory. They start with the first job and sleep
 * between jobs; until all have started, the caller works alone, with the same
 * results.
 *
 * @module
 */
import { DeviceError } from "../../base/errors.ts";
import type { Pointer } from "./kernel_types.ts";
import type { Arena } from "./memory.ts";
import { WORTH, type Worth } from "./schedule.ts";
import {
  BLOCK_BYTES,
  type Started,
  startWorker,
  WORD,
  type WorkerStart,
} from "./worker.ts";

/** The `run` of a generated module with a schedule. */
export type TeamRun = (
  table: Pointer,
  thread: number,
  threads: number,
  arrivals: Pointer,
  sleeps: number,
  target: number,
) => void;

/** Generated code that a team runs. */
export interface Job {
  readonly id: number;
  /** The binary in shared memory. */
  readonly wasm: Pointer;
  readonly bytes: number;
  /** The caller's instance. */
  readonly run: TeamRun;
}

/** Milliseconds after which a thread that does not answer is given up. */
const PATIENCE = 10000;
/** Looks at a word before the caller sleeps: some microseconds. */
const SPINS = 2000;

/** Threads, the caller's among them. */
export class Team {
  /** Number of threads. */
  readonly threads: number;
  /** From when on it is worth its price. */
  readonly worth: Worth;
  readonly #arena: Arena;
  readonly #module: WebAssembly.Module;
  #block: Pointer = 0;
  #words: Int32Array = new Int32Array();
  readonly #forgotten: Job[] = [];
  #workers: Started[] = [];
  #ended = false;
  #starts = 0;
  #jobs = 0;

  /**
   * Starts nothing yet.
   *
   * @param arena Of a shared memory.
   * @param module The kernels for it.
   */
  constructor(
    arena: Arena,
    module: WebAssembly.Module,
    threads: number,
    worth: Worth = WORTH,
  ) {
    this.threads = threads;
    this.worth = worth;
    this.#arena = arena;
    this.#module = module;
  }

  /** The workers that have been started. */
  get workers(): readonly Started[] {
    return this.#workers;
  }

  /** Whether all threads have started. */
  get isReady(): boolean {
    return this.#workers.length > 0 && !this.#ended &&
      Atomics.load(this.#words, WORD.ready) === this.#workers.length;
  }

  /** Takes over a binary with a schedule, of which `run` is an instance. */
  job(wasm: Uint8Array, run: TeamRun): Job {
    const bytes = wasm.length;
    const pointer = this.#arena.alloc(bytes);
    const { buffer } = this.#arena.memory;
    new Uint8Array(buffer, pointer, bytes).set(wasm);
    return { id: ++this.#jobs, wasm: pointer, bytes, run };
  }

  /** Drops a job. */
  forget(job: Job): void {
    this.#forgotten.push(job);
  }

  /**
   * Runs a job.
   *
   * @throws {DeviceError} If a thread has died; nothing was computed then, and
   * the next run starts new threads.
   */
  run(job: Job, table: Pointer): void {
    if (this.#ended) this.#fail("a worker thread ended");
    if (this.#workers.length === 0) this.#start();
    const arrivals = this.#block + 4 * WORD.barrier;
    const target = Atomics.load(this.#words, WORD.barrier);
    if (!this.isReady) {
      job.run(table, 0, 1, arrivals, 0, target);
      return;
    }
    for (let old; (old = this.#forgotten.pop()) !== undefined;) {
      this.#post(-old.id, old, 0);
      this.#arena.free(old.wasm);
    }
    this.#post(job.id, job, table);
    if (Atomics.load(this.#words, WORD.failed) > 0) {
      this.#fail("a worker thread could not compile a generated program");
    }
    job.run(table, 0, this.threads, arrivals, Number(maySleep), target);
  }

  /** Gives all workers a job and waits until each has it. */
  #post(id: number, { wasm, bytes }: Job, table: Pointer): void {
    const words = this.#words;
    words[WORD.id] = id;
    words[WORD.wasm] = wasm;
    words[WORD.bytes] = bytes;
    words[WORD.table] = table;
    words[WORD.target] = Atomics.load(words, WORD.barrier);
    Atomics.store(words, WORD.arrived, 0);
    Atomics.add(words, WORD.job, 1);
    Atomics.notify(words, WORD.job);
    const all = this.#workers.length;
    const end = performance.now() + PATIENCE;
    for (let spins = 0;; spins++) {
      const arrived = Atomics.load(words, WORD.arrived);
      if (arrived === all) return;
      if (spins < SPINS) continue;
      if (maySleep) Atomics.wait(words, WORD.arrived, arrived, 100);
      if (performance.now() > end) {
        this.#fail(
          `${all - arrived} of ${all} worker threads did not answer within ` +
            `${PATIENCE / 1000} s`,
        );
      }
    }
  }

  #start(): void {
    // Workers that were given up may still write to the block they know.
    this.#block = this.#arena.alloc(BLOCK_BYTES);
    const { buffer } = this.#arena.memory;
    this.#words = new Int32Array(buffer, this.#block, BLOCK_BYTES / 4).fill(0);
    const own = ++this.#starts;
    const onEnd = () => {
      if (own === this.#starts) this.#ended = true;
    };
    for (let thread = 1; thread < this.threads; thread++) {
      const start: WorkerStart = {
        memory: this.#arena.memory,
        module: this.#module,
        block: this.#block,
        thread,
        threads: this.threads,
        word: WORD,
      };
      this.#workers.push(startWorker(start, onEnd));
    }
  }

  #fail(reason: string): never {
    for (const worker of this.#workers) worker.terminate();
    this.#workers = [];
    this.#ended = false;
    this.#starts++;
    throw new DeviceError(
      `Cannot run on ${this.threads} threads: ${reason}, expected all to ` +
        "live as long as the process: run again, which starts new ones",
    );
  }
}

/** Whether this thread may block: the main thread of a page may not. */
const maySleep = !("document" in globalThis);
