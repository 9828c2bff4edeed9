/**
 * Shows what `debug.print` recorded, once its values are known.
 *
 * @module
 */
import type { TypedArray } from "../base/dtype.ts";
import { type Aval, formatAval, sizeOf } from "../base/shape.ts";
import type { Storage } from "../device/device.ts";
import { type Print, printCalls } from "./effects.ts";

const SHOWN = 8;

/** The last of the prints that wait for a device, if there are any. */
let waiting: Promise<void> | null = null;

/** Text of elements `offset` and following of a value: `f32[2] [1, 2]`. */
export function formatElements(
  aval: Aval,
  data: TypedArray,
  offset = 0,
): string {
  const size = sizeOf(aval.shape);
  const text = (x: number) =>
    aval.dtype === "bool" ? String(x !== 0) : `${Number(x.toPrecision(6))}`;
  if (aval.shape.length === 0) return text(data[offset]);
  const shown = Array.from(
    data.subarray(offset, offset + Math.min(size, SHOWN)),
    text,
  );
  const more = size > SHOWN ? ", ..." : "";
  return `${formatAval(aval)} [${shown.join(", ")}${more}]`;
}

/**
 * Prints to the console, in the order of the program.
 *
 * @param avals Avals of the outputs that hold the printed values.
 */
export function showPrints(
  prints: readonly Print[],
  avals: readonly Aval[],
  outputs: readonly Storage[],
): void {
  const show = (data: readonly TypedArray[]): void => {
    for (const call of printCalls(prints)) {
      const { format, first, values, choices, index } = call;
      const ran = choices.every(({ branch, branches }, i) => {
        const { shape } = avals[first + values + i];
        // Loops inside the branch are not around its choice.
        const around = index.slice(0, shape.length);
        const at = around.reduce((n, x, k) => n * shape[k] + x, 0);
        const chosen = data[first + values + i][at];
        return Math.min(Math.max(chosen, 0), branches - 1) === branch;
      });
      if (!ran) continue;
      const texts = Array.from({ length: values }, (_, i) => {
        const { dtype, shape } = avals[first + i];
        const at = index.reduce((n, x, k) => n * shape[k] + x, 0);
        const inner = { dtype, shape: shape.slice(index.length) };
        return formatElements(inner, data[first + i], at * sizeOf(inner.shape));
      });
      console.log(fill(format, texts));
    }
  };
  if (waiting === null && outputs.every((s) => s.isSync)) {
    show(outputs.map((s) => s.readSync()));
    return;
  }
  const ready = Promise.all(outputs.map((s) => s.read())).then(
    (data) => () => show(data),
    // Nobody awaits a print.
    (error) => () => console.error(error),
  );
  const printed = Promise.all([ready, waiting]).then(([print]) => {
    print();
    if (waiting === printed) waiting = null;
  });
  waiting = printed;
}

/** Puts the texts in the places marked `{}`, the rest at the end. */
export function fill(format: string, texts: readonly string[]): string {
  const left = [...texts];
  const filled = format.replaceAll("{}", () => left.shift() ?? "{}");
  return [filled, ...left].join(" ");
}
