/**
 * `vmap` on functions of trees of tensors.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { type Aval, formatAval, normalizeAxis } from "../base/shape.ts";
import { batchInto } from "../transform/batch.ts";
import { withNamedAxis } from "../transform/named_axes.ts";
import { emitInto, markPerSample, trace } from "../transform/trace.ts";
import {
  axisPerLeaf,
  type AxisTree,
  flattenTree,
  type FlatTree,
} from "./pytree.ts";

/** Options of {@link vmap}. */
export interface VmapOptions {
  /**
   * The axis of the samples: one for all arguments (0), or an entry per
   * argument. `null` is an argument shared by all samples; an argument that is
   * a tree may have an entry per child.
   */
  readonly inAxes?: AxisTree;
  /** The axis of the samples in the result, alike; 0 by default. */
  readonly outAxes?: AxisTree;
  /** A name for `lax.psum`, `lax.pmean` and `lax.axisIndex`. */
  readonly axisName?: string;
}

/** Name of a function for messages. */
export function nameOf(fn: { readonly name: string }): string {
  return fn.name || "anonymous";
}

/**
 * `fn`, written for one sample, for a batch of samples at once. JS scalars in
 * the arguments are shared by all samples.
 *
 * @example
 * ```ts
 * import { jax, ones, type Tensor } from "@vodes/vodes/numpy";
 * const dot = (a: Tensor, b: Tensor) => a.mul(b).sum();
 * const dots = jax.vmap(dot, { inAxes: [0, null] });
 * console.log(dots(ones([5, 3]), ones(3)).shape); // [5]
 * ```
 *
 * @throws {ShapeError} If the numbers of samples differ, or an output with
 * axis `null` depends on the sample.
 */
export function vmap<A extends unknown[], R>(
  fn: (...args: A) => R,
  { inAxes = 0, outAxes = 0, axisName }: VmapOptions = {},
): (...args: A) => R {
  const name = nameOf(fn);
  const batched = (...args: A): R => {
    const flat = flattenTree(args, "static");
    const axes = inputAxes(name, flat, inAxes, args);
    const mapped = flat.values.flatMap((_, i) => axes[i] === null ? [] : [i]);
    const size = sampleCount(name, flat, axes);
    const avals = mapped.map((i) => sampleAval(flat.values[i].aval, axes[i]!));
    let out: FlatTree | undefined;
    const { program, captured } = trace(name, avals, (samples) => {
      markPerSample();
      // Shared arguments go in as they are, as if fn had closed over them.
      const values = [...flat.values];
      mapped.forEach((i, k) => values[i] = samples[k]);
      const result = withNamedAxis(
        axisName,
        size,
        () => fn(...flat.rebuild(values) as A),
      );
      out = flattenTree(result, "static");
      return out.values;
    });
    const how = {
      size,
      axisName,
      inAxes: [...mapped.map((i) => axes[i]), ...captured.map(() => null)],
      outAxes: outputAxes(out!, outAxes),
      describeOutput: (i: number) => `result${out!.paths[i]} of "${name}"`,
    };
    const inputs = [...mapped.map((i) => flat.values[i]), ...captured];
    const results = emitInto(
      inputs,
      (builder, ids) => batchInto(builder, program, ids, how),
    );
    return out!.rebuild(results) as R;
  };
  Object.defineProperty(batched, "name", { value: name });
  return batched;
}

/** The axis of each tensor among the arguments, from 0 up. */
function inputAxes(
  name: string,
  flat: FlatTree,
  inAxes: AxisTree,
  args: readonly unknown[],
): (number | null)[] {
  if (Array.isArray(inAxes) && inAxes.length !== args.length) {
    throw new ShapeError(
      `Cannot vmap "${name}": inAxes has ${inAxes.length} entries for ` +
        `${args.length} arguments, expected one per argument`,
    );
  }
  return axisPerLeaf("inAxes", inAxes, args).map((axis, i) => {
    if (axis === null) return null;
    const { aval } = flat.values[i];
    const what = `vmap "${name}" over ${describeArgument(flat, i)}, ` +
      formatAval(aval);
    return normalizeAxis(axis, aval.shape.length, what);
  });
}

/** `outAxes` per tensor of the result; an array means one per element. */
function outputAxes(out: FlatTree, outAxes: AxisTree): (number | null)[] {
  const tree = out.rebuild(out.values);
  return axisPerLeaf("outAxes", outAxes, tree);
}

function sampleAval({ dtype, shape }: Aval, axis: number): Aval {
  return { dtype, shape: shape.filter((_, i) => i !== axis) };
}

/** `argument 1['w']`: the first step of a path is the argument's index. */
export function describeArgument(flat: FlatTree, index: number): string {
  return flat.paths[index].replace(/^\[(\d+)\]/, "argument $1");
}

function sampleCount(
  name: string,
  flat: FlatTree,
  axes: readonly (number | null)[],
): number {
  const sizes = flat.values.map(({ aval }, i) =>
    axes[i] === null ? null : aval.shape[axes[i]]
  );
  const first = sizes.findIndex((n) => n !== null);
  if (first < 0) {
    throw new ShapeError(
      `Cannot vmap "${name}": no argument has an axis of samples, expected ` +
        "a tensor whose entry of inAxes is not null",
    );
  }
  const other = sizes.findIndex((n) => n !== null && n !== sizes[first]);
  if (other >= 0) {
    const tell = (i: number) =>
      `${describeArgument(flat, i)} has size ${sizes[i]} on axis ${axes[i]}`;
    throw new ShapeError(
      `Cannot vmap "${name}": ${tell(first)}, ${tell(other)}, expected equal ` +
        "sizes: mark what all samples share with null in inAxes",
    );
  }
  return sizes[first]!;
}
