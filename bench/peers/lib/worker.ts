/** The process of one row: loads its library and obeys the parent. */
import process from "node:process";
import { createInterface } from "node:readline";
import { MODULES } from "../rows.ts";
import { encodeFloats } from "./base64.ts";
import { AbsentError, type Answers, MARK, type Request } from "./protocol.ts";
import type { Peer, Pending, Timed, Trainer, Workload } from "./types.ts";
import {
  forCheck,
  initLayers,
  makeBatches,
  matmulInputs,
  WORKLOADS,
} from "./workloads.ts";

/** Ends the name of a row whose steps do not wait for each other. */
const QUEUED = "+queued";

/** Answers requests until standard input ends. */
export async function runWorker(row: string): Promise<void> {
  const [name, full = ""] = row.split("/");
  const variant = full.replace(QUEUED, "");
  const queued = variant !== full;
  if (!(name in MODULES)) {
    throw new RangeError(
      `Cannot run "${row}", expected one of: ${Object.keys(MODULES)}`,
    );
  }
  let peer: Peer | undefined;
  let time: Opened["time"] = timer(() => undefined);
  const answer = async (request: Request): Promise<unknown> => {
    if (request.cmd === "time") {
      return await time(request.budgetMs, request.maxRuns);
    }
    const start = performance.now();
    peer ??= await (await MODULES[name]()).open(variant);
    if (request.cmd === "init") {
      const info = queued ? `${peer.info}, steps queued` : peer.info;
      return { info, initMs: performance.now() - start };
    }
    if (request.cmd === "check") return await check(peer, request.work);
    const opened = request.cmd === "openTrainer"
      ? await openTrainer(peer, request.work, queued)
      : await openMatmul(peer, request.n);
    if (!opened) return { ok: false, error: 0 };
    time = opened.time;
    return { ok: true, error: opened.error };
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line)).then(
      (ok) => ({ ok }),
      (error) => ({ error: complaint(error) }),
    );
    process.stdout.write(`${MARK}${JSON.stringify(reply)}\n`);
  }
  // Worker pools of libraries would keep the process alive.
  process.exit(0);
}

function complaint(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: string };
  return error instanceof AbsentError
    ? `${error.name}: ${error.message}`
    : code === "ERR_MODULE_NOT_FOUND"
    ? "absent: not installed, see bench/peers/README.md"
    : String(error.stack ?? error);
}

async function startTrainer(
  peer: Peer,
  workload: Workload,
): Promise<Trainer | null> {
  return await peer.trainer?.(workload, initLayers(workload)) ?? null;
}

async function check(peer: Peer, work: string): Promise<Answers["check"]> {
  const workload = forCheck(WORKLOADS[work]);
  const trainer = await startTrainer(peer, workload);
  if (!trainer) return null;
  const energies: number[] = [];
  const start = performance.now();
  let firstMs = 0;
  for (const batch of makeBatches(workload, workload.checkSteps)) {
    energies.push(await trainer.step(batch));
    firstMs ||= performance.now() - start;
  }
  const weights = (await trainer.weights())
    .map(({ w, b }) => ({ w: encodeFloats(w), b: encodeFloats(b) }));
  trainer.dispose?.();
  return { energies, weights, firstMs };
}

interface Opened {
  time: (budgetMs: number, maxRuns: number) => Promise<Timed>;
  error: number;
}

async function openTrainer(
  peer: Peer,
  work: string,
  queued: boolean,
): Promise<Opened | null> {
  const trainer = await startTrainer(peer, WORKLOADS[work]);
  if (!trainer) return null;
  const batches = makeBatches(WORKLOADS[work], 8);
  let k = 0;
  if (queued) {
    if (trainer.start === undefined) return null;
    const start = trainer.start.bind(trainer);
    return { time: queueTimer(() => start(batches[k++ % 8])), error: 0 };
  }
  const time = trainer.time === undefined
    ? timer(() => trainer.step(batches[k++ % 8]))
    : trainer.time.bind(trainer, batches);
  return { time, error: 0 };
}

async function openMatmul(peer: Peer, n: number): Promise<Opened | null> {
  if (!peer.matmul) return null;
  const { a, b } = matmulInputs(n);
  const matmul = await peer.matmul(n, a, b);
  await matmul.run();
  const c = matmul.result();
  let error = 0;
  for (let q = 0; q < 64; q++) {
    const i = (q * 7919) % n;
    const j = (q * 104729) % n;
    let sum = 0;
    for (let p = 0; p < n; p++) sum += a[i * n + p] * b[p * n + j];
    error = Math.max(error, Math.abs(sum - c[i * n + j]));
  }
  const time = matmul.time?.bind(matmul) ?? timer(() => matmul.run());
  return { time, error };
}

/** Times many steps of which only the last is read. */
function queueTimer(start: () => Pending): Opened["time"] {
  return async (budgetMs, maxRuns) => {
    const timed = async (steps: number): Promise<number> => {
      const begin = performance.now();
      for (let i = 1; i < steps; i++) start().drop();
      await start().read();
      return (performance.now() - begin) / steps;
    };
    const once = await timed(1);
    const steps = Math.min(maxRuns, Math.ceil(budgetMs / once));
    const ms = [steps > 1 ? await timed(steps) : once];
    return { ms, rss: process.memoryUsage().rss };
  };
}

function timer(once: () => unknown): Opened["time"] {
  return async (budgetMs, maxRuns) => {
    const ms: number[] = [];
    const end = performance.now() + budgetMs;
    do {
      const start = performance.now();
      const pending = once();
      // Awaiting what is not a promise would cost a turn of the event loop.
      if (pending instanceof Promise) await pending;
      ms.push(performance.now() - start);
    } while (performance.now() < end && ms.length < maxRuns);
    return { ms, rss: process.memoryUsage().rss };
  };
}
