/**
 * Movement by indices as WGSL: an item per element that moves.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import { type ItemCode, placeOf, takeApart } from "./kernel_code.ts";
import { lines } from "./loops.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

/** The index at an address, as u32 from 0 to `last`. */
function clamped(address: string, dtype: DType, last: number): string {
  return dtype === "u32"
    ? `min(heap[${address}], ${last}u)`
    : `u32(clamp(bitcast<i32>(heap[${address}]), 0, ${last}))`;
}

/** `gather`. */
export function gatherCode(call: Call, kernel: Of<"gather">): ItemCode {
  const { batch, outer, n, inner, count } = kernel;
  const shape = [batch, outer, count, inner];
  const at = takeApart("item", shape, "i");
  const [b, o, j, i] = at.names;
  const index = placeOf("p1", [b, j], [count, 1]);
  const from = placeOf(
    "p0",
    [b, o, "index", i],
    stridesOf([
      batch,
      outer,
      n,
      inner,
    ]),
  );
  return {
    kind: "items",
    count: sizeOf(shape),
    code: lines(
      at.code,
      `let index = ${clamped(index, call.reads[1].dtype, n - 1)};`,
      `heap[p2 + item] = heap[${from}];`,
    ),
  };
}

/** `dynamicSlice`. */
export function dynamicSliceCode(
  call: Call,
  kernel: Of<"dynamicSlice">,
): ItemCode {
  const { code, place } = windowItem("p0", call, kernel);
  return {
    kind: "items",
    count: kernel.batch * sizeOf(kernel.sizes),
    code: lines(code, `heap[p2 + item] = heap[${place}];`),
  };
}

/** `dynamicUpdateSlice`. */
export function dynamicUpdateSliceCode(
  call: Call,
  kernel: Of<"dynamicUpdateSlice">,
): ItemCode {
  const { code, place } = windowItem("p2", call, kernel);
  return {
    kind: "items",
    count: kernel.batch * sizeOf(kernel.sizes),
    code: lines(code, `heap[${place}] = heap[p0 + item];`),
  };
}

/** Where the element `item` of the windows of a batch is. */
function windowItem(
  base: string,
  call: Call,
  kernel: Of<"dynamicSlice" | "dynamicUpdateSlice">,
) {
  const { batch, shape, sizes } = kernel;
  const { dtype } = call.reads[1];
  const strides = stridesOf(shape);
  const runs = runsOf(shape, sizes);
  const at = takeApart("item", [batch, ...runs.sizes], "i");
  const [b, ...inside] = at.names;
  const free = shape.keys().filter((a) => sizes[a] < shape[a]).toArray();
  const starts = free.map((axis) => {
    const address = placeOf("p1", [b, `${axis}u`], [shape.length, 1]);
    const last = shape[axis] - sizes[axis];
    return `let start${axis} = ${clamped(address, dtype, last)};`;
  });
  const first = placeOf(
    base,
    [b, ...free.map((axis) => `start${axis}`)],
    [sizeOf(shape), ...free.map((axis) => strides[axis])],
  );
  return {
    code: lines(at.code, starts, `let first = ${first};`),
    place: placeOf("first", inside, runs.strides),
  };
}

/** Axes of a window, where those it covers have joined the one before them. */
function runsOf(shape: Shape, sizes: Shape) {
  const strides = stridesOf(shape);
  const joined = { sizes: [] as number[], strides: [] as number[] };
  sizes.forEach((size, axis) => {
    const joins = axis > 0 && size === shape[axis];
    const run = joins ? joined.sizes.pop()! * size : size;
    if (joins) joined.strides.pop();
    joined.sizes.push(run);
    joined.strides.push(strides[axis]);
  });
  return joined;
}
