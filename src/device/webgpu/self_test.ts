/**
 * A small computation whose result is known: some adapters compute nothing and
 * do not say so.
 *
 * @module
 */
import { DeviceError } from "../../base/errors.ts";
import { type Device, HostStorage } from "../device.ts";
import type { Plan, View } from "../plan.ts";

const SIZE = 200;

/** The sum of the squares of a list. */
function sumOfSquares(): Plan {
  const shape = [SIZE];
  const x: View = { buffer: 0, dtype: "f32", offset: 0, shape, strides: [1] };
  const out: View = { ...x, buffer: 1, shape: [], strides: [] };
  return {
    inputs: [{ dtype: "f32", shape }],
    outputs: [{ aval: { dtype: "f32", shape: [] }, donated: null }],
    buffers: [
      { base: 1, offset: 0, size: SIZE, steps: [] },
      { base: 2, offset: 0, size: 1, steps: [] },
    ],
    arenaBytes: 0,
    steps: [{
      step: "call",
      kernel: {
        kind: "reduce",
        op: "sum",
        shape,
        axes: [0],
        instructions: [
          { op: "unary", fn: "square", dtype: "f32", args: [0] },
        ],
        result: 1,
      },
      reads: [x],
      writes: [out],
    }],
  };
}

/**
 * Lets a device compute.
 *
 * @throws {DeviceError} If the result is wrong.
 */
export async function selfTest(device: Device): Promise<void> {
  const executable = device.compile(sumOfSquares());
  const data = Float32Array.from({ length: SIZE }, (_, i) => i % 17);
  const [sum] = executable.run([new HostStorage(data)]);
  const [actual] = await sum.read();
  sum.release();
  executable.dispose();
  const expected = data.reduce((total, x) => total + x * x, 0);
  if (actual === expected) return;
  throw new DeviceError(
    `it computed ${actual} where ${expected} is right`,
  );
}
