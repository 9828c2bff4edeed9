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
import { sizeOf } from "../../base/shape.ts";
import type { Call, View } from "../plan.ts";
import type { Assembly, Operation, Slot } from "./assembly.ts";

/** How an operation is split; all with the same units are split alike. */
export interface Split {
  /** Rows or iterations. */
  readonly units: number;
  /** Bytes per unit that each address of the operation moves. */
  readonly bytes: readonly number[];
  /** The argument of a kernel that counts units. */
  readonly count: number;
}

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
  /** All threads wait for each other. */
  | { readonly by: "barrier" };

/** Nanoseconds of work from which something is worth its price. */
export interface Worth {
  /** Waiting for all threads before an operation is split. */
  readonly barrier: number;
  /** Waking the threads. */
  readonly waking: number;
}

/** What barriers and waking cost, with some room for a busy machine. */
export const WORTH: Worth = { barrier: 8000, waking: 150000 };

/** Rows below which products change their method. */
const LEAST_ROWS = 16;
/** Elements per unit of a loop over one axis. */
const UNIT = 64;

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

/** An operation that may be split, and how its views follow. */
interface Candidate {
  readonly operation: Operation;
  readonly split: Split;
  /** Bytes per unit of the reads, then the writes; null where rows mix. */
  readonly views: readonly (number | null)[];
}

class Scheduler {
  /** Nanoseconds of work that is split. */
  split = 0;
  readonly #assembly: Assembly;
  #accesses: Access[] = [];
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
      } else throw new Error("a Plan consists of calls and loops");
    }
    this.#barrier();
    this.#list = outside;
    return inside;
  }

  #task({ call, body }: Extract<Operation, { op: "task" }>): void {
    const work = nanoseconds(body);
    const candidate = body.length === 1 ? candidateOf(call, body[0]) : null;
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
          : bytes !== null && isRows(view, bytes)
          ? `${candidate.split.units} of ${bytes} bytes`
          : null,
      };
    });
  }
}

/** Whether unit k of a view lies in bytes `k * bytes ..` of its buffer. */
function isRows(view: View, bytes: number): boolean {
  let low = 4 * view.offset;
  let high = low + 4;
  const rows = view.strides.findIndex((stride, axis) =>
    4 * stride === bytes && view.shape[axis] > 1
  );
  view.shape.forEach((n, axis) => {
    if (axis === rows) return;
    const reach = 4 * (n - 1) * view.strides[axis];
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

function candidateOf(call: Call, operation: Operation): Candidate | null {
  switch (operation.op) {
    case "group":
      return splitGroup(call, operation);
    case "loop": {
      const { parallel, count } = operation;
      if (!parallel) return null;
      const split = { units: count, bytes: [], count: -1 };
      return { operation, split, views: [] };
    }
    case "kernel":
      return splitProduct(operation);
    default:
      return null;
  }
}

function splitGroup(
  call: Call,
  operation: Extract<Operation, { op: "group" }>,
): Candidate | null {
  const { group } = operation;
  const axis = group.shape.findIndex((n) => n > 1);
  if (axis < 0 || call.kernel.kind !== "map") return null;
  const rest = sizeOf(group.shape.slice(axis + 1));
  const units = group.shape[axis];
  const windows = [
    ...group.reads.filter((w) => w !== undefined),
    ...group.writes,
  ];
  if (rest > 1) {
    return {
      operation,
      split: {
        units,
        bytes: windows.map((strides) => 4 * strides[axis]),
        count: -1,
      },
      views: [...call.reads, ...call.writes].map((v) => 4 * v.strides[axis]),
    };
  }
  // One axis: units are runs of it. A single one is nothing to split, and the
  // loop over it would be left out.
  if (units % UNIT !== 0 || units === UNIT) return null;
  const cut = (strides: readonly number[]) => [
    UNIT * strides[axis],
    strides[axis],
  ];
  const shape = [units / UNIT, UNIT];
  const reads = group.reads.map((w) => w && cut(w));
  const writes = group.writes.map(cut);
  return {
    operation: {
      ...operation,
      group: { ...group, shape, reads, writes },
    },
    split: {
      units: units / UNIT,
      bytes: windows.map((strides) => 4 * UNIT * strides[axis]),
      count: -1,
    },
    views: [...call.reads, ...call.writes].map((v) =>
      4 * UNIT * v.strides[axis]
    ),
  };
}

/** Positions of the arguments of a matrix product. */
const M = 0, N = 1, A = 3, LDA = 4, B = 5, LDB = 6, C = 7, LDC = 8;

function splitProduct(
  operation: Extract<Operation, { op: "kernel" }>,
): Candidate | null {
  const { name, args } = operation;
  if (!name.startsWith("gemm_")) return null;
  const number = (i: number) => args[i] as number;
  const bytes = new Array<number>(args.length).fill(0);
  if (number(M) >= 2 * LEAST_ROWS) {
    const rows = name === "gemm_nn" || name === "gemm_nt";
    bytes[A] = rows ? 4 * number(LDA) : 4;
    bytes[C] = 4 * number(LDC);
    const split = { units: number(M), bytes, count: M };
    return {
      operation,
      split,
      views: [rows ? bytes[A] : null, null, bytes[C]],
    };
  }
  if (number(N) < 4 * LEAST_ROWS) return null;
  const columns = name === "gemm_nn" || name === "gemm_tn";
  bytes[B] = columns ? 4 : 4 * number(LDB);
  bytes[C] = 4;
  const split = { units: number(N), bytes, count: N };
  return { operation, split, views: [] };
}

/** A guess at the time that operations take. */
function nanoseconds(operations: readonly Operation[]): number {
  return operations.reduce((sum, o) => sum + guess(o), 0);
}

function guess(operation: Operation): number {
  switch (operation.op) {
    case "group": {
      const { shape, instructions } = operation.group;
      return sizeOf(shape) * (2 + instructions.length) / 16;
    }
    case "loop":
      return operation.count * nanoseconds(operation.body);
    case "kernel": {
      if (!operation.name.startsWith("gemm_")) return 0;
      const [m, n, k] = operation.args as number[];
      return m * n * k / 20;
    }
    default:
      return 0;
  }
}
