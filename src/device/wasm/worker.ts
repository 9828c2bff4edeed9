/**
 * What a thread of a team does: waits for jobs, compiles each the first time,
 * runs its share. Everything it is told comes through shared memory.
 *
 * @module
 */

/** Words of the block through which a team talks, from its start. */
export const WORD = {
  /** Grows with every job. */
  job: 0,
  /** Workers that have started. */
  ready: 1,
  /** Workers that have the job at hand. */
  arrived: 2,
  /** Workers that could not compile it. */
  failed: 3,
  /** Its number; negative to forget that job. */
  id: 4,
  /** Where its binary is. */
  wasm: 5,
  /** Bytes of the binary. */
  bytes: 6,
  /** Address of its table. */
  table: 7,
  /** What the counter of arrivals is. */
  target: 8,
  /** Arrivals at barriers, in a cache line of its own. */
  barrier: 32,
} as const;

/** Bytes of the block. */
export const BLOCK_BYTES = 256;

/** What a worker is given when it starts. */
export interface WorkerStart {
  /** The shared memory. */
  readonly memory: WebAssembly.Memory;
  /** The kernels. */
  readonly module: WebAssembly.Module;
  /** Address of the block. */
  readonly block: number;
  /** Number of this thread, from 1. */
  readonly thread: number;
  /** Number of threads. */
  readonly threads: number;
  /** {@link WORD}, which the worker's source cannot refer to. */
  readonly word: typeof WORD;
}

/** The worker. Its source travels as text: it refers to nothing outside. */
function work(start: WorkerStart): void {
  const { memory, module, block, thread, threads, word } = start;
  const { atan2, pow, tan } = Math;
  const { exports: kernels } = new WebAssembly.Instance(module, {
    env: { memory, atan2, pow, tan },
  });
  const words = new Int32Array(memory.buffer, block, 64);
  const jobs = new Map<number, (...args: number[]) => void>();
  const compile = () => {
    const bytes = new Uint8Array(
      memory.buffer,
      words[word.wasm] >>> 0,
      words[word.bytes],
    ).slice();
    const own = new WebAssembly.Module(bytes);
    const env: Record<string, WebAssembly.ImportValue> = { memory };
    for (const { name } of WebAssembly.Module.imports(own)) {
      // Copies of windows are the first thread's.
      if (name !== "memory") env[name] = kernels[name] ?? (() => {});
    }
    const instance = new WebAssembly.Instance(own, { env });
    return instance.exports.run as (...args: number[]) => void;
  };
  let seen = 0;
  Atomics.add(words, word.ready, 1);
  for (;;) {
    Atomics.wait(words, word.job, seen);
    const job = Atomics.load(words, word.job);
    if (job === seen) continue;
    seen = job;
    const id = words[word.id];
    const table = words[word.table];
    const target = words[word.target];
    let run = jobs.get(id);
    try {
      if (id < 0) jobs.delete(-id);
      else if (run === undefined) jobs.set(id, run = compile());
    } catch {
      Atomics.add(words, word.failed, 1);
    }
    Atomics.add(words, word.arrived, 1);
    Atomics.notify(words, word.arrived);
    if (run !== undefined && id > 0) {
      run(table, thread, threads, block + 4 * word.barrier, 1, target);
    }
  }
}

/** A started worker. */
export interface Started {
  /** Ends it. */
  readonly terminate: () => unknown;
}

/** What this module needs of `node:worker_threads`, or of a browser. */
interface WorkerLike extends Started {
  unref?(): void;
  on?(event: "error" | "exit", listener: () => void): void;
  onerror?: ((event: unknown) => void) | null;
  postMessage(data: WorkerStart): void;
}

type WorkerClass = new (
  source: string,
  options?: { eval: boolean; workerData: WorkerStart },
) => WorkerLike;

interface Platform {
  readonly process?: {
    getBuiltinModule?(name: string): { Worker: WorkerClass } | undefined;
  };
  readonly Worker?: WorkerClass;
  readonly crossOriginIsolated?: boolean;
}

const platform = globalThis as Platform;

function threadsModule() {
  return platform.process?.getBuiltinModule?.("node:worker_threads");
}

/** Why there can be no workers here, or null. */
export function whyNoWorkers(): string | null {
  if (threadsModule() !== undefined) return null;
  if (platform.crossOriginIsolated !== true) {
    return "this page is not cross-origin isolated";
  }
  return platform.Worker === undefined ? "there are no workers here" : null;
}

/** Starts a worker; it does not keep the process alive. */
export function startWorker(start: WorkerStart, onEnd: () => void): Started {
  const threads = threadsModule();
  if (threads !== undefined) {
    const source = `(${work})(process.getBuiltinModule("node:worker_threads")` +
      ".workerData)";
    const worker = new threads.Worker(source, {
      eval: true,
      workerData: start,
    });
    worker.on?.("error", onEnd);
    worker.on?.("exit", onEnd);
    worker.unref?.();
    return worker;
  }
  const source = `onmessage = ({ data }) => (${work})(data)`;
  const url = URL.createObjectURL(new Blob([source]));
  const worker = new platform.Worker!(url);
  worker.onerror = onEnd;
  worker.postMessage(start);
  return worker;
}
