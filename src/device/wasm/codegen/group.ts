/**
 * A fused loop as one function: loops over the axes of its iteration space,
 * four elements of the innermost at a time. Each register is computed in the
 * outermost loop in which it no longer varies.
 *
 * @module
 */
import type { Shape } from "../../../base/shape.ts";
import type { Instruction } from "../../plan.ts";
import { bitsOf, type Group } from "../assembly.ts";
import type { VectorName } from "../kernel_types.ts";
import { FunctionBody, I32, type Local } from "./encoder.ts";
import { asWords, emitInstruction, type Value } from "./instructions.ts";
import { Vectors } from "./vectors.ts";

const keys = new WeakMap<Group, string>();

/** Text equal exactly for groups with the same function. */
export function groupKey(group: Group): string {
  let key = keys.get(group);
  if (key === undefined) {
    const { shape, reads, writes, operands, instructions, results } = group;
    key = [
      shape.join(),
      reads.map((strides) => strides?.join() ?? "-").join("/"),
      writes.map((strides) => strides.join()).join("/"),
      operands,
      instructions.map(instructionKey).join("/"),
      results.join(),
    ].join(" ");
    keys.set(group, key);
  }
  return key;
}

function instructionKey(instruction: Instruction): string {
  if (instruction.op !== "constant") return Object.values(instruction).join();
  const { dtype, value } = instruction;
  return `${dtype} ${bitsOf(dtype, [value])[0]}`;
}

/** Number of an imported function. */
export type Import = (name: VectorName) => number;

/**
 * The function of a group. Its parameters are a pointer per register read from
 * memory and one per result.
 *
 * @param split Whether one more parameter says how many entries of the first
 * axis to do; there must be further axes.
 */
export function emitGroup(
  group: Group,
  imported: Import,
  split: boolean,
): FunctionBody {
  return new GroupEmitter(group, imported, split).emit();
}

interface Moving {
  readonly pointer: Local;
  /** Bytes per step of each axis that is left. */
  readonly strides: readonly number[];
}

/** Steps of the innermost loop that are written out one after another. */
const UNROLLED = 2;
const LONG_BODY = 24;

class GroupEmitter {
  readonly #group: Group;
  readonly #imported: Import;
  readonly #body: FunctionBody;
  readonly #v: Vectors;
  /** Entries of the first axis to do, or null for all. */
  readonly #count: Local | null;
  readonly #sizes: readonly number[];
  readonly #reads: readonly (Moving | undefined)[];
  readonly #writes: readonly Moving[];
  /** Number of loops that each register varies with. */
  readonly #depths: readonly number[];
  readonly #values: Value[] = [];

  constructor(group: Group, imported: Import, split: boolean) {
    this.#group = group;
    this.#imported = imported;
    const present = group.reads.filter((s) => s !== undefined);
    const windows = [...present, ...group.writes];
    const { sizes, strides } = collapse(group.shape, windows, split);
    this.#sizes = sizes;
    let next = 0;
    const moving = () => ({ pointer: next, strides: strides[next++] });
    this.#reads = group.reads.map((s) => s === undefined ? s : moving());
    this.#writes = group.writes.map(moving);
    this.#count = split ? next++ : null;
    this.#body = new FunctionBody(new Array(next).fill(I32));
    this.#v = new Vectors(this.#body);
    const depths: number[] = [];
    this.#reads.forEach((read, r) => {
      const i = group.instructions[r - group.operands];
      depths.push(
        read !== undefined
          ? read.strides.findLastIndex((stride) => stride !== 0) + 1
          : "args" in i
          ? Math.max(...i.args.map((a) => depths[a]))
          : 0,
      );
    });
    this.#depths = depths;
  }

  emit(): FunctionBody {
    this.#level(0);
    return this.#body;
  }

  /** Emits the loops from `depth` on. */
  #level(depth: number): void {
    const inner = this.#sizes.length - 1;
    this.#compute(depth, 0, 4);
    if (depth === inner) {
      this.#innermost();
      return;
    }
    const body = () => {
      this.#level(depth + 1);
      for (const { pointer, strides } of this.#moving()) {
        const moved = this.#travel(strides, depth + 1);
        this.#body.advance(pointer, strides[depth] - moved);
      }
    };
    if (depth === 0 && this.#count !== null) {
      this.#body.repeatLocal(this.#count, body);
    } else this.#body.repeat(this.#sizes[depth], body);
  }

  /** Bytes by which the loops from `depth` on leave a pointer moved. */
  #travel(strides: readonly number[], depth: number): number {
    const inner = this.#sizes.length - 1;
    if (depth < inner) return this.#sizes[depth] * strides[depth];
    return this.#looped() * strides[inner];
  }

  /** Elements of the innermost axis that are done in a loop. */
  #looped(): number {
    const step = 4 * this.#unroll();
    const n = Math.floor(this.#sizes.at(-1)! / step);
    return n > 1 ? n * step : 0;
  }

  #unroll(): number {
    return this.#group.instructions.length > LONG_BODY ? 1 : UNROLLED;
  }

  #moving(): Moving[] {
    return [...this.#reads.filter((r) => r !== undefined), ...this.#writes];
  }

  #innermost(): void {
    const inner = this.#sizes.length - 1;
    const n = this.#sizes[inner];
    const step = 4 * this.#unroll();
    const looped = this.#looped();
    if (looped > 0) {
      this.#body.repeat(looped / step, () => {
        for (let at = 0; at < step; at += 4) this.#vector(at, 4);
        for (const { pointer, strides } of this.#moving()) {
          this.#body.advance(pointer, step * strides[inner]);
        }
      });
    }
    for (let at = 0; at < n - looped; at += 4) {
      this.#vector(at, Math.min(4, n - looped - at));
    }
  }

  /** Computes and stores `lanes` elements, `at` elements from the pointers. */
  #vector(at: number, lanes: number): void {
    const inner = this.#sizes.length - 1;
    this.#compute(inner + 1, at, lanes);
    this.#writes.forEach(({ pointer, strides }, w) => {
      const value = asWords(this.#v, this.#values[this.#group.results[w]]);
      const stride = strides[inner];
      if (stride === 4) this.#v.store(value, pointer, 4 * at, lanes);
      else this.#v.storeStrided(value, pointer, at * stride, stride, lanes);
    });
  }

  /** Computes the registers that vary with exactly `depth` loops. */
  #compute(depth: number, at: number, lanes: number): void {
    const { instructions, operands } = this.#group;
    this.#depths.forEach((own, r) => {
      if (own !== depth) return;
      const read = this.#reads[r];
      if (read === undefined) {
        const instruction = instructions[r - operands];
        const args = "args" in instruction ? instruction.args : [];
        this.#values[r] = emitInstruction(
          this.#v,
          instruction,
          args.map((a) => this.#values[a]),
          (name, values, ...numbers) => this.#call(name, values, numbers),
        );
      } else {
        this.#values[r] = { local: this.#load(read, at, lanes), mask: false };
      }
    });
  }

  #load({ pointer, strides }: Moving, at: number, lanes: number): Local {
    const stride = strides[this.#sizes.length - 1];
    if (stride === 0) return this.#v.loadSplat(pointer, 0);
    if (stride === 4) return this.#v.load(pointer, 4 * at);
    return this.#v.loadStrided(pointer, at * stride, stride, lanes);
  }

  #call(
    name: VectorName,
    operands: readonly Local[],
    numbers: readonly number[],
  ): Local {
    for (const operand of operands) this.#body.get(operand);
    for (const number of numbers) this.#body.f64(number);
    this.#body.call(this.#imported(name));
    return this.#v.result();
  }
}

/**
 * Merges axes that are one run of equal steps in all windows, and drops those
 * of one element. Sizes, and each window's strides in bytes; at least one axis.
 *
 * @param keepsFirst Whether the first axis stays as it is.
 */
function collapse(
  shape: Shape,
  windows: readonly (readonly number[])[],
  keepsFirst: boolean,
) {
  const sizes: number[] = [];
  const strides: number[][] = windows.map(() => []);
  shape.forEach((n, axis) => {
    if (n === 1) return;
    const last = sizes.length - 1;
    const joins = last >= (keepsFirst ? 1 : 0) &&
      windows.every((w, i) => strides[i][last] === 4 * n * w[axis]);
    if (joins) sizes[last] *= n;
    else sizes.push(n);
    windows.forEach((w, i) => {
      strides[i][joins ? last : last + 1] = 4 * w[axis];
    });
  });
  if (sizes.length > 0) return { sizes, strides };
  return { sizes: [1], strides: windows.map(() => [4]) };
}
