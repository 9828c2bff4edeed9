/**
 * The fused elementwise loop as WGSL: one item per element, or per four.
 *
 * @module
 */
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Call, Instruction, Kernel, View } from "../plan.ts";
import { expression, load, store } from "./instructions.ts";
import {
  type ItemCode,
  placeOf,
  takeApart,
  type VectorCode,
} from "./kernel_code.ts";

/** A loop over axes, and the strides of each operand along them. */
export interface Loop {
  /** Iterations per axis. */
  readonly shape: Shape;
  /** Per operand, elements per step of each axis. */
  readonly strides: readonly (readonly number[])[];
  /** The axis of the loop that an axis of the kernel became, -1 for none. */
  readonly axes: readonly number[];
}

/**
 * Leaves out axes of size 1 and joins neighbours along which all operands go
 * on evenly.
 *
 * @param fixed Axes that must stay as they are.
 * @param together Whether two neighbouring axes may be joined.
 */
export function joinAxes(
  shape: Shape,
  strides: readonly (readonly number[])[],
  fixed: ReadonlySet<number>,
  together: (outer: number, inner: number) => boolean = () => true,
): Loop {
  const sizes: number[] = [];
  const steps: number[][] = strides.map(() => []);
  const axes = shape.map(() => -1);
  let last = -1;
  shape.forEach((n, axis) => {
    if (n === 1 && !fixed.has(axis)) return;
    const joins = last >= 0 && !fixed.has(last) && !fixed.has(axis) &&
      together(last, axis) &&
      strides.every((own) => own[last] === n * own[axis]);
    if (joins) {
      sizes[sizes.length - 1] *= n;
      strides.forEach((own, i) => steps[i][sizes.length - 1] = own[axis]);
    } else {
      sizes.push(n);
      strides.forEach((own, i) => steps[i].push(own[axis]));
    }
    axes[axis] = sizes.length - 1;
    last = axis;
  });
  return { shape: sizes, strides: steps, axes };
}

/** Axes whose index is used as a number. */
export function indexedAxes(
  instructions: readonly Instruction[],
): ReadonlySet<number> {
  return new Set(
    instructions.flatMap((i) => i.op === "index" ? [i.axis] : []),
  );
}

/** A fused loop's statements. */
interface Statements {
  readonly code: string;
  readonly functions: readonly string[];
}

/**
 * Statements that compute the registers `r0, r1, ...` of a fused loop.
 *
 * @param words Per operand, its word.
 */
export function registers(
  reads: readonly View[],
  words: readonly string[],
  instructions: readonly Instruction[],
  index: (axis: number) => string,
): Statements {
  const lines = reads.map(({ dtype }, i) =>
    `let r${i} = ${load(dtype, words[i])};`
  );
  const functions: string[] = [];
  instructions.forEach((instruction, i) => {
    const args = "args" in instruction
      ? instruction.args.map((a) => `r${a}`)
      : [];
    const { text, functions: used } = expression(instruction, args, index);
    lines.push(`let r${reads.length + i} = ${text};`);
    functions.push(...used);
  });
  return { code: lines.join("\n"), functions };
}

/** A fused elementwise loop. */
export function mapCode(
  call: Call,
  kernel: Extract<Kernel, { kind: "map" }>,
): ItemCode {
  const { shape, instructions } = kernel;
  const views = [...call.reads, ...call.writes];
  const loop = joinAxes(
    shape,
    views.map((v) => v.strides),
    indexedAxes(instructions),
  );
  const { code, functions } = statements(
    call,
    kernel,
    loop,
    (place) => `heap[${place}]`,
  );
  return {
    kind: "items",
    count: sizeOf(shape),
    rows: sizeOf(shape),
    code,
    functions,
    vectors: vectorCode(call, kernel, loop),
  };
}

function statements(
  { reads, writes }: Call,
  { instructions, results }: Extract<Kernel, { kind: "map" }>,
  loop: Loop,
  word: (place: string, operand: number) => string,
): Statements {
  const indices = takeApart("item", loop.shape, "i");
  const words = loop.strides.map((strides, i) =>
    word(placeOf(`p${i}`, indices.names, strides), i)
  );
  const { code, functions } = registers(
    reads,
    words,
    instructions,
    (axis) => `U(${indices.names[loop.axes[axis]] ?? "0u"})`,
  );
  const stores = writes.map(({ dtype }, i) =>
    `${words[reads.length + i]} = ${store(dtype, `r${results[i]}`)};`
  );
  const lines = [indices.code, code, ...stores];
  return { code: lines.filter(Boolean).join("\n"), functions };
}

/**
 * The loop by four elements of its last axis at a time, if all operands have
 * them side by side or have one for all four.
 */
function vectorCode(
  call: Call,
  kernel: Extract<Kernel, { kind: "map" }>,
  { shape, strides, axes }: Loop,
): VectorCode | undefined {
  const last = shape.length - 1;
  if (last < 0 || shape[last] % 4 !== 0) return undefined;
  if (
    [...indexedAxes(kernel.instructions)].some((axis) => axes[axis] === last)
  ) return undefined;
  const single = strides.map((own) => own[last] === 0);
  const fits = strides.every((own, i) =>
    single[i] ||
    own[last] === 1 && own.slice(0, last).every((n) => n % 4 === 0)
  );
  if (!fits) return undefined;
  const loop: Loop = {
    shape: [...shape.slice(0, last), shape[last] / 4],
    strides: strides.map((own) => [...own.slice(0, last), 4 * own[last]]),
    axes,
  };
  const { code } = statements(call, kernel, loop, (place, i) => {
    const vector = `heap[(${place}) >> 2u]`;
    return single[i] ? `U(${vector}[(${place}) & 3u])` : vector;
  });
  return { count: sizeOf(loop.shape), code };
}
