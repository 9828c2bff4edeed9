/**
 * Reads the golden arrays: a JSON file that holds an .npz (a zip of .npy
 * files) as a base64 string, with the rounding noise of the f32 run that made
 * it. `loadGolden` inflates everything once, so that tests then read arrays
 * synchronously. The names and the tolerance rule are told in
 * tests/goldens/README.md. Independent of the library's own .npz reader, so
 * that a mistake there cannot hide itself.
 */
import { assert } from "@std/assert";

/** What a golden JSON file holds. */
export interface GoldenFile {
  /** The .npz, as base64. */
  npz: string;
  /** Array name -> [max |f32 - f64|, max |f64|] of the run that made it. */
  f32_vs_f64?: Record<string, number[]>;
}

/** The element storage of a golden array. */
export type GoldenData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array;

/** One array, in C order. */
export interface GoldenArray {
  /** The numpy type, such as `<f4`. */
  dtype: string;
  /** The sizes of the axes. */
  shape: number[];
  /** The elements. */
  data: GoldenData;
}

/** Which of the two runs an array is from. */
export type Precision = "f32" | "f64";

/** The arrays of one golden file. */
export interface Golden {
  /** All names in the file, those of two runs with their `f32/` or `f64/`. */
  names(): string[];
  /** Is there an array of this name, in either form? */
  has(name: string, precision?: Precision): boolean;
  /** `precision/name`, or `name` where both runs agree and it is stored once. */
  get(name: string, precision?: Precision): GoldenArray;
  /** The elements of {@link Golden.get} as doubles; the f64 run by default. */
  values(name: string, precision?: Precision): Float64Array;
  /** `10 max |f32 - f64| + 1e-6 max |golden|` of an array, or of its kind. */
  tolerance(name: string, kind?: RegExp): number;
  /**
   * Checks an f32 result against the f64 run within {@link Golden.tolerance}.
   *
   * @param kind Names of the arrays of one kind and step, such as all weight
   * gradients of a step: their largest noise counts, since that of a single
   * one may be 0 by chance.
   */
  assertClose(name: string, actual: ArrayLike<number>, kind?: RegExp): void;
  /** Notes that an array was compared in another way. */
  note(name: string): void;
  /** Arrays that were neither compared nor noted, without precision. */
  unchecked(): string[];
}

const loaded = new WeakMap<GoldenFile, Promise<Golden>>();

/** Decodes an imported golden file; a second call gives the same object. */
export function loadGolden(file: GoldenFile): Promise<Golden> {
  const known = loaded.get(file) ?? readGolden(file);
  loaded.set(file, known);
  return known;
}

async function readGolden(file: GoldenFile): Promise<Golden> {
  const bytes = Uint8Array.from(atob(file.npz), (c) => c.charCodeAt(0));
  const entries = await Promise.all(
    zipEntries(bytes).map(async ({ name, deflated, data }) => {
      const npy = deflated ? await inflate(data) : data;
      return [name.replace(/\.npy$/, ""), parseNpy(npy)] as const;
    }),
  );
  return golden(new Map(entries), file.f32_vs_f64 ?? {});
}

function golden(
  arrays: Map<string, GoldenArray>,
  noise: Record<string, number[]>,
): Golden {
  const find = (name: string, precision?: Precision) =>
    (precision && arrays.get(`${precision}/${name}`)) ?? arrays.get(name);
  const checked = new Set<string>();
  const plain = (name: string) => name.replace(/^f(32|64)\//, "");
  const self: Golden = {
    names: () => [...arrays.keys()],
    has: (name, precision) => find(name, precision) !== undefined,
    get(name, precision) {
      const array = find(name, precision);
      assert(array, `Cannot find the golden array "${name}" (${precision})`);
      return array;
    },
    values: (name, precision = "f64") =>
      Float64Array.from(self.get(name, precision).data, Number),
    tolerance(name, kind) {
      const gaps = kind === undefined
        ? [noise[name]]
        : Object.keys(noise).filter((n) => kind.test(n)).map((n) => noise[n]);
      const gap = Math.max(0, ...gaps.map((pair) => pair?.[0] ?? 0));
      const largest = self.values(name)
        .reduce((max, v) => Math.max(max, Math.abs(v)), 0);
      return 10 * gap + 1e-6 * largest;
    },
    note: (name) => checked.add(name),
    unchecked: () =>
      [...new Set([...arrays.keys()].map(plain))]
        .filter((name) => !checked.has(name)).sort(),
    assertClose(name, actual, kind) {
      checked.add(name);
      const expected = self.values(name);
      assert(
        actual.length === expected.length,
        `"${name}" has ${expected.length} elements, got ${actual.length}`,
      );
      const tolerance = self.tolerance(name, kind);
      let worst = 0;
      let at = 0;
      expected.forEach((value, i) => {
        if (Object.is(actual[i], value) || actual[i] === value) return;
        const difference = Math.abs(actual[i] - value);
        const error = Number.isNaN(difference) ? Infinity : difference;
        if (error > worst) [worst, at] = [error, i];
      });
      assert(
        worst <= tolerance,
        `"${name}"[${at}] is ${actual[at]}, golden ${expected[at]}: ` +
          `${worst} apart, tolerance ${tolerance}`,
      );
    },
  };
  return self;
}

interface ZipEntry {
  name: string;
  deflated: boolean;
  data: Uint8Array<ArrayBuffer>;
}

/** The files of a zip, through its central directory. */
function zipEntries(zip: Uint8Array<ArrayBuffer>): ZipEntry[] {
  const view = new DataView(zip.buffer);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  let end = zip.length - 22;
  while (u32(end) !== 0x06054b50) end--;
  const entries: ZipEntry[] = [];
  for (let at = u32(end + 16); entries.length < u16(end + 10);) {
    const nameEnd = at + 46 + u16(at + 28);
    const local = u32(at + 42);
    const start = local + 30 + u16(local + 26) + u16(local + 28);
    entries.push({
      name: new TextDecoder().decode(zip.subarray(at + 46, nameEnd)),
      deflated: u16(at + 10) === 8,
      data: zip.subarray(start, start + u32(at + 20)),
    });
    at = nameEnd + u16(at + 30) + u16(at + 32);
  }
  return entries;
}

async function inflate(
  data: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([data]).stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const STORAGE: Record<string, (bytes: ArrayBuffer) => GoldenData> = {
  "<f4": (b) => new Float32Array(b),
  "<f8": (b) => new Float64Array(b),
  "|b1": (b) => new Uint8Array(b),
  "|u1": (b) => new Uint8Array(b),
  "<u2": (b) => new Uint16Array(b),
  "<u4": (b) => new Uint32Array(b),
  "<i4": (b) => new Int32Array(b),
  "<i8": (b) => new BigInt64Array(b),
  "<u8": (b) => new BigUint64Array(b),
};

function parseNpy(npy: Uint8Array<ArrayBuffer>): GoldenArray {
  const view = new DataView(npy.buffer, npy.byteOffset);
  const start = 10 + view.getUint16(8, true);
  const header = new TextDecoder().decode(npy.subarray(10, start));
  const field = (pattern: RegExp): string => pattern.exec(header)?.[1] ?? "";
  const dtype = field(/'descr':\s*'([^']+)'/);
  const shape = field(/'shape':\s*\(([^)]*)\)/)
    .split(",").filter((s) => s.trim()).map(Number);
  assert(npy[6] === 1 && dtype in STORAGE, `Cannot read .npy: ${header}`);
  const data = STORAGE[dtype](npy.slice(start).buffer);
  const columns = /'fortran_order':\s*True/.test(header) && shape.length > 1;
  return { dtype, shape, data: columns ? toRowMajor(data, shape) : data };
}

/** Column-major (numpy writes it for transposed arrays) to row-major. */
function toRowMajor(data: GoldenData, shape: number[]): GoldenData {
  const out = data.slice();
  const strides = shape.map((_, i) =>
    shape.slice(0, i).reduce((a, b) => a * b, 1)
  );
  const index = shape.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    out[i] = data[index.reduce((sum, x, k) => sum + x * strides[k], 0)];
    let axis = index.length - 1;
    while (axis >= 0 && ++index[axis] === shape[axis]) index[axis--] = 0;
  }
  return out;
}
