/**
 * A Plan made ready for one GPU, but for addresses: pipelines, grids, and the
 * words that tell kernels what to do.
 *
 * @module
 */
import { ELEMENT_BYTES } from "../../base/dtype.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Plan } from "../plan.ts";
import type { CallWork } from "../describe.ts";
import {
  type Dispatch,
  dispatchesOf,
  type RegionOf,
  shareOf,
  takesVectors,
  type Tuning,
} from "./dispatches.ts";
import { Watch } from "./guards.ts";
import { ITEMS_PER_GROUP, type KernelCode } from "./kernel_code.ts";
import type { Compiled, Pipelines } from "./pipelines.ts";
import { type ShaderKernel, shaderText } from "./shader.ts";
import {
  type Extent,
  type Operand,
  scratchBase,
  type Task,
  tasksOf,
} from "./tasks.ts";
import { Products } from "./products.ts";
import { moveApart } from "./temporaries.ts";
import { workOf } from "./work.ts";

/** One dispatch, ready but for its bindings. */
export interface Launch {
  /** What runs. */
  readonly kernel: Compiled;
  /** Where in the words it begins. */
  readonly start: number;
  /** Workgroups along two axes. */
  readonly grid: readonly [x: number, y: number];
  /** What it computes, and how much work that is. */
  readonly work: CallWork;
}

/** A Plan made ready. */
export interface Blueprint {
  /** Copies inputs, as needed: one launch per input. */
  readonly copies: readonly Launch[];
  /** Everything else, in order. */
  readonly launches: readonly Launch[];
  /** Entries of the table of bases, with which the words begin. */
  readonly bases: number;
  /** The words; those of the table are zero. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Words of memory for temporaries. */
  readonly arenaWords: number;
  /** Words of scratch memory. */
  readonly scratchWords: number;
}

/** Index of the base from which input `i` is copied to its place. */
export function sourceBase(plan: Plan, i: number): number {
  return scratchBase(plan) + 1 + i;
}

const COPY = "heap[p1 + item] = heap[p0 + item];";

/** Makes `plan` ready. */
export function draw(
  pipelines: Pipelines,
  plan: Plan,
  tuning: Tuning,
): Blueprint {
  const { tasks, scratchWords } = tasksOf(plan, tuning);
  const arenaWords = plan.arenaBytes / ELEMENT_BYTES;
  const apart = moveApart(tasks, arenaWords) ??
    { tasks, words: arenaWords, regions: [] };
  const fused = new Watch().guarded(new Products(tuning).fuse(apart.tasks));
  const bases = sourceBase(plan, plan.inputs.length);
  const writer = new Writer(pipelines, bases, tuning);
  const copies = plan.inputs.map((aval, i) =>
    writer.launch({
      mode: "wide",
      tasks: [copyTask(plan, i, sizeOf(aval.shape))],
    })
  );
  const launches = dispatchesOf(
    fused,
    wholes(plan, apart.regions),
    tuning,
  ).map((dispatch) => writer.launch(dispatch));
  return {
    copies,
    launches,
    arenaWords: apart.words,
    scratchWords,
    ...writer.words(),
  };
}

/** Copies input `i` to its place. */
function copyTask(plan: Plan, i: number, count: number): Task {
  const operand = (base: number, written: boolean): Operand => ({
    base,
    origin: 0,
    first: 0,
    end: count,
    written,
    view: null,
  });
  return {
    calls: [],
    code: { kind: "items", count, code: COPY },
    axes: null,
    guard: null,
    operands: [operand(sourceBase(plan, i), false), operand(1 + i, true)],
  };
}

/** The wholes that operands are parts of: inputs, outputs, temporaries. */
function wholes(plan: Plan, regions: readonly Extent[]): RegionOf {
  const avals = [...plan.inputs, ...plan.outputs.map(({ aval }) => aval)];
  const sizes = avals.map(({ shape }) => sizeOf(shape));
  return ({ base, first, end }) => {
    if (base > 0) {
      const size = sizes[base - 1];
      return size === undefined ? null : { base, first: 0, end: size };
    }
    return regions.find((r) => r.first <= first && end <= r.end) ?? null;
  };
}

/** The code of a task for elements one or four at a time. */
function codeOf({ code }: Task, width: 1 | 4): KernelCode {
  return width === 4 && code.kind === "items" && code.vectors !== undefined
    ? { ...code, ...code.vectors }
    : code;
}

/** Workgroups of a kernel in a module of that size. */
function groupsOf(code: KernelCode, size: number): number {
  return code.kind === "items" ? Math.ceil(code.count / size) : code.count;
}

/** The most workgroups along one axis. */
const MOST_GROUPS = 65535;

/** Collects words, each different sequence once. */
class Writer {
  readonly #pipelines: Pipelines;
  readonly #tuning: Tuning;
  readonly #bases: number;
  readonly #words: number[];
  readonly #places = new Map<string, number>();

  constructor(pipelines: Pipelines, bases: number, tuning: Tuning) {
    this.#pipelines = pipelines;
    this.#tuning = tuning;
    this.#bases = bases;
    this.#words = new Array<number>(bases).fill(0);
  }

  /** What was collected. */
  words(): Pick<Blueprint, "bases" | "words"> {
    return { bases: this.#bases, words: Uint32Array.from(this.#words) };
  }

  /** Makes a dispatch ready. */
  launch(dispatch: Dispatch): Launch {
    const { tasks } = dispatch;
    const mode = dispatch.mode === "wide" && tasks.length === 1
      ? "task"
      : dispatch.mode;
    const size = mode === "rows" ? this.#tuning.rowSize : Math.max(
      ...tasks.map(({ code }) =>
        code.kind === "groups" ? code.size : ITEMS_PER_GROUP
      ),
    );
    const width = mode !== "rows" && tasks.every(takesVectors) ? 4 : 1;
    const kernels: ShaderKernel[] = [];
    const indices = new Map<string, number>();
    const list = tasks.map((task): Listed => {
      const { operands } = task;
      const code = codeOf(task, width);
      let kernel = indices.get(code.code);
      if (kernel === undefined) {
        kernel = kernels.push({ code, operands: operands.length }) - 1;
        indices.set(code.code, kernel);
      }
      const groups = groupsOf(code, size);
      return { kernel, record: this.#record(code, operands), groups };
    });
    const { words, groups } = dispatch.mode === "rows"
      ? rowList(list, dispatch, this.#tuning)
      : wideList(list);
    const code = shaderText({ mode, size, width, kernels });
    const work = workOf(dispatch);
    const y = Math.max(1, Math.ceil(groups / MOST_GROUPS));
    return {
      kernel: this.#pipelines.of(code, work.name),
      start: mode === "task" ? list[0].record : this.#place(words),
      grid: [Math.ceil(groups / y), y],
      work,
    };
  }

  #record(code: KernelCode, operands: readonly Operand[]): number {
    return this.#place([
      code.count,
      ...operands.flatMap(({ base, origin }) => [base, origin]),
    ]);
  }

  #place(words: readonly number[]): number {
    const key = words.join();
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#words.length;
      this.#places.set(key, place);
      for (const word of words) this.#words.push(word);
    }
    return place;
  }
}

/** A task in a list. */
interface Listed {
  readonly kernel: number;
  readonly record: number;
  readonly groups: number;
}

/** After the last task of a list no group begins. */
const END = 0xffffffff;

/** A list of tasks in words, and how many workgroups it takes. */
interface List {
  readonly words: readonly number[];
  readonly groups: number;
}

function wideList(list: readonly Listed[]): List {
  let groups = 0;
  const words = list.flatMap(({ kernel, record, groups: own }) => {
    const first = groups;
    groups += own;
    return [first, kernel, record];
  });
  return { words: [...words, END], groups };
}

function rowList(
  list: readonly Listed[],
  { rows, rounds, tasks }: Extract<Dispatch, { mode: "rows" }>,
  tuning: Tuning,
): List {
  const share = shareOf(tasks, rows, tuning);
  return {
    words: [rows, share, rounds, ...list.map(({ record }) => record)],
    groups: Math.ceil(rows / share),
  };
}
