/**
 * Which operations run on several threads at once: each is split along rows or
 * iterations, and threads wait for each other only where one needs what
 * another wrote. In a network whose samples are independent this gives two
 * stretches per training step, one split by samples and one by weights.
 *
 * No result depends on where an operation is split.
 *
 * @module
 */
import type { Call, View } from "../plan.ts";
import type { Assembly, Operation, Slot } from "./assembly.ts";
import {
  type Candidate,
  candidateOf,
  nanoseconds,
  type Split,
} from "./splits.ts";

export type { Split } from "./splits.ts";

/** What all threads do, one after another. */
export type Scheduled =
  /** The first thread alone. */
  | { readonly by: "one"; readonly operations: readonly Operation[] }
  /** Each thread its share. */
  | {
    readonly by: "all";
    readonly operation: Operation;
    readonly split: Split;
  }
  /** Each thread runs the body. */
  | {
    readonly by: "loop";
    readonly loop: Extract<Operation, { op: "loop" }>;
    readonly body: readonly Scheduled[];
  }
  /** Each thread looks at the word, and runs what all run. */
  | {
    readonly by: "choice";
    readonly choice: Choice;
    readonly bodies: readonly (readonly Scheduled[])[];
  }
  /** All threads wait for each other. */
  | { readonly by: "barrier" };

type Choice = Extract<Operation, { op: "choice" }>;

/** Turns that a loop without a known number of them is taken to have. */
const TURNS = 16;

/** Nanoseconds of work from which something is worth its price. */
export interface Worth {
  /** Waiting for all threads before an operation is split. */
  readonly barrier: number;
  /** Waking the threads. */
  readonly waking: number;
}

/** What barriers and waking cost, with some room for a busy machine. */
export const WORTH: Worth = { barrier: 8000, waking: 150000 };

/** The schedule of an assembly, or null where one thread is as fast. */
export function schedule(
  assembly: Assembly,
  worth: Worth = WORTH,
): readonly Scheduled[] | null {
  const scheduler = new Scheduler(assembly, worth);
  const list = scheduler.list(assembly.operations);
  return scheduler.split > worth.waking ? list : null;
}

/** What a call touches until the next barrier. */
interface Access {
  readonly writes: boolean;
  readonly place: Slot;
  readonly low: number;
  readonly high: number;
  /** Equal for what the same thread touches; null: nobody knows. */
  readonly owner: string | null;
}

class Scheduler {
  /** Nanoseconds of work that is split. */
  split = 0;
  readonly #assembly: Assembly;
  #accesses: Access[] = [];
  /** Units of the last operation that was split. */
  #units = 0;
  #list: Scheduled[] = [];

  readonly #worth: Worth;

  constructor(assembly: Assembly, worth: Worth) {
    this.#assembly = assembly;
    this.#worth = worth;
  }

  list(operations: readonly Operation[]): readonly Scheduled[] {
    const outside = this.#list;
    const inside: Scheduled[] = [];
    this.#list = inside;
    for (const operation of operations) {
      if (operation.op === "task") this.#task(operation);
      else if (operation.op === "loop") {
        // An iteration may need anything of the one before.
        this.#barrier();
        const before = this.split;
        const body = this.list(operation.body);
        this.split = before + operation.count * (this.split - before);
        inside.push({ by: "loop", loop: operation, body });
      } else if (operation.op === "choice") {
        this.#barrier();
        const before = this.split;
        const bodies = operation.bodies.map((body) => this.list(body));
        const turns = operation.kind === "branch"
          ? 1 / bodies.length
          : Math.min(operation.most ?? TURNS, TURNS);
        this.split = before + turns * (this.split - before);
        inside.push({ by: "choice", choice: operation, bodies });
        // Nobody writes the word before all have looked at it.
        inside.push({ by: "barrier" });
      } else throw new Error("a Plan consists of calls, loops and branches");
    }
    this.#barrier();
    this.#list = outside;
    return inside;
  }

  #task({ call, body }: Extract<Operation, { op: "task" }>): void {
    const work = nanoseconds(body);
    const candidate = body.length === 1 ? this.#candidate(call, body[0]) : null;
    if (candidate !== null) {
      const accesses = this.#accessesOf(call, candidate);
      const free = !this.#conflict(accesses);
      if (
        work >= this.#worth.barrier || free && this.#list.at(-1)?.by === "all"
      ) {
        if (!free) this.#barrier();
        this.#accesses.push(...accesses);
        const { operation, split } = candidate;
        this.#list.push({ by: "all", operation, split });
        this.#units = split.units;
        this.split += work;
        return;
      }
    }
    const accesses = this.#accessesOf(call, null);
    if (this.#conflict(accesses)) this.#barrier();
    this.#accesses.push(...accesses);
    const last = this.#list.at(-1);
    if (last?.by !== "one") this.#list.push({ by: "one", operations: body });
    else {
      const operations = [...last.operations, ...body];
      this.#list[this.#list.length - 1] = { by: "one", operations };
    }
  }

  /** Split like the operation before, if that saves a barrier. */
  #candidate(call: Call, operation: Operation): Candidate | null {
    const alike = candidateOf(call, operation, this.#units);
    const free = alike === null ||
      !this.#conflict(this.#accessesOf(call, alike));
    return free ? alike : candidateOf(call, operation, 0);
  }

  #barrier(): void {
    if (this.#accesses.length > 0) this.#list.push({ by: "barrier" });
    this.#accesses = [];
  }

  #conflict(accesses: readonly Access[]): boolean {
    return accesses.some((a) =>
      this.#accesses.some((b) => (a.writes || b.writes) && collide(a, b))
    );
  }

  #accessesOf(call: Call, candidate: Candidate | null): Access[] {
    const views = [...call.reads, ...call.writes];
    return views.map((view, i): Access => {
      const { buffers } = this.#assembly.plan;
      const { size } = buffers[view.buffer];
      const place = this.#assembly.place({ ...view, offset: 0 });
      const bytes = candidate?.views[i] ?? null;
      return {
        writes: i >= call.reads.length,
        place,
        low: place.offset,
        high: place.offset + 4 * size,
        owner: candidate === null
          ? "first thread"
          : bytes !== null && isRows(view, bytes, candidate.split.units)
          ? `${candidate.split.units} of ${bytes} bytes`
          : null,
      };
    });
  }
}

/** Whether unit k of a view lies in bytes `k * bytes ..` of its buffer. */
function isRows(view: View, bytes: number, units: number): boolean {
  let low = 4 * view.offset;
  let high = low + 4;
  // The axis of which a unit is one element or a run of elements.
  const rows = view.strides.findIndex((stride, axis) =>
    4 * stride * view.shape[axis] === bytes * units && view.shape[axis] > 1
  );
  view.shape.forEach((n, axis) => {
    const run = axis === rows ? n / units : n;
    const reach = 4 * (run - 1) * view.strides[axis];
    if (reach < 0) low += reach;
    else high += reach;
  });
  return bytes > 0 && low >= 0 && high <= bytes;
}

function collide(a: Access, b: Access): boolean {
  if (a.place.base !== b.place.base) return false;
  const moves = (x: Access) =>
    x.place.steps.map((s) => `${s.loop} ${s.bytes}`).join();
  const together = moves(a) === moves(b);
  if (together && (a.low >= b.high || b.low >= a.high)) return false;
  return a.owner === null || a.owner !== b.owner ||
    a.owner !== "first thread" && !(together && a.low === b.low);
}
