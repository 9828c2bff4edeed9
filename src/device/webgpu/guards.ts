/**
 * Tasks that only run when a word says so. The host encodes all branches and
 * as many turns of a loop as there may be, and never waits for a GPU: kernels
 * look at their guard, a word that is 0 where they must do nothing.
 *
 * @module
 */
import type { KernelCode } from "./kernel_code.ts";
import { block, lines } from "./loops.ts";
import type { Operand, Task } from "./tasks.ts";

/** Words from one guard to the next: kernels may see memory in vectors. */
const SPACING = 4;

/** The guards of one Plan, at the start of its scratch memory. */
export class Guards {
  readonly #base: number;
  readonly #places = new Map<unknown, number>();
  #words = 0;

  /** Guards of which the words are at `base`. */
  constructor(base: number) {
    this.#base = base;
  }

  /** Words that the guards take. */
  get words(): number {
    return this.#words;
  }

  /** The guards of a step: `count` of them, the same each time. */
  of(step: unknown, count: number): Operand[] {
    let first = this.#places.get(step);
    if (first === undefined) {
      first = this.#words;
      this.#words += SPACING * count;
      this.#places.set(step, first);
    }
    return Array.from(
      { length: count },
      (_, i) => this.#operand(first + SPACING * i, 1),
    );
  }

  /** All of some guards as one operand. */
  all(guards: readonly Operand[]): Operand {
    const [{ origin }] = guards;
    return this.#operand(origin, SPACING * (guards.length - 1) + 1);
  }

  #operand(origin: number, size: number): Operand {
    const end = origin + size;
    const base = this.#base;
    return { base, origin, first: origin, end, written: false, view: null };
  }
}

function written(operand: Operand): Operand {
  return { ...operand, written: true };
}

function guardTask(count: number, code: string, operands: Operand[]): Task {
  return {
    calls: [],
    code: { kind: "items", count, code },
    operands,
    axes: null,
    guard: null,
  };
}

/** Opens the guard of the branch whose number the word at `index` is. */
export function choose(
  guards: Guards,
  own: readonly Operand[],
  index: Operand,
  outer: Operand | null,
): Task {
  const count = own.length;
  const open = outer === null ? "1u" : "heap[p1]";
  const target = outer === null ? "p1" : "p2";
  const code = lines(
    `let chosen = u32(clamp(bitcast<i32>(heap[p0]), 0, ${count - 1}));`,
    `heap[${target} + item * ${SPACING}u] = ` +
      `select(0u, ${open}, chosen == item);`,
  );
  return guardTask(count, code, [
    index,
    ...outer === null ? [] : [outer],
    written(guards.all(own)),
  ]);
}

/** Opens a guard, where the one around it is open. */
export function enter(own: Operand, outer: Operand | null): Task {
  return outer === null
    ? guardTask(1, "heap[p0] = 1u;", [written(own)])
    : guardTask(1, "heap[p1] = heap[p0];", [outer, written(own)]);
}

/** Shuts a guard where the bool at `flag` is false. */
export function goOn(own: Operand, flag: Operand): Task {
  return guardTask(
    1,
    "heap[p1] = select(0u, heap[p1], heap[p0] != 0u);",
    [flag, written(own)],
  );
}

/** Makes kernels look at their guards. */
export class Watch {
  readonly #known = new WeakMap<KernelCode, KernelCode>();

  /** The tasks, those with a guard with one more operand, which is that. */
  guarded(tasks: readonly Task[]): Task[] {
    return tasks.map((task) => {
      const { guard, code, operands, axes } = task;
      if (guard === null) return task;
      return {
        ...task,
        code: this.#code(code, `p${operands.length}`),
        operands: [...operands, guard],
        axes: axes === null ? null : [...axes, null],
      };
    });
  }

  #code(code: KernelCode, guard: string): KernelCode {
    let known = this.#known.get(code);
    if (known === undefined) {
      known = code.kind === "items"
        ? {
          ...code,
          code: block(`if (heap[${guard}] != 0u)`, code.code),
          ...code.vectors === undefined ? {} : {
            vectors: {
              ...code.vectors,
              code: block(
                `if (heap[${guard} / 4u].x != 0u)`,
                code.vectors.code,
              ),
            },
          },
        }
        : {
          ...code,
          shared: [...code.shared, ["guard_open", "u32"]],
          // All invocations must come to the same barriers.
          code: lines(
            block(`if (lane == 0u)`, `guard_open = heap[${guard}];`),
            `if (workgroupUniformLoad(&guard_open) == 0u) { return; }`,
            code.code,
          ),
        };
      this.#known.set(code, known);
    }
    return known;
  }
}
