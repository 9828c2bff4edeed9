/**
 * The fused elementwise loop as WGSL: one item per element.
 *
 * @module
 */
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Call, Instruction, Kernel, View } from "../plan.ts";
import { expression, load, store } from "./instructions.ts";
import {
  type Indices,
  type ItemCode,
  placeOf,
  takeApart,
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

/** Statements that compute the registers `r0, r1, ...` of a fused loop. */
export function registers(
  reads: readonly View[],
  places: readonly string[],
  instructions: readonly Instruction[],
  index: (axis: number) => string,
): { readonly code: string; readonly functions: readonly string[] } {
  const lines = reads.map(({ dtype }, i) =>
    `let r${i} = ${load(dtype, `heap[${places[i]}]`)};`
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
  { reads, writes }: Call,
  { shape, instructions, results }: Extract<Kernel, { kind: "map" }>,
): ItemCode {
  const views = [...reads, ...writes];
  const loop = joinAxes(
    shape,
    views.map((v) => v.strides),
    indexedAxes(instructions),
  );
  const indices: Indices = takeApart("item", loop.shape, "i");
  const places = views.map((_, i) =>
    placeOf(`p${i}`, indices.names, loop.strides[i])
  );
  const { code, functions } = registers(
    reads,
    places,
    instructions,
    (axis) => `U(${indices.names[loop.axes[axis]] ?? "0u"})`,
  );
  const stores = writes.map(({ dtype }, i) =>
    `heap[${places[reads.length + i]}] = ${store(dtype, `r${results[i]}`)};`
  );
  return {
    kind: "items",
    count: sizeOf(shape),
    rows: sizeOf(shape),
    code: [indices.code, code, ...stores].filter(Boolean).join("\n"),
    functions,
  };
}
