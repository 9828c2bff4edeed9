/**
 * From tasks to dispatches. Between two dispatches all of a GPU waits, so there
 * should be few: tasks that do not depend on each other run side by side, and
 * tasks on rows one after another in workgroups that keep their rows.
 *
 * @module
 */
import type { EmitTuning } from "./stages.ts";
import { ITEMS_PER_GROUP } from "./kernel_code.ts";
import { overlaps, predecessors } from "./order.ts";
import { accessByRows, type RowAccess } from "./rows.ts";
import type { Extent, Operand, Task } from "./tasks.ts";

/** Tasks that one dispatch runs. */
export type Dispatch =
  /** Tasks independent of each other. */
  | { readonly mode: "wide"; readonly tasks: readonly Task[] }
  /** Tasks one after another, by rows. */
  | {
    readonly mode: "rows";
    readonly tasks: readonly Task[];
    /** Number of rows. */
    readonly rows: number;
    /** How often the kernels of the first tasks come again in this order. */
    readonly rounds: number;
  };

/** What suits a GPU. */
export interface Tuning extends EmitTuning {
  /**
   * The most different kernels side by side in one dispatch. A program that
   * plays a GPU runs all of them for each workgroup.
   */
  readonly kernels: number;
  /**
   * The most workgroups that share rows: as many as run at once.
   */
  readonly rowGroups: number;
  /** Invocations of each. */
  readonly rowSize: number;
  /** The most steps of loops of one invocation on its rows. */
  readonly rowSteps: number;
  /** The most steps of loops of one invocation in one dispatch by rows. */
  readonly steps: number;
}

/** Rows that a workgroup has where the largest of `tasks` fills it. */
export function shareOf(
  tasks: readonly Task[],
  rows: number,
  { rowGroups, rowSize }: Tuning,
): number {
  const each = Math.max(...tasks.map(({ code }) => code.count / rows));
  const least = Math.ceil(rowSize / each);
  return Math.min(rows, Math.max(least, Math.ceil(rows / rowGroups)));
}

/** Steps of loops that each invocation takes for a task on its rows. */
function stepsOf(task: Task, rows: number, tuning: Tuning): number {
  const { code } = task;
  const items = code.count / rows * shareOf([task], rows, tuning);
  const steps = code.kind === "items" ? code.steps ?? 0 : 0;
  return Math.ceil(items / tuning.rowSize) * (1 + steps);
}

/** Finds the whole of which an operand is a part, null if that is unknown. */
export type RegionOf = (operand: Operand) => Extent | null;

/** Tasks that are looked at together: looking is quadratic. */
const WINDOW = 2000;
/** Items from which vectors are worth a dispatch of their own. */
const MANY_ITEMS = 1 << 14;
/** The most groups along the one axis of a wide dispatch. */
const MOST_GROUPS = 65535;
/** The most different kernels one after another: they compile together. */
const LONGEST_ROUND = 16;

/** Divides tasks into dispatches, in order. */
export function dispatchesOf(
  tasks: readonly Task[],
  regionOf: RegionOf,
  tuning: Tuning,
): Dispatch[] {
  const dispatches: Dispatch[] = [];
  for (let at = 0; at < tasks.length; at += WINDOW) {
    const window = tasks.slice(at, at + WINDOW);
    dispatches.push(...new Scheduler(window, regionOf, tuning).run());
  }
  return dispatches;
}

class Scheduler {
  readonly #tasks: readonly Task[];
  readonly #regionOf: RegionOf;
  readonly #tuning: Tuning;
  readonly #before: readonly number[][];
  readonly #done: Uint8Array;
  /** Tasks that are not done, in order. */
  #left: number[];

  constructor(
    tasks: readonly Task[],
    regionOf: RegionOf,
    tuning: Tuning,
  ) {
    this.#tasks = tasks;
    this.#regionOf = regionOf;
    this.#tuning = tuning;
    this.#before = predecessors(tasks);
    this.#done = new Uint8Array(tasks.length);
    this.#left = tasks.map((_, i) => i);
  }

  run(): Dispatch[] {
    const dispatches: Dispatch[] = [];
    while (this.#left.length > 0) {
      const { rows, list } = this.#stretch();
      const chosen = list.length > 0 ? list : this.#ready();
      for (const i of chosen) this.#done[i] = 1;
      this.#left = this.#left.filter((i) => this.#done[i] === 0);
      const tasks = chosen.map((i) => this.#tasks[i]);
      if (list.length === 0) dispatches.push({ mode: "wide", tasks });
      else dispatches.push(...roundsOf(tasks, rows, this.#tuning));
    }
    return dispatches;
  }

  /** Tasks that wait for nothing, as many as fit in one dispatch. */
  #ready(): number[] {
    const size = new Budget(this.#tuning.kernels);
    return this.#left.filter((i) =>
      this.#before[i].every((j) => this.#done[j] === 1) &&
      size.takes(this.#tasks[i])
    );
  }

  /**
   * Tasks that can run by rows, among them some that wait for each other;
   * nothing if there are none.
   */
  #stretch(): { rows: number; list: number[] } {
    let best: { rows: number; list: number[] } = { rows: 0, list: [] };
    for (const rows of this.#candidates()) {
      const list = this.#stretchOf(rows);
      if (list.length > best.list.length) best = { rows, list };
    }
    return best;
  }

  /** Numbers of rows that tasks without predecessors have. */
  #candidates(): Set<number> {
    const candidates = new Set<number>();
    for (const i of this.#left) {
      if (this.#before[i].some((j) => this.#done[j] === 0)) continue;
      const [n] = this.#tasks[i].operands.flatMap(({ written, view }) =>
        written && view !== null ? [view.shape.find((n) => n > 1) ?? 1] : []
      );
      if (n > 1) candidates.add(n);
    }
    return candidates;
  }

  #stretchOf(rows: number): number[] {
    const list: number[] = [];
    const inside = new Set<number>();
    const accesses: RowAccess[] = [];
    let chained = false;
    for (const i of this.#left) {
      const before = this.#before[i];
      if (before.some((j) => this.#done[j] === 0 && !inside.has(j))) continue;
      const task = this.#tasks[i];
      const own = accessByRows(task, rows, this.#regionOf);
      const steps = stepsOf(task, rows, this.#tuning);
      if (own === null || steps > this.#tuning.rowSteps) continue;
      if (own.some((a) => accesses.some((b) => races(a, b)))) {
        continue;
      }
      chained ||= before.some((j) => inside.has(j));
      inside.add(i);
      list.push(i);
      accesses.push(...own);
    }
    return chained ? list : [];
  }
}

/**
 * Cuts tasks by rows into rounds in which no kernel comes twice, and joins
 * rounds of the same kernels.
 */
function roundsOf(
  tasks: readonly Task[],
  rows: number,
  tuning: Tuning,
): Dispatch[] {
  const rounds: Task[][] = [];
  let kernels = new Set<string>();
  for (const task of tasks) {
    const { code } = task.code;
    if (
      rounds.length === 0 || kernels.has(code) ||
      kernels.size === LONGEST_ROUND
    ) {
      rounds.push([]);
      kernels = new Set();
    }
    kernels.add(code);
    rounds[rounds.length - 1].push(task);
  }
  const dispatches: Extract<Dispatch, { mode: "rows" }>[] = [];
  let steps = 0;
  for (const round of rounds) {
    const own = round.reduce((sum, t) => sum + stepsOf(t, rows, tuning), 0);
    steps += own;
    const last = dispatches.at(-1);
    const isAlike = last !== undefined && steps <= tuning.steps &&
      last.tasks.length === round.length * last.rounds &&
      round.every((task, i) => task.code.code === last.tasks[i].code.code);
    if (isAlike) {
      dispatches[dispatches.length - 1] = {
        ...last,
        tasks: [...last.tasks, ...round],
        rounds: last.rounds + 1,
      };
    } else {
      dispatches.push({ mode: "rows", tasks: round, rows, rounds: 1 });
      steps = own;
    }
  }
  return dispatches;
}

/** Whether a task can work on four elements at a time. */
export function takesVectors({ code, operands }: Task): boolean {
  return code.kind === "items" && code.vectors !== undefined &&
    operands.every(({ origin }) => origin % 4 === 0);
}

/** Whether different workgroups would touch the same words. */
function races(a: RowAccess, b: RowAccess): boolean {
  if (!(a.written || b.written) || !overlaps(a, b)) return false;
  const same = a.first === b.first && a.end === b.end;
  return !(a.own && b.own && same);
}

/** What fits in one dispatch. */
class Budget {
  readonly #most: number;
  #groups = 0;
  readonly #kernels = new Set<string>();
  /** Whether the only kernel uses workgroup memory. */
  #isClosed = false;
  /** Whether there are tasks that gain by vectors, or cannot have them. */
  #vectors = false;
  #scalars = false;

  /** For up to `most` different kernels. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether a task fits too; if so it is counted. */
  takes(task: Task): boolean {
    const { code } = task;
    const scalars = !takesVectors(task);
    const vectors = !scalars && code.count >= MANY_ITEMS;
    const isGroups = code.kind === "groups";
    const groups = isGroups
      ? code.count
      : Math.ceil(code.count / ITEMS_PER_GROUP);
    const isFirst = this.#kernels.size === 0;
    const isKnown = this.#kernels.has(code.code);
    // Kernels of groups have sizes of their own, and share their memory.
    const isOpen = !isGroups && !this.#isClosed &&
      this.#kernels.size < this.#most;
    // All code of a dispatch is for vectors, or none.
    const isAlike = !(scalars && this.#vectors || vectors && this.#scalars);
    const fits = this.#groups + groups <= MOST_GROUPS && isAlike &&
      (isKnown || isOpen);
    if (!fits && !isFirst) return false;
    this.#groups += groups;
    this.#kernels.add(code.code);
    this.#isClosed = isGroups;
    this.#vectors ||= vectors;
    this.#scalars ||= scalars;
    return true;
  }
}
