/**
 * Rows in Python, where it is at hand: numpy, torch and pcax, each a program in
 * `python/` that times itself, on one thread. `-avx2` at the end of a variant
 * keeps OpenBLAS and torch to kernels for AVX2.
 *
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { decodeFloats, encodeFloats } from "../lib/base64.ts";
import { AbsentError } from "../lib/protocol.ts";
import type {
  Batch,
  Floats,
  Layer,
  Matmul,
  Peer,
  PeerFactory,
  Timed,
  Trainer,
  Workload,
} from "../lib/types.ts";

/** The program of each library, and the Python module it needs. */
const PROGRAMS = {
  numpy: { file: "numpy_rows.py", module: "numpy" },
  torch: { file: "torch_rows.py", module: "torch" },
  pcax: { file: "pcax_rows.py", module: "pcax" },
} as const;

/** A library in Python. */
export type PythonLibrary = keyof typeof PROGRAMS;

const ONE_THREAD = {
  OPENBLAS_NUM_THREADS: "1",
  OMP_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  JAX_PLATFORMS: "cpu",
  XLA_FLAGS:
    "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
};

const AVX2 = {
  OPENBLAS_CORETYPE: "Haswell",
  ATEN_CPU_CAPABILITY: "avx2",
  DNNL_MAX_CPU_ISA: "AVX2",
  MKL_ENABLE_INSTRUCTIONS: "AVX2",
};

function environment(variant: string): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = {
    ...process.env,
    ...ONE_THREAD,
  };
  // Settings for old builds would slow a current one.
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  return variant.endsWith("-avx2") ? { ...env, ...AVX2 } : env;
}

/** A Python that has a module: `PYTHON_BIN`, or the first that does. */
function findPython(module: string): string {
  const named = process.env.PYTHON_BIN;
  const candidates = named ? [named] : ["python3", "/usr/bin/python3"];
  for (const python of candidates) {
    try {
      execFileSync(python, ["-c", `import ${module}`], { stdio: "ignore" });
      return python;
    } catch {
      // It is not there, or has no such module: the next one may.
    }
  }
  throw new AbsentError(
    `no ${candidates.join(", ")} with ${module}: name one by PYTHON_BIN`,
  );
}

type Answer = Record<string, unknown>;

/** A Python process that answers requests. */
interface Python {
  readonly info: string;
  ask<A extends Answer>(request: Answer): Promise<A>;
}

async function start(
  library: PythonLibrary,
  variant: string,
): Promise<Python> {
  const { file, module } = PROGRAMS[library];
  const program = fileURLToPath(new URL(`../python/${file}`, import.meta.url));
  const child = spawn(findPython(module), [program, variant], {
    env: environment(variant),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[
    Symbol.asyncIterator
  ]();
  const next = async <A extends Answer>(): Promise<A> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`Cannot run ${library}: Python ended`);
    return JSON.parse(value);
  };
  const { info } = await next<{ info: string }>();
  return {
    info,
    ask: (request) => {
      child.stdin.write(JSON.stringify(request) + "\n");
      return next();
    },
  };
}

async function makeTrainer(
  python: Python,
  work: Workload,
  layers: Layer[],
): Promise<Trainer> {
  const weights = layers.map(({ w, b }) => [encodeFloats(w), encodeFloats(b)]);
  await python.ask({ cmd: "trainer", work, weights });
  const encoded = ({ x, y }: Batch) => [encodeFloats(x), encodeFloats(y)];
  let loaded: readonly Batch[] | null = null;
  return {
    async step(batch) {
      const [x, y] = encoded(batch);
      const answer = await python.ask<{ energy: number }>(
        { cmd: "step", x, y },
      );
      return answer.energy;
    },
    async weights() {
      const answer = await python.ask<{ weights: [string, string][] }>(
        { cmd: "weights" },
      );
      return answer.weights.map(([w, b]) => ({
        w: decodeFloats(w),
        b: decodeFloats(b),
      }));
    },
    async time(batches, budget, runs) {
      if (loaded !== batches) {
        await python.ask({ cmd: "load", batches: batches.map(encoded) });
        loaded = batches;
      }
      return await python.ask<Timed & Answer>(
        { cmd: "time_training", budget, runs },
      );
    },
  };
}

async function makeMatmul(
  python: Python,
  n: number,
  a: Floats,
  b: Floats,
): Promise<Matmul> {
  const { c } = await python.ask<{ c: string }>(
    { cmd: "matmul", n, a: encodeFloats(a), b: encodeFloats(b) },
  );
  const result = decodeFloats(c);
  return {
    run: () => {},
    result: () => result,
    time: (budget, runs) =>
      python.ask<Timed & Answer>({ cmd: "time_matmul", budget, runs }),
  };
}

/** Opens a library in Python. */
export function openPython(library: PythonLibrary): PeerFactory {
  return async (variant): Promise<Peer> => {
    const python = await start(library, variant);
    return {
      info: `${python.info}, 1 thread`,
      trainer: (work, layers) => makeTrainer(python, work, layers),
      matmul: (n, a, b) => makeMatmul(python, n, a, b),
    };
  };
}
