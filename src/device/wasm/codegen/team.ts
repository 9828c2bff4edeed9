/**
 * What the threads of a team need in generated code: each one's share of a
 * number of units, and a barrier.
 *
 * @module
 */
import { FunctionBody, I32, type Local } from "./encoder.ts";

/** Parameters of a function that a team runs, after the table. */
export const TEAM = {
  /** Number of this thread, from 0. */
  thread: 1,
  /** Number of threads. */
  threads: 2,
  /** Address of the word that counts arrivals at barriers. */
  arrivals: 3,
  /** Whether this thread may sleep. */
  sleeps: 4,
  /** What the counter has to reach; at first what it is. */
  target: 5,
} as const;

const ADD = 0x6a;
const SUB = 0x6b;
const MUL = 0x6c;
const DIV_U = 0x6e;
const AND = 0x71;
const LT_U = 0x49;
const GE_S = 0x4e;
const GE_U = 0x4f;
const EQ = 0x46;
const EQZ = 0x45;
const SELECT = 0x1b;
const RETURN = 0x0f;
const DROP = 0x1a;
const UNREACHABLE = 0x00;
const NOTIFY = 0x00;
const WAIT = 0x01;
const ATOMIC_LOAD = 0x10;
const ATOMIC_ADD = 0x1e;

/** Units at which shares are multiples of {@link ALIGNED}. */
const MANY = 64;
const ALIGNED = 8;

/** First unit of a thread's share, and how many it has. */
export interface Share {
  /** Local of the first unit. */
  readonly start: Local;
  /** Local of the number of units. */
  readonly count: Local;
}

/** Computes the share of this thread; it depends on the units alone. */
export function emitShare(body: FunctionBody, units: number): Share {
  const chunk = body.local(I32);
  const start = body.local(I32);
  const count = body.local(I32);
  const atMost = (local: Local) =>
    body.get(local).i32(units).get(local).i32(units).op(LT_U).op(SELECT);
  body.i32(units - 1).get(TEAM.threads).op(ADD).get(TEAM.threads).op(DIV_U);
  if (units >= MANY) body.i32(ALIGNED - 1).op(ADD).i32(-ALIGNED).op(AND);
  body.set(chunk);
  body.get(chunk).get(TEAM.thread).op(MUL).set(start);
  body.get(start).get(chunk).op(ADD).set(count);
  atMost(start).set(start);
  atMost(count).get(start).op(SUB).set(count);
  return { start, count };
}

/** Looks at the counter before a thread sleeps: some microseconds. */
const SPINS = 4000;
/** Nanoseconds of one sleep, and sleeps until the others are given up. */
const SLEEP = 1e9;
const SLEEPS = 120;

/**
 * The barrier, as a function `(arrivals, target, sleeps)`: the last thread
 * makes the counter reach the target. Both wrap around.
 */
export function barrier(): FunctionBody {
  const [arrivals, target, sleeps] = [0, 1, 2];
  const body = new FunctionBody([I32, I32, I32]);
  const now = body.local(I32);
  const spins = body.local(I32);
  body.get(arrivals).i32(1).atomic(ATOMIC_ADD, 0).i32(1).op(ADD);
  body.get(target).op(EQ);
  body.when(() => {
    body.get(arrivals).i32(-1).atomic(NOTIFY, 0).op(DROP).op(RETURN);
  });
  body.forever((again) => {
    body.get(arrivals).atomic(ATOMIC_LOAD, 0).set(now);
    body.get(now).get(target).op(SUB).i32(0).op(GE_S);
    body.when(() => body.op(RETURN));
    body.advance(spins, 1);
    body.get(spins).i32(SPINS).op(GE_U).get(sleeps).op(AND);
    body.when(() => {
      body.get(spins).i32(SPINS + SLEEPS).op(GE_U);
      body.when(() => body.op(UNREACHABLE));
      body.get(arrivals).get(now).i64(SLEEP).atomic(WAIT, 0).op(DROP);
    });
    body.i32(1);
    again();
  });
  return body;
}

/** Waits for the other threads, with the barrier's function. */
export function emitBarrier(body: FunctionBody, barrier: number): void {
  body.get(TEAM.target).get(TEAM.threads).op(ADD).set(TEAM.target);
  body.get(TEAM.arrivals).get(TEAM.target).get(TEAM.sleeps).call(barrier);
}

/** Pushes 1 on the first thread, 0 on the others. */
export function emitIsFirst(body: FunctionBody): void {
  body.get(TEAM.thread).op(EQZ);
}

/** Adds `factor` times `units` to a local, or to what is on the stack. */
export function emitScaled(
  body: FunctionBody,
  units: Local,
  factor: number,
): void {
  if (factor !== 0) body.get(units).i32(factor).op(MUL).op(ADD);
}
