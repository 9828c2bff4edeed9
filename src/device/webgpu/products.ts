/**
 * Products that go straight on: where a fused loop follows a product and takes
 * its results one by one, each result goes through the loop before it is
 * stored, and is only stored itself if somebody else reads it.
 *
 * @module
 */
import { sizeOf, stridesOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import { dotCode, type Epilogue } from "./dot.ts";
import type { EmitTuning } from "./stages.ts";
import { store } from "./instructions.ts";
import { type KernelCode, placeOf, takeApart } from "./kernel_code.ts";
import { indexedAxes, joinAxes, registers } from "./map.ts";
import { overlaps } from "./order.ts";
import type { Operand, Task } from "./tasks.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

/** A product and the loop that follows it. */
interface Pair {
  readonly dot: Task;
  readonly map: Task;
  readonly dotCall: Call;
  readonly mapCall: Call;
  /** Reads of the loop that are the result. */
  readonly taken: ReadonlySet<number>;
  /** Whether the result is stored too. */
  readonly isStored: boolean;
}

/** Joins products with loops. */
export class Products {
  readonly #tuning: EmitTuning;
  /** Code by the calls; a pair recurs in each turn of a loop. */
  readonly #known = new Map<Call, Map<string, KernelCode>>();

  /** For what runs them. */
  constructor(tuning: EmitTuning) {
    this.#tuning = tuning;
  }

  /** The tasks, fewer where products go on. */
  fuse(tasks: readonly Task[]): Task[] {
    const fused: Task[] = [];
    for (let i = 0; i < tasks.length; i++) {
      const pair = i + 1 < tasks.length ? pairAt(tasks, i) : null;
      if (pair === null) {
        fused.push(tasks[i]);
        continue;
      }
      fused.push(this.#join(pair));
      i++;
    }
    return fused;
  }

  #join(pair: Pair): Task {
    const { dot, map, dotCall, mapCall, taken, isStored } = pair;
    const [left, right, result] = dot.operands;
    const others = map.operands.filter((_, i) => !taken.has(i));
    const axes = map.axes?.filter((_, i) => !taken.has(i));
    return {
      calls: [dotCall, mapCall],
      code: this.#code(pair),
      operands: [left, right, ...isStored ? [result] : [], ...others],
      axes: axes === undefined || dot.axes === null
        ? null
        : [...dot.axes.slice(0, isStored ? 3 : 2), ...axes],
      guard: dot.guard,
    };
  }

  #code(pair: Pair): KernelCode {
    const { dotCall, mapCall, isStored, taken } = pair;
    let codes = this.#known.get(mapCall);
    if (codes === undefined) this.#known.set(mapCall, codes = new Map());
    const key = `${isStored} ${[...taken]}`;
    let code = codes.get(key);
    if (code === undefined) {
      const { epilogue, functions } = epilogueOf(pair);
      const kernel = dotCall.kernel as Of<"dot">;
      const own = dotCode(dotCall, kernel, epilogue, this.#tuning);
      code = { ...own, functions: [...own.functions ?? [], ...functions] };
      codes.set(key, code);
    }
    return code;
  }
}

/** The product at `i` and the loop after it, if they can be one. */
function pairAt(tasks: readonly Task[], i: number): Pair | null {
  const [dot, map] = [tasks[i], tasks[i + 1]];
  const [dotCall, mapCall] = [dot.calls[0], map.calls[0]];
  if (dotCall?.kernel.kind !== "dot" || mapCall?.kernel.kind !== "map") {
    return null;
  }
  if (dot.guard?.origin !== map.guard?.origin) return null;
  const [left, right, result] = dot.operands;
  if (sizeOf(mapCall.kernel.shape) !== sizeOf(dotCall.writes[0].shape)) {
    return null;
  }
  const taken = new Set<number>();
  for (const [j, operand] of map.operands.entries()) {
    const isSame = isAllOf(operand, result);
    if (!operand.written && isSame) taken.add(j);
    else if (overlaps(operand, result) && !(operand.written && isSame)) {
      return null;
    }
    // Others still read what is multiplied.
    const clobbers = overlaps(operand, left) || overlaps(operand, right);
    if (operand.written && clobbers) return null;
  }
  if (taken.size === 0) return null;
  const isOver = map.operands.some((o) => o.written && overlaps(o, result));
  const isStored = !isOver && isReadAfter(tasks, i + 2, result);
  return { dot, map, dotCall, mapCall, taken, isStored };
}

/** Whether an operand is all of a result, in order. */
function isAllOf({ base, origin, view }: Operand, result: Operand): boolean {
  if (base !== result.base || origin !== result.origin || view === null) {
    return false;
  }
  const { shape, strides } = view;
  const own = stridesOf(shape);
  return shape.every((n, axis) => n === 1 || strides[axis] === own[axis]);
}

/** Whether a task from `start` on reads what is there now. */
function isReadAfter(
  tasks: readonly Task[],
  start: number,
  result: Operand,
): boolean {
  for (let i = start; i < tasks.length; i++) {
    const touching = tasks[i].operands.filter((o) => overlaps(o, result));
    if (touching.some((o) => !o.written)) return true;
    // What has a guard may leave it as it is.
    const isGone = tasks[i].guard === null &&
      touching.some((o) =>
        o.first <= result.first && result.end <= o.end &&
        o.view !== null && sizeOf(o.view.shape) === o.end - o.first
      );
    if (isGone) return false;
  }
  // Temporaries are gone with the run.
  return result.base !== 0;
}

/** What becomes of a result. */
function epilogueOf(
  { mapCall, taken, isStored }: Pair,
): { readonly epilogue: Epilogue; readonly functions: readonly string[] } {
  const { shape, instructions, results } = mapCall.kernel as Of<"map">;
  const { reads, writes } = mapCall;
  const views = [...reads, ...writes];
  const loop = joinAxes(
    shape,
    views.map((v) => v.strides),
    indexedAxes(instructions),
  );
  // Addresses: both operands, the result if it is stored, then the others.
  let address = isStored ? 3 : 2;
  const addresses = views.map((_, i) => taken.has(i) ? -1 : address++);
  const write = (value: string, flat: string) => {
    const indices = takeApart(flat, loop.shape, "e");
    const words = views.map((_, i) => {
      if (taken.has(i)) return `bitcast<U>(${value})`;
      const base = `p${addresses[i]}`;
      return `heap[${placeOf(base, indices.names, loop.strides[i])}]`;
    });
    const { code, functions } = registers(
      reads,
      words,
      instructions,
      (axis) => `U(${indices.names[loop.axes[axis]] ?? "0u"})`,
    );
    const stores = writes.map(({ dtype }, i) =>
      `${words[reads.length + i]} = ${store(dtype, `r${results[i]}`)};`
    );
    const kept = isStored
      ? [`heap[p2 + ${flat}] = bitcast<u32>(${value});`]
      : [];
    const lines = [...kept, indices.code, code, ...stores];
    return { text: lines.filter(Boolean).join("\n"), functions };
  };
  return {
    epilogue: (value, { flat }) => write(value, flat).text,
    functions: write("value", "flat").functions,
  };
}
