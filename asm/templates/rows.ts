/**
 * AssemblyScript source of what scatter and running sums do with rows:
 * `out[i] = a[i] op b[i]`, where out may be a or b.
 */

/** Vector and scalar form of each operation. */
const OPERATIONS: Readonly<Record<string, readonly [string, string, string]>> =
  {
    add: ["f32", "f32x4.add(A, B)", "a + b"],
    min: ["f32", "f32x4.min(A, B)", "min<f32>(a, b)"],
    max: ["f32", "f32x4.max(A, B)", "max<f32>(a, b)"],
    add_i32: ["i32", "i32x4.add(A, B)", "a + b"],
    min_i32: ["i32", "i32x4.min_s(A, B)", "min<i32>(a, b)"],
    max_i32: ["i32", "i32x4.max_s(A, B)", "max<i32>(a, b)"],
    min_u32: ["u32", "i32x4.min_u(A, B)", "min<u32>(a, b)"],
    max_u32: ["u32", "i32x4.max_u(A, B)", "max<u32>(a, b)"],
  };

function rowSource([name, [type, vector, scalar]]: [
  string,
  readonly [string, string, string],
]): string {
  return `
export function ${name}_rows(n: i32, p: usize, q: usize, out: usize): void {
  for (; n >= 4; n -= 4) {
    const A = v128.load(p);
    const B = v128.load(q);
    v128.store(out, ${vector});
    p += 16;
    q += 16;
    out += 16;
  }
  for (; n > 0; n--) {
    const a = load<${type}>(p);
    const b = load<${type}>(q);
    store<${type}>(out, ${scalar});
    p += 4;
    q += 4;
    out += 4;
  }
}
`;
}

/** Source of `rows.ts`. */
export function rowsSource(): string {
  return Object.entries(OPERATIONS).map(rowSource).join("");
}
