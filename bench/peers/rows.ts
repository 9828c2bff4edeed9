/**
 * What is compared. To add a library: one module in peers/ that exports a
 * {@link PeerFactory} as `open`, one line in MODULES, its rows in ROWS.
 */
import type { PeerFactory } from "./lib/types.ts";
import type { PythonLibrary } from "./peers/python.ts";

/** The library of a row: the part of its name before the slash. */
export const MODULES: Record<string, () => Promise<{ open: PeerFactory }>> = {
  vodes: () => import("./peers/vodes.ts"),
  plainjs: () => import("./peers/plainjs.ts"),
  jaxjs: () => import("./peers/jaxjs.ts"),
  tfjs: () => import("./peers/tfjs.ts"),
  ort: () => import("./peers/ort.ts"),
  mlmatrix: () => import("./peers/mlmatrix.ts"),
  numpy: () => python("numpy"),
  torch: () => python("torch"),
  pcax: () => python("pcax"),
};

async function python(library: PythonLibrary): Promise<{ open: PeerFactory }> {
  const { openPython } = await import("./peers/python.ts");
  return { open: openPython(library) };
}

/**
 * The rows that run when none is named: `[runtime:]module/variant`. There are
 * more: tfjs/cpu+grad (10 s a step of mlp), tfjs/wasm-2+hand (fails outside
 * browsers), jaxjs/wasm-sync+eager, jaxjs/wasm-noworker, every row under Bun
 * (`bun:plainjs/dedup`), vodes with threads (`vodes/wasm-2`), and those in
 * Python: numpy/naive, numpy/hoist, torch/eager, torch/hoist, torch/autograd,
 * each also with `-avx2` at the end, and pcax/jit.
 */
export const ROWS: readonly string[] = [
  "vodes/wasm",
  "plainjs/naive",
  "plainjs/dedup",
  "jaxjs/wasm-sync",
  "jaxjs/wasm-sync+hoist",
  "jaxjs/wasm-async",
  "jaxjs/wasm-async+hoist",
  "tfjs/wasm-1+grad",
  "tfjs/wasm-1+hand",
  "ort/wasm-1",
  "ort/wasm-2",
  "mlmatrix/f64",
];

/**
 * The rows that `--gpu` adds. With `+queued` at the end steps follow each other
 * without being waited for.
 */
export const GPU_ROWS: readonly string[] = [
  "vodes/webgpu",
  "vodes/webgpu+queued",
  "jaxjs/webgpu",
  "jaxjs/webgpu+queued",
  "jaxjs/webgpu+hoist",
  "jaxjs/webgpu+hoist+queued",
  "tfjs/webgpu+grad",
];
