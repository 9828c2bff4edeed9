/**
 * AssemblyScript source of the reductions over the middle axis of
 * `[outer, red, inner]`: along rows when inner is 1, else down columns.
 *
 * Sums are taken in blocks whose partial results are then added, in an order
 * that depends on the shape alone.
 */

interface Reduction {
  readonly type: "f32" | "i32" | "u32";
  readonly identity: string;
  readonly vector: (a: string, b: string) => string;
  readonly scalar: (a: string, b: string) => string;
}

const call = (fn: string) => (a: string, b: string) => `${fn}(${a}, ${b})`;
const infix = (op: string) => (a: string, b: string) => `${a} ${op} ${b}`;

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  sum: {
    type: "f32",
    identity: "0",
    vector: call("f32x4.add"),
    scalar: infix("+"),
  },
  prod: {
    type: "f32",
    identity: "1",
    vector: call("f32x4.mul"),
    scalar: infix("*"),
  },
  max: {
    type: "f32",
    identity: "-Infinity",
    vector: call("f32x4.max"),
    scalar: call("max<f32>"),
  },
  min: {
    type: "f32",
    identity: "Infinity",
    vector: call("f32x4.min"),
    scalar: call("min<f32>"),
  },
  sum_i32: {
    type: "i32",
    identity: "0",
    vector: call("i32x4.add"),
    scalar: infix("+"),
  },
  prod_i32: {
    type: "i32",
    identity: "1",
    vector: call("i32x4.mul"),
    scalar: infix("*"),
  },
  max_i32: {
    type: "i32",
    identity: "i32.MIN_VALUE",
    vector: call("i32x4.max_s"),
    scalar: call("max<i32>"),
  },
  min_i32: {
    type: "i32",
    identity: "i32.MAX_VALUE",
    vector: call("i32x4.min_s"),
    scalar: call("min<i32>"),
  },
  max_u32: {
    type: "u32",
    identity: "0",
    vector: call("i32x4.max_u"),
    scalar: call("max<u32>"),
  },
  min_u32: {
    type: "u32",
    identity: "u32.MAX_VALUE",
    vector: call("i32x4.min_u"),
    scalar: call("min<u32>"),
  },
};

/** In blocks, sixteen elements at a time. */
function blockedSource(name: string, reduction: Reduction): string {
  const { type, identity, vector, scalar } = reduction;
  const lanes = type === "f32" ? "f32x4" : "i32x4";
  const lane = (i: number) => `<${type}> ${lanes}.extract_lane(s0, ${i})`;
  return `
function rows_${name}(outer: i32, red: i32, x: usize, out: usize): void {
  for (; outer > 0; outer--) {
    let total: ${type} = ${identity};
    for (let left = red; left > 0; left -= ROW_BLOCK) {
      let n = min(left, ROW_BLOCK);
      let s0 = ${lanes}.splat(${identity});
      let s1 = s0, s2 = s0, s3 = s0;
      for (; n >= 16; n -= 16) {
        s0 = ${vector("s0", "v128.load(x)")};
        s1 = ${vector("s1", "v128.load(x, 16)")};
        s2 = ${vector("s2", "v128.load(x, 32)")};
        s3 = ${vector("s3", "v128.load(x, 48)")};
        x += 64;
      }
      for (; n >= 4; n -= 4) {
        s0 = ${vector("s0", "v128.load(x)")};
        x += 16;
      }
      s0 = ${vector(vector("s0", "s1"), vector("s2", "s3"))};
      s0 = ${vector("s0", "v128.shuffle<f32>(s0, s0, 2, 3, 0, 1)")};
      let part: ${type} = ${scalar(lane(0), lane(1))};
      for (; n > 0; n--) {
        part = ${scalar("part", `load<${type}>(x)`)};
        x += 4;
      }
      total = ${scalar("total", "part")};
    }
    store<${type}>(out, total);
    out += 4;
  }
}

function columns_${name}(red: i32, inner: i32, x: usize, out: usize): void {
  const step = <usize> inner << 2;
  for (; inner >= 16; inner -= 16) {
    let t0 = ${lanes}.splat(${identity});
    let t1 = t0, t2 = t0, t3 = t0;
    let p = x;
    for (let left = red; left > 0; left -= COLUMN_BLOCK) {
      let s0 = ${lanes}.splat(${identity});
      let s1 = s0, s2 = s0, s3 = s0;
      for (let n = min(left, COLUMN_BLOCK); n > 0; n--) {
        s0 = ${vector("s0", "v128.load(p)")};
        s1 = ${vector("s1", "v128.load(p, 16)")};
        s2 = ${vector("s2", "v128.load(p, 32)")};
        s3 = ${vector("s3", "v128.load(p, 48)")};
        p += step;
      }
      t0 = ${vector("t0", "s0")};
      t1 = ${vector("t1", "s1")};
      t2 = ${vector("t2", "s2")};
      t3 = ${vector("t3", "s3")};
    }
    v128.store(out, t0);
    v128.store(out, t1, 16);
    v128.store(out, t2, 32);
    v128.store(out, t3, 48);
    x += 64;
    out += 64;
  }
  for (; inner > 0; inner -= 4) {
    let t0 = ${lanes}.splat(${identity});
    let p = x;
    for (let left = red; left > 0; left -= COLUMN_BLOCK) {
      let s0 = ${lanes}.splat(${identity});
      for (let n = min(left, COLUMN_BLOCK); n > 0; n--) {
        s0 = ${vector("s0", "v128.load(p)")};
        p += step;
      }
      t0 = ${vector("t0", "s0")};
    }
    if (inner >= 4) v128.store(out, t0);
    else storeLanes(out, t0, inner);
    x += 16;
    out += 16;
  }
}

export function r_${name}(outer: i32, red: i32, inner: i32, x: usize, out: usize): void {
  if (inner == 1) {
    rows_${name}(outer, red, x, out);
    return;
  }
  for (; outer > 0; outer--) {
    columns_${name}(red, inner, x, out);
    x += (<usize> red * <usize> inner) << 2;
    out += <usize> inner << 2;
  }
}
`;
}

/** Without blocks: for what does not round, or is rare. */
function simpleSource(name: string, reduction: Reduction): string {
  const { type, identity, vector, scalar } = reduction;
  const lanes = type === "f32" ? "f32x4" : "i32x4";
  const lane = (i: number) => `<${type}> ${lanes}.extract_lane(s, ${i})`;
  return `
function fold_${name}(n: i32, x: usize, step: usize): v128 {
  let s = ${lanes}.splat(${identity});
  for (; n > 0; n--) {
    s = ${vector("s", "v128.load(x)")};
    x += step;
  }
  return s;
}

export function r_${name}(outer: i32, red: i32, inner: i32, x: usize, out: usize): void {
  const step = <usize> inner << 2;
  for (; outer > 0; outer--) {
    if (inner == 1) {
      let s = fold_${name}(red >> 2, x, 16);
      s = ${vector("s", "v128.shuffle<f32>(s, s, 2, 3, 0, 1)")};
      let total: ${type} = ${scalar(lane(0), lane(1))};
      for (let i = red & ~3; i < red; i++) {
        total = ${scalar("total", `load<${type}>(x + (<usize> i << 2))`)};
      }
      store<${type}>(out, total);
    } else {
      for (let j: i32 = 0; j < inner; j += 4) {
        const at = <usize> j << 2;
        const s = fold_${name}(red, x + at, step);
        if (inner - j < 4) storeLanes(out + at, s, inner - j);
        else v128.store(out + at, s);
      }
    }
    x += <usize> red * step;
    out += step;
  }
}
`;
}

function argSource(name: string, type: string, better: string): string {
  const nan = type === "f32" ? " || (v != v && best == best)" : "";
  return `
export function ${name}(outer: i32, red: i32, inner: i32, x: usize, out: usize): void {
  const step = <usize> inner << 2;
  for (; outer > 0; outer--) {
    for (let j: i32 = 0; j < inner; j++) {
      let p = x + (<usize> j << 2);
      let best = load<${type}>(p);
      let at: i32 = 0;
      for (let i: i32 = 1; i < red; i++) {
        p += step;
        const v = load<${type}>(p);
        if (v ${better} best${nan}) {
          best = v;
          at = i;
        }
      }
      store<i32>(out, at);
      out += 4;
    }
    x += (<usize> red * <usize> inner) << 2;
  }
}
`;
}

/** Source of `reduce.ts`. */
export function reduceSource(): string {
  const args = ["f32", "i32", "u32"].flatMap((type) => {
    const suffix = type === "f32" ? "" : `_${type}`;
    return [
      argSource(`argmax${suffix}`, type, ">"),
      argSource(`argmin${suffix}`, type, "<"),
    ];
  });
  return [
    `import { storeLanes } from "./words";\n`,
    "const ROW_BLOCK: i32 = 4096;\n",
    "const COLUMN_BLOCK: i32 = 64;\n",
    ...Object.entries(REDUCTIONS).map(([name, r]) =>
      name === "sum" ? blockedSource(name, r) : simpleSource(name, r)
    ),
    ...args,
  ].join("");
}
