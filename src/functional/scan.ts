/**
 * pxf.scan: a loop in the Program instead of an unrolled one.
 *
 * @module
 */
import { ShapeError, TreeError } from "../base/errors.ts";
import { type Aval, formatAval, sameShape } from "../base/shape.ts";
import type { Tensor } from "../numpy/tensor.ts";
import { bind } from "../transform/trace.ts";
import { flattenTensors, splitArguments, type TensorTree } from "./collect.ts";
import { takeApart, toTensors, traceCall, writeBack } from "./traced_call.ts";

/** Options of {@link scan}. */
export interface ScanOptions {
  /** Sliced along the first axis, one slice per iteration; a pytree. */
  readonly xs?: unknown;
  /** Iterations, when there are no xs. */
  readonly length?: number;
  /** Whether to run from the last slice to the first. */
  readonly reverse?: boolean;
}

/**
 * Runs `fn(x, ...carry, { ...tracked })` repeatedly. It returns
 * `[carry, y]`, where `carry` is one value or an array of them. Params in the
 * tracked arguments are carried along and must keep their shapes.
 *
 * @returns A function of the initial carry (and the tracked arguments) that
 * gives `[carry, ys]`, the ys stacked.
 * @throws {TreeError} If neither xs nor length is given.
 * @throws {ShapeError} If the carry changes its structure.
 * @see pcax `pxf.scan`
 */
export function scan(
  // A body's parameters depend on its carry, which types cannot follow here.
  fn: (...args: never[]) => unknown,
  options: ScanOptions,
): (...args: unknown[]) => [unknown[], unknown] {
  const name = fn.name || "function";
  return (...args: unknown[]): [unknown[], unknown] => {
    const xs = flattenTensors(options.xs ?? null, "xs");
    const length = iterations(name, xs, options.length);
    const { positional, tracked } = splitArguments(args);
    const parts = takeApart([
      options.xs ?? null,
      ...positional,
      ...(tracked ? [tracked] : []),
    ]);
    const avals = parts.tensors.map((t, i) => {
      const { dtype, shape } = t.value.aval;
      return i < xs.tensors.length
        ? { dtype, shape: shape.slice(1) }
        : { dtype, shape };
    });
    const count = positional.length;
    let returned: TensorTree | null = null;
    let ys: TensorTree | null = null;
    const body = (...inner: unknown[]): unknown => {
      const out = (fn as (...a: unknown[]) => unknown)(...inner);
      if (!Array.isArray(out) || out.length !== 2) {
        throw new TreeError(
          `Cannot scan "${name}": it returned something else than a pair, ` +
            "expected [carry, y]",
        );
      }
      const carry = count === 1 && !Array.isArray(out[0]) ? [out[0]] : out[0];
      returned = flattenTensors(carry);
      ys = flattenTensors(out[1]);
      return [...returned.tensors, ...ys.tensors];
    };
    const call = traceCall(name, body, parts, avals);
    const carryTree = returned!, yTree = ys!;

    const nx = xs.tensors.length;
    const carries = parts.tensors.length - nx;
    // Body order of a scan node: constants, carries, slices.
    const { program, captured } = call;
    const inputs = program.inputs;
    const slotTensors = parts.slots.flatMap((s) => s.tree.tensors);
    const carryOutputs = carryTree.tensors.map((_, i) => program.outputs[i]);
    const first = nx + carries - slotTensors.length;
    // A param that did not change is carried as it came.
    const slotOutputs = slotTensors.map((_, i) => inputs[first + i]);
    let at = 0;
    parts.slots.forEach(({ tree }, slot) => {
      const change = call.changes.find((c) => c.slot === slot);
      if (change) {
        checkSame(
          name,
          parts.slots[slot].path,
          tree.tensors,
          change.tree.tensors,
        );
        tree.tensors.forEach((_, i) =>
          slotOutputs[at + i] = program.outputs[change.start + i]
        );
      }
      at += tree.tensors.length;
    });
    const initial = parts.tensors.slice(nx, first);
    checkSame(name, "the carry", initial, carryTree.tensors);
    const yOutputs = yTree.tensors.map((_, i) =>
      program.outputs[carryTree.tensors.length + i]
    );
    const values = bind("scan", [
      ...captured,
      ...parts.tensors.slice(nx).map((t) => t.value),
      ...parts.tensors.slice(0, nx).map((t) => t.value),
    ], {
      body: {
        ...program,
        inputs: [
          ...inputs.slice(nx + carries),
          ...inputs.slice(nx, nx + carries),
          ...inputs.slice(0, nx),
        ],
        outputs: [...carryOutputs, ...slotOutputs, ...yOutputs],
      },
      length,
      constants: captured.length,
      carries,
      reverse: options.reverse ?? false,
    });
    const results = toTensors(values);
    const slotResults = results.slice(initial.length, carries);
    let next = 0;
    const changes = parts.slots.map(({ tree }, slot) => {
      const start = next;
      next += tree.tensors.length;
      return { slot, tree, start };
    });
    writeBack(parts.slots, changes, slotResults);
    const final = carryTree.rebuild(results.slice(0, initial.length));
    return [final as unknown[], yTree.rebuild(results.slice(carries))];
  };
}

function iterations(
  name: string,
  xs: TensorTree,
  length: number | undefined,
): number {
  const sizes = xs.tensors.map((t) => t.shape[0]);
  const n = length ?? sizes[0];
  if (n === undefined) {
    throw new TreeError(
      `Cannot scan "${name}": neither xs nor length was given, expected one of them`,
    );
  }
  const odd = sizes.findIndex((size) => size !== n);
  if (odd >= 0) {
    throw new ShapeError(
      `Cannot scan "${name}": ${xs.paths[odd]} has size ${
        sizes[odd]
      } on axis 0, ` +
        `expected ${n}`,
    );
  }
  return n;
}

function checkSame(
  name: string,
  what: string,
  before: readonly Tensor[],
  after: readonly Tensor[],
): void {
  const list = (ts: readonly Tensor[]) =>
    `[${ts.map((t) => formatAval(t.value.aval)).join(", ")}]`;
  const same = (a: Aval, b: Aval) =>
    a.dtype === b.dtype && sameShape(a.shape, b.shape);
  const equal = before.length === after.length &&
    before.every((t, i) => same(t.value.aval, after[i].value.aval));
  if (!equal) {
    throw new ShapeError(
      `Cannot scan "${name}": ${what} was ${list(before)} and is ` +
        `${list(after)} after the body, expected no change of structure`,
    );
  }
}
