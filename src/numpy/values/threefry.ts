/**
 * Threefry-2x32 written in ops, for the one case that the `random` primitive
 * does not know: folding in a number that is itself a traced value.
 *
 * @module
 */
import type { ValueId } from "../../ir/program.ts";
import type { Ops } from "../../transform/ops.ts";

const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]];
const PARITY = 0x1bd11bda;

/** One block: 20 rounds on two u32 scalars under a key of two. */
export function threefryBlock(
  o: Ops,
  [k0, k1]: readonly [ValueId, ValueId],
  [c0, c1]: readonly [ValueId, ValueId],
): [ValueId, ValueId] {
  const number = (n: number) => o.full(o.aval(k0), n);
  const keys = [
    k0,
    k1,
    o.binary("xor", o.binary("xor", k0, k1), number(PARITY)),
  ];
  const rotate = (x: ValueId, bits: number) =>
    o.binary(
      "or",
      o.binary("shl", x, number(bits)),
      o.binary("shr", x, number(32 - bits)),
    );
  let x0 = o.add(c0, k0), x1 = o.add(c1, k1);
  for (let group = 0; group < 5; group++) {
    for (const bits of ROTATIONS[group % 2]) {
      x0 = o.add(x0, x1);
      x1 = o.binary("xor", rotate(x1, bits), x0);
    }
    x0 = o.add(x0, keys[(group + 1) % 3]);
    x1 = o.addNumber(o.add(x1, keys[(group + 2) % 3]), group + 1);
  }
  return [x0, x1];
}
