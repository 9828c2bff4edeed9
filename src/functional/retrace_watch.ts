/**
 * Notices a plain number that makes a jitted function trace again and again.
 *
 * @module
 */
import { partsOf } from "../base/tree.ts";

const LIMIT = 16;

/** Counts traces that differ from the one before only in one number. */
export class RetraceWatch {
  readonly #name: string;
  readonly #counts = new Map<number, number>();
  #last: readonly unknown[] | null = null;

  /** Watches the function `name`. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Tells of a trace; warns once per argument when there are too many. */
  traced(spec: readonly unknown[], args: readonly unknown[]): void {
    const last = this.#last;
    this.#last = spec;
    if (last === null || last.length !== spec.length) return;
    const changed = spec.flatMap((x, i) =>
      Object.is(x, last[i]) || typeof x === "object" ? [] : [i]
    );
    const [at] = changed;
    if (changed.length !== 1 || typeof spec[at] !== "number") return;
    const count = (this.#counts.get(at) ?? 0) + 1;
    this.#counts.set(at, count);
    if (count !== LIMIT) return;
    console.warn(
      `jit "${this.#name}" was traced ${LIMIT + 1} times because ` +
        `${findNumber(args, spec[at])} changes from call to call ` +
        `(now ${spec[at]}): pass it as a tensor, tensor(${spec[at]})`,
    );
  }
}

/** Path of the first number equal to `value`. */
function findNumber(args: readonly unknown[], value: number): string {
  const visit = (x: unknown, path: string): string | null => {
    if (Object.is(x, value)) return path;
    const parts = partsOf(x);
    for (const [i, child] of (parts?.children ?? []).entries()) {
      const found = visit(child, path + parts!.key(i));
      if (found !== null) return found;
    }
    return null;
  };
  for (const [i, x] of args.entries()) {
    const found = visit(x, `argument ${i}`);
    if (found !== null) return found;
  }
  return "a number";
}
