/**
 * AssemblyScript source of the reductions over windows, four windows at a time.
 * Tables of offsets in bytes say where the elements of a window (taps) are from
 * its start, and where the windows of a row (columns) start.
 */

interface Reduction {
  readonly identity: string;
  readonly combine: (a: string, b: string) => string;
}

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  sum: { identity: "0", combine: (a, b) => `f32x4.add(${a}, ${b})` },
  max: { identity: "-Infinity", combine: (a, b) => `f32x4.max(${a}, ${b})` },
  min: { identity: "Infinity", combine: (a, b) => `f32x4.min(${a}, ${b})` },
};

/** Walks rows and columns; `body` reduces the four windows at `columns`. */
function walk(name: string, start: string, body: string, result: string) {
  return `
export function window_${name}(rows: i32, p: i32, T: i32, step: usize, table: usize, columns: usize, x: usize, out: usize): void {
  for (; rows > 0; rows--) {
    let column = columns;
    for (let left = p; left > 0; left -= 4) {
      const c = x + load<i32>(column);
      const d1 = load<i32>(column, 4) - load<i32>(column);
      const d2 = load<i32>(column, 8) - load<i32>(column);
      const d3 = load<i32>(column, 12) - load<i32>(column);
      ${start}
      let tap = table;
      for (let t = T; t > 0; t--) {
        const v = four(c + load<i32>(tap), d1, d2, d3);
        ${body}
        tap += 4;
      }
      const y = ${result};
      if (left < 4) storeLanes(out, y, left);
      else v128.store(out, y);
      out += <usize> min(left, 4) << 2;
      column += 16;
    }
    x += step;
  }
}
`;
}

function reductionSource(name: string, { identity, combine }: Reduction) {
  return walk(
    name,
    `let s = f32x4.splat(${identity});`,
    `s = ${combine("s", "v")};`,
    "s",
  );
}

/** Behind the offsets of taps and columns are their places in the operand. */
function argSource(name: string, identity: string, better: string): string {
  return walk(
    name,
    `let s = f32x4.splat(${identity});
      let at = i32x4.splat(0);`,
    `const wins = f32x4.${better}(v, s);
        s = choose(v, s, wins);
        at = choose(v128.load32_splat(tap + (<usize> T << 2)), at, wins);`,
    `choose(
        i32x4.add(at, v128.load(column + (<usize> ((p + 3) & ~3) << 2))),
        i32x4.splat(-1),
        f32x4.ne(s, f32x4.splat(${identity})),
      )`,
  );
}

/** Source of `windows.ts`. */
export function windowsSource(): string {
  return [
    `import { choose } from "./lanes";
import { storeLanes } from "./words";

/** Four elements, three of them at distances from the first. */
function four(c: usize, d1: i32, d2: i32, d3: i32): v128 {
  if (d1 == 4 && d2 == 8 && d3 == 12) return v128.load(c);
  if (d1 == 8 && d2 == 16 && d3 == 24) {
    return v128.shuffle<f32>(v128.load(c), v128.load(c, 16), 0, 2, 4, 6);
  }
  let v = v128.load32_zero(c);
  v = v128.load32_lane(c + d1, v, 1);
  v = v128.load32_lane(c + d2, v, 2);
  return v128.load32_lane(c + d3, v, 3);
}
`,
    ...Object.entries(REDUCTIONS).map(([name, reduction]) =>
      reductionSource(name, reduction)
    ),
    argSource("argmax", "-Infinity", "gt"),
    argSource("argmin", "Infinity", "lt"),
  ].join("");
}
