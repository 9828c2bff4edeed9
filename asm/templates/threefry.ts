/**
 * AssemblyScript source of the Threefry-2x32 block function on four lanes,
 * its twenty rounds written out.
 */

const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]];

function round(rotation: number): string[] {
  return [
    "x0 = i32x4.add(x0, x1);",
    `x1 = v128.or(i32x4.shl(x1, ${rotation}), i32x4.shr_u(x1, ${
      32 - rotation
    }));`,
    "x1 = v128.xor(x1, x0);",
  ];
}

/** Source of `threefry_block.ts`. */
export function threefrySource(): string {
  const lines: string[] = [];
  for (let group = 0; group < 5; group++) {
    lines.push(...ROTATIONS[group % 2].flatMap(round));
    lines.push(`x0 = i32x4.add(x0, k${(group + 1) % 3});`);
    lines.push(
      `x1 = i32x4.add(i32x4.add(x1, k${(group + 2) % 3}), i32x4.splat(${
        group + 1
      }));`,
    );
  }
  return `
/** First words of the last block. */
export let y0: v128 = i32x4.splat(0);
/** Second words of the last block. */
export let y1: v128 = i32x4.splat(0);

/** Sets y0, y1 to the block of keys (k0, k1) and counters (x0, x1). */
export function block(k0: v128, k1: v128, x0: v128, x1: v128): void {
  const k2 = v128.xor(v128.xor(k0, k1), i32x4.splat(0x1BD11BDA));
  x0 = i32x4.add(x0, k0);
  x1 = i32x4.add(x1, k1);
  ${lines.join("\n  ")}
  y0 = x0;
  y1 = x1;
}
`;
}
