/**
 * Small grey pictures that are made, not loaded: rings, crosses and bars, and
 * how they look in a terminal.
 */
import type { data } from "../../mod.ts";

/** Width and height of a picture. */
export const SIZE = 12;

const distanceTo: readonly ((x: number, y: number) => number)[] = [
  (x, y) => Math.abs(Math.hypot(x, y) - 3),
  (x, y) => Math.min(Math.abs(x), Math.abs(y)),
  (x, y) => Math.min(Math.abs(x - y), Math.abs(x + y)) / Math.SQRT2,
  (_, y) => Math.min(Math.abs(y - 2), Math.abs(y + 2)),
];

/** Number of kinds of pictures. */
export const KINDS = distanceTo.length;

/**
 * Pictures of all kinds in turn, at places that differ by up to half a
 * pixel; `[count, SIZE * SIZE]` numbers from 0 to 1.
 */
export function drawShapes(
  count: number,
  random: data.RandomState,
): Float32Array<ArrayBuffer> {
  const pixels = new Float32Array(count * SIZE * SIZE);
  for (let i = 0; i < count; i++) {
    const [dx, dy] = [0, 1].map(() => random.uniform(-0.5, 0.5));
    for (let at = 0; at < SIZE * SIZE; at++) {
      const x = at % SIZE - (SIZE - 1) / 2 - dx;
      const y = Math.floor(at / SIZE) - (SIZE - 1) / 2 - dy;
      const isFar = Math.max(Math.abs(x), Math.abs(y)) > 4;
      const ink = isFar ? 0 : 1.5 - distanceTo[i % KINDS](x, y);
      pixels[i * SIZE * SIZE + at] = Math.min(1, Math.max(0, ink));
    }
  }
  return pixels;
}

const SHADES = " .:-=+*#%@";

/** Pictures side by side, in characters. */
export function showPictures(pictures: readonly ArrayLike<number>[]): string {
  const shade = (value: number): string =>
    SHADES[Math.round(Math.min(1, Math.max(0, value)) * 9)].repeat(2);
  return Array.from(
    { length: SIZE },
    (_, row) =>
      pictures.map((picture) =>
        Array.from(
          { length: SIZE },
          (_, column) => shade(picture[row * SIZE + column]),
        ).join("")
      ).join(" | "),
  ).join("\n");
}
