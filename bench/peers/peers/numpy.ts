/**
 * numpy with OpenBLAS on one thread, where Python is at hand: the yardstick of
 * native code. A Python process multiplies on command; a round trip of a few
 * tens of microseconds is part of its time.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { Buffer } from "node:buffer";
import { createInterface } from "node:readline";
import type { Floats, Matmul, Peer } from "../lib/types.ts";

const PROGRAM = `
import base64, sys
import numpy as np
print(np.__version__, flush=True)
n = int(sys.stdin.readline())
read = lambda: np.frombuffer(base64.b64decode(sys.stdin.readline()), np.float32).reshape(n, n)
a, b = read(), read()
c = a @ b
print(base64.b64encode(c.tobytes()).decode(), flush=True)
for _ in sys.stdin:
    np.matmul(a, b, out=c)
    print(flush=True)
`;

/** A Python process that answers line by line. */
function startPython(): {
  ask(line: string): Promise<string>;
  next(): Promise<string>;
} {
  const env: Record<string, string | undefined> = {
    ...process.env,
    OPENBLAS_NUM_THREADS: "1",
  };
  // Settings for old builds would slow a current one.
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  const child = spawn("python3", ["-c", PROGRAM], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[
    Symbol.asyncIterator
  ]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("Cannot run numpy: python3 ended");
    return value;
  };
  return {
    next,
    ask: (line) => {
      child.stdin.write(line + "\n");
      return next();
    },
  };
}

const encode = (x: Floats) => Buffer.from(x.buffer).toString("base64");

async function makeMatmul(n: number, a: Floats, b: Floats): Promise<Matmul> {
  const python = startPython();
  await python.next();
  const bytes = Buffer.from(
    await python.ask(`${n}\n${encode(a)}\n${encode(b)}`),
    "base64",
  );
  const c = new Float32Array(new Uint8Array(bytes).buffer);
  return {
    run: async () => {
      await python.ask("");
    },
    result: () => c,
  };
}

/** Opens numpy. */
export async function open(_variant: string): Promise<Peer> {
  const version = await startPython().next();
  return { info: `numpy ${version}, OpenBLAS, 1 thread`, matmul: makeMatmul };
}
