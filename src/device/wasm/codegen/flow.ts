/**
 * Loops that end when a word says so, and choices by a word.
 *
 * @module
 */
import { type FunctionBody, I32 } from "./encoder.ts";

const EQZ = 0x45;
const EQ = 0x46;
const LE_S = 0x4c;
const GE_S = 0x4e;
const AND = 0x71;

/**
 * Emits part 0, then, as long as the bool that `load` pushes is 1, part 1 and
 * part 0 again: part 1 at most `most` times.
 */
export function emitWhile(
  body: FunctionBody,
  most: number | null,
  load: () => void,
  part: (i: 0 | 1) => void,
): void {
  const goesOn = body.local(I32);
  const left = body.local(I32);
  body.i32(most ?? 0).set(left);
  body.forever((again) => {
    part(0);
    load();
    if (most !== null) body.get(left).op(EQZ).op(EQZ).op(AND);
    body.set(goesOn).get(goesOn);
    body.when(() => {
      part(1);
      if (most !== null) body.advance(left, -1);
    });
    body.get(goesOn);
    again();
  });
}

/** Emits all parts, of which the one runs whose number `load` pushes. */
export function emitBranch(
  body: FunctionBody,
  count: number,
  load: () => void,
  part: (i: number) => void,
): void {
  if (count === 1) {
    part(0);
    return;
  }
  const chosen = body.local(I32);
  load();
  body.set(chosen);
  for (let i = 0; i < count; i++) {
    const compare = i === 0 ? LE_S : i === count - 1 ? GE_S : EQ;
    body.get(chosen).i32(i).op(compare);
    body.when(() => part(i));
  }
}
