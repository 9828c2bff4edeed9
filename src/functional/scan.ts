/**
 * pxf.scan: a loop in the Program instead of an unrolled one.
 *
 * @module
 */
import { ShapeError, TreeError } from "../base/errors.ts";
import { bindScan } from "../numpy/values/scan.ts";
import { carryOf, needSameTree, Numbers, slotOutputs } from "./carries.ts";
import { functionName } from "./checks.ts";
import { flattenTensors, splitArguments, type TensorTree } from "./collect.ts";
import { takeApart, toTensors, traceCall, writeSlots } from "./traced_call.ts";

/** Options of {@link scan}. */
export interface ScanOptions {
  /** Sliced along the first axis, one slice per iteration; a pytree. */
  readonly xs?: unknown;
  /** Iterations, when there are no xs. */
  readonly length?: number;
  /** Whether to run from the last slice to the first. */
  readonly reverse?: boolean;
  /** How often the body comes in each turn of the loop; 1 by default. */
  readonly unroll?: number;
}

/**
 * Runs `fn(x, ...carry, { ...tracked })` repeatedly. It returns
 * `[carry, y]`, where `carry` is one value or an array of them. Params in the
 * tracked arguments, and the random state, are carried along and must keep
 * their shapes. JS numbers in carries and ys are tensors.
 *
 * @returns A function of the initial carry (and the tracked arguments) that
 * gives `[carry, ys]`, the carry always an array, the ys stacked.
 * @throws {TreeError} If neither xs nor length is given, or the body returns
 * something else than a pair.
 * @throws {ShapeError} If the carry or a param changes its structure.
 * @throws {TraceError} If `fn` is no function.
 * @example
 * ```ts
 * import { jnp, pxf, type Tensor } from "@vodes/vodes";
 * const body = (x: Tensor, sum: Tensor) => [sum.add(x), sum];
 * const [[sum], sums] = pxf.scan(body, { xs: jnp.arange(4) })(10);
 * console.log(`${sum} ${sums}`); // Tensor i32[] 16 Tensor i32[4] [10, 10, ..]
 * ```
 * @see pcax `pxf.scan`
 */
export function scan(
  // A body's parameters depend on its carry, which types cannot follow here.
  fn: (...args: never[]) => unknown,
  options: ScanOptions,
): (...args: unknown[]) => [unknown[], unknown] {
  const name = functionName("scan", fn);
  const action = `scan "${name}"`;
  return (...args: unknown[]): [unknown[], unknown] => {
    const xs = flattenTensors(options.xs ?? null, "xs");
    const length = iterations(name, xs, options.length);
    const { positional, tracked } = splitArguments(args);
    const numbers = new Numbers();
    let initial = positional.map((x) => numbers.toTensors(x));
    for (;;) {
      const before = flattenTensors(initial, "carry");
      const parts = takeApart([
        options.xs ?? null,
        ...initial,
        ...(tracked ? [tracked] : []),
      ]);
      const nx = xs.tensors.length;
      const avals = parts.tensors.map((t, i) => {
        const { dtype, shape } = t.value.aval;
        return { dtype, shape: i < nx ? shape.slice(1) : shape };
      });
      let after: TensorTree | null = null;
      let ys: TensorTree | null = null;
      const body = (...inner: unknown[]): unknown => {
        const out = (fn as (...a: unknown[]) => unknown)(...inner);
        if (!Array.isArray(out) || out.length !== 2) {
          throw new TreeError(
            `Cannot ${action}: it returned something else than a pair, ` +
              "expected [carry, y]",
          );
        }
        after = carryOf(before, numbers.toTensors(out[0]));
        ys = flattenTensors(numbers.toTensors(out[1]));
        return [...after.tensors, ...ys.tensors];
      };
      const call = traceCall(name, body, parts, avals);
      const [next, stacked]: TensorTree[] = [after!, ys!];
      const dtypes = next.tensors.map((t) => t.dtype);
      const adopted = numbers.adopt(before, dtypes);
      if (adopted !== null) {
        initial = adopted as unknown[];
        continue;
      }
      needSameTree(action, "after the body", before, next);
      const { program, captured } = call;
      const { inputs, outputs } = program;
      const carries = parts.tensors.length - nx;
      const count = before.tensors.length;
      const results = [
        ...outputs.slice(0, count),
        // A param that did not change is carried as it came.
        ...slotOutputs(action, parts, call).map((k, i) =>
          k < 0 ? inputs[nx + count + i] : outputs[k]
        ),
        ...outputs.slice(count, count + stacked.tensors.length),
      ];
      // Body order of a scan node: constants, carries, slices.
      const values = bindScan(
        [
          ...captured,
          ...parts.tensors.slice(nx).map((t) => t.value),
          ...parts.tensors.slice(0, nx).map((t) => t.value),
        ],
        {
          body: {
            ...program,
            inputs: [
              ...inputs.slice(nx + carries),
              ...inputs.slice(nx, nx + carries),
              ...inputs.slice(0, nx),
            ],
            outputs: results,
          },
          length,
          constants: captured.length,
          carries,
          reverse: options.reverse ?? false,
        },
        options.unroll,
      );
      const made = toTensors(values);
      writeSlots(parts.slots, made.slice(count, carries));
      const final = next.rebuild(made.slice(0, count));
      return [final as unknown[], stacked.rebuild(made.slice(carries))];
    }
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
