/**
 * How operations can be split among threads: each kind along what it has many
 * of, and never so that a result depends on where.
 *
 * @module
 */
import { sizeOf } from "../../base/shape.ts";
import type { Call } from "../plan.ts";
import type { Operation } from "./assembly.ts";

/** How an operation is split; all with the same units are split alike. */
export interface Split {
  /** Rows or iterations. */
  readonly units: number;
  /** Bytes per unit that each address of the operation moves. */
  readonly bytes: readonly number[];
  /** The argument of a kernel that counts units. */
  readonly count: number;
}

/** An operation that may be split, and how its views follow. */
export interface Candidate {
  /** It. */
  readonly operation: Operation;
  /** How. */
  readonly split: Split;
  /** Bytes per unit of the reads, then the writes; null where rows mix. */
  readonly views: readonly (number | null)[];
}

type KernelRun = Extract<Operation, { op: "kernel" }>;

/** Rows of a share that are worth it. */
const LEAST_ROWS = 16;
/** Samples from which convolutions are split by them. */
const LEAST_SAMPLES = 8;
/** Elements per unit of a loop over one axis, unless others decide. */
const UNIT = 64;

/**
 * How the operation of a call can be split, or null if it cannot.
 *
 * @param like Units to have if possible.
 */
export function candidateOf(
  call: Call,
  operation: Operation,
  like: number,
): Candidate | null {
  switch (operation.op) {
    case "group":
      return splitGroup(call, operation, like);
    case "loop": {
      const { parallel, count } = operation;
      if (!parallel) return null;
      const split = { units: count, bytes: [], count: -1 };
      return { operation, split, views: [] };
    }
    case "kernel":
      return splitKernel(call, operation);
    default:
      return null;
  }
}

function splitKernel(call: Call, operation: KernelRun): Candidate | null {
  const { name } = operation;
  if (name.startsWith("gemm")) return splitProduct(operation);
  if (name === "transpose") {
    const bytes = { 2: 4, 4: 4 * (operation.args[5] as number) };
    return splitUnits(operation, 1, bytes, []);
  }
  if (name === "conv") return splitConv(call, operation);
  if (name === "winograd_weights") {
    const [o, f] = [call.reads[0].strides[1], call.writes[0].strides[2]];
    return splitUnits(operation, 0, { 3: 4 * o, 4: 4 * f }, [3, 4]);
  }
  if (name === "winograd") {
    const [b, o] = [call.reads[0].strides[1], call.writes[0].strides[1]];
    return splitUnits(operation, 0, { 7: 4 * b, 9: 4 * o }, [7, 8, 9]);
  }
  if (name.startsWith("window_")) {
    return splitUnits(operation, 0, {
      6: operation.args[3] as number,
      7: 4 * (operation.args[1] as number),
    }, [6, 7]);
  }
  if (name.startsWith("scatter_") && name.endsWith("_b")) {
    const [, n, inner, count] = operation.args as number[];
    const sizes = { 4: 4 * n * inner, 5: 4 * count, 6: 4 * count * inner };
    return splitUnits(operation, 0, sizes, [5, 6, 4]);
  }
  return null;
}

/**
 * A kernel split by what its argument `count` counts.
 *
 * @param moves Bytes per unit, by argument; the others stay.
 * @param views The arguments that are the views of the call.
 */
function splitUnits(
  operation: KernelRun,
  count: number,
  moves: Readonly<Record<number, number>>,
  views: readonly number[],
): Candidate {
  return {
    operation,
    split: {
      units: operation.args[count] as number,
      bytes: operation.args.map((_, i) => moves[i] ?? 0),
      count,
    },
    views: views.map((i) => moves[i] ?? null),
  };
}

/** By samples where there are enough, else by columns or by outputs. */
function splitConv(call: Call, operation: KernelRun): Candidate | null {
  const [x, w] = call.reads.map((view) => view.strides);
  const [out] = call.writes.map((view) => view.strides);
  const [samples, columns, outs] = operation.args as number[];
  const [STARTS, X, W, OUT] = [6, 7, 8, 9];
  const split = (count: number, moves: Readonly<Record<number, number>>) =>
    splitUnits(operation, count, moves, [X, W, OUT]);
  if (samples >= LEAST_SAMPLES) {
    return split(0, { [X]: 4 * x[1], [OUT]: 4 * out[1] });
  }
  if (columns >= 4 * LEAST_ROWS) {
    return split(1, { [STARTS]: 4, [OUT]: 4 });
  }
  if (outs >= 2 * LEAST_ROWS) {
    return split(2, { [W]: 4 * w[1], [OUT]: 4 * out[2] });
  }
  return null;
}

function splitGroup(
  call: Call,
  operation: Extract<Operation, { op: "group" }>,
  like: number,
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
  const alike = like > 1 && units % (like * UNIT) === 0;
  const run = alike ? units / like : UNIT;
  const cut = (strides: readonly number[]) => [
    run * strides[axis],
    strides[axis],
  ];
  const shape = [units / run, run];
  const reads = group.reads.map((w) => w && cut(w));
  const writes = group.writes.map(cut);
  return {
    operation: {
      ...operation,
      group: { ...group, shape, reads, writes },
    },
    split: {
      units: units / run,
      bytes: windows.map((strides) => 4 * run * strides[axis]),
      count: -1,
    },
    views: [...call.reads, ...call.writes].map((v) =>
      4 * run * v.strides[axis]
    ),
  };
}

/** By rows where there are enough, else by columns. */
function splitProduct(operation: KernelRun): Candidate | null {
  const number = (i: number) => operation.args[i] as number;
  const rows = (c: number) =>
    splitUnits(operation, 0, { 3: 4 * number(4), [c]: 4 * number(c + 1) }, [
      3,
      6,
      c,
    ]);
  const panels = (first: number) =>
    number(first + 1) < 2
      ? null
      : splitUnits(operation, first + 1, { [first]: 1 }, []);
  const many = number(0) >= 2 * LEAST_ROWS;
  switch (operation.name) {
    case "gemm":
      return many ? rows(8) : panels(10);
    case "gemm_packed":
      return many ? rows(7) : panels(9);
    case "gemm_pack":
      return panels(5);
    default: // Dot products.
      return many
        ? rows(7)
        : splitUnits(operation, 1, { 5: 4 * number(6), 7: 4 }, []);
  }
}

/** A guess at the time that operations take. */
export function nanoseconds(operations: readonly Operation[]): number {
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
      const [m, n, k, f, t] = operation.args as number[];
      if (operation.name === "gemm_dots") return m * n * k / 10;
      if (operation.name === "gemm_pack") return m * n / 2;
      if (operation.name === "transpose") return m * n / 2;
      if (operation.name.startsWith("gemm")) return m * n * k / 25;
      if (operation.name === "conv") return m * n * k * f * t / 20;
      if (operation.name === "winograd") return m * n * k * f * 16 / 20;
      if (operation.name === "winograd_weights") return m * n * 5;
      if (operation.name.startsWith("window_")) return m * n * k / 2;
      return operation.name.startsWith("scatter_") ? m * f : 0;
    }
    default:
      return 0;
  }
}
