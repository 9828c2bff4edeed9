/**
 * The .npy format of numpy: a magic string, a header that is a Python dict in
 * text, then the elements. Written in version 1.0 (2.0 for a header over 64
 * KiB), little-endian and C order; read in both orders of bytes and of elements,
 * half floats as 32-bit ones. Data are little-endian typed arrays, as on every
 * machine that runs JavaScript today.
 */
import { TreeError } from "./errors.ts";
import { fromHalf } from "./half.ts";

/** The storage of each element type; booleans are bytes of 0 and 1. */
export interface NpyData {
  /** 32-bit floats. */
  f4: Float32Array;
  /** 64-bit floats. */
  f8: Float64Array;
  /** 8-bit integers. */
  i1: Int8Array;
  /** 16-bit integers. */
  i2: Int16Array;
  /** 32-bit integers. */
  i4: Int32Array;
  /** 64-bit integers. */
  i8: BigInt64Array;
  /** Bytes. */
  u1: Uint8Array;
  /** 16-bit natural numbers. */
  u2: Uint16Array;
  /** 32-bit natural numbers. */
  u4: Uint32Array;
  /** 64-bit natural numbers. */
  u8: BigUint64Array;
  /** Booleans. */
  b1: Uint8Array;
}

/** The element types that can be read and written. */
export type NpyDtype = keyof NpyData;

/** One array, in C order. */
export type NpyArray = {
  [D in NpyDtype]: {
    /** The element type. */
    readonly dtype: D;
    /** The sizes of the axes. */
    readonly shape: readonly number[];
    /** The elements. */
    readonly data: NpyData[D];
  };
}[NpyDtype];

/** Any of the typed arrays. */
type Elements = NpyData[NpyDtype];

/** Makes the typed array of each element type over a buffer. */
const VIEWS: { [D in NpyDtype]: (buffer: ArrayBuffer) => NpyData[D] } = {
  f4: (buffer) => new Float32Array(buffer),
  f8: (buffer) => new Float64Array(buffer),
  i1: (buffer) => new Int8Array(buffer),
  i2: (buffer) => new Int16Array(buffer),
  i4: (buffer) => new Int32Array(buffer),
  i8: (buffer) => new BigInt64Array(buffer),
  u1: (buffer) => new Uint8Array(buffer),
  u2: (buffer) => new Uint16Array(buffer),
  u4: (buffer) => new Uint32Array(buffer),
  u8: (buffer) => new BigUint64Array(buffer),
  b1: (buffer) => new Uint8Array(buffer),
};

const MAGIC = "\x93NUMPY";

/** Encodes one array as the bytes of an .npy file. */
export function encodeNpy(array: NpyArray): Uint8Array<ArrayBuffer> {
  const { dtype, shape, data } = array;
  const count = sizeOf(shape);
  if (data.length !== count) {
    throw new TreeError(
      `Cannot encode an .npy file: ${data.length} elements of shape ` +
        `[${shape.join(", ")}], expected ${count} elements: ` +
        `correct the shape`,
    );
  }
  const order = itemSize(dtype) === 1 ? "|" : "<";
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${order}${dtype}', 'fortran_order': False, ` +
    `'shape': (${tuple}), }`;
  const prefix = text.length < 0xff00 ? 10 : 12;
  // numpy aligns the elements to 64 bytes; the header ends in a newline.
  const start = Math.ceil((prefix + text.length + 1) / 64) * 64;
  const header = text.padEnd(start - prefix - 1) + "\n";
  const bytes = new Uint8Array(start + data.byteLength);
  bytes.set(latin1(MAGIC));
  bytes[6] = prefix === 10 ? 1 : 2;
  const view = new DataView(bytes.buffer);
  if (prefix === 10) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  bytes.set(latin1(header), prefix);
  bytes.set(
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    start,
  );
  return bytes;
}

/** Decodes the bytes of an .npy file; the name is for error messages. */
export function decodeNpy(bytes: Uint8Array, name = "an .npy file"): NpyArray {
  const fail = (given: string, expected: string, fix: string): never => {
    throw new TreeError(
      `Cannot read ${name}: ${given}, expected ${expected}: ${fix}`,
    );
  };
  const magic = text(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) {
    fail("it does not start as one", "a file of numpy.save", "check the file");
  }
  const { header, start } = readHeader(bytes, fail);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (shapeText === undefined) {
    return fail(`its header is ${header.trim()}`, "a shape", "save it again");
  }
  if (descr?.endsWith("O")) {
    fail(
      "it holds pickled Python objects (pcax writes a parameter without a " +
        "value, or one used twice, as a pickled None)",
      "numbers",
      "give the parameter a value, or leave it out, and save again",
    );
  }
  const { dtype, size: width, bigEndian } = typeOf(descr) ?? fail(
    `its dtype is ${descr ?? "structured"}`,
    `f2, ${Object.keys(VIEWS).join(", ")}`,
    "convert it with .astype(...) and save again",
  );
  const shape = shapeText.split(",").filter((s) => s.trim()).map(Number);
  const size = sizeOf(shape) * width;
  if (bytes.length !== start + size) {
    fail(
      `it has ${bytes.length - start} bytes of data`,
      `${size} for ${dtype}[${shape.join(", ")}]`,
      "the file is damaged or incomplete, copy it again",
    );
  }
  // A copy, since the elements of a typed array must be aligned; not by slice,
  // which gives a view where the bytes are a Buffer of Node.
  const copy = new Uint8Array(bytes.subarray(start));
  if (bigEndian) reverseElements(copy, width);
  const data = dtype === "f2"
    ? fromHalf(new Uint16Array(copy.buffer))
    : VIEWS[dtype](copy.buffer);
  if (/'fortran_order':\s*True/.test(header)) toRowOrder(data, shape);
  return { dtype: dtype === "f2" ? "f4" : dtype, shape, data } as NpyArray;
}

function readHeader(
  bytes: Uint8Array,
  fail: (given: string, expected: string, fix: string) => never,
): { header: string; start: number } {
  const major = bytes[6];
  if (major !== undefined && major !== 1 && major !== 2) {
    fail(`its version is ${major}`, "1 or 2", "save it with numpy.save");
  }
  const prefix = major === 1 ? 10 : 12;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < prefix
    ? Infinity
    : major === 1
    ? view.getUint16(8, true)
    : view.getUint32(8, true);
  const start = prefix + length;
  if (start > bytes.length) {
    fail(
      `it ends within the header, after ${bytes.length} bytes`,
      "a whole file",
      "copy it again",
    );
  }
  return { header: text(bytes.subarray(prefix, start)), start };
}

interface FileType {
  dtype: NpyDtype | "f2";
  /** Bytes of an element. */
  size: number;
  bigEndian: boolean;
}

function typeOf(descr: string | undefined): FileType | undefined {
  const [, order, dtype] = /^([<>|])(..)$/.exec(descr ?? "") ?? [];
  if (dtype !== "f2" && !Object.hasOwn(VIEWS, dtype ?? "")) return undefined;
  const known = dtype as NpyDtype | "f2";
  const size = Number(known[1]);
  return order === "|" && size > 1
    ? undefined
    : { dtype: known, size, bigEndian: order === ">" };
}

/** Reverses the bytes of each element. */
function reverseElements(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) {
    bytes.subarray(at, at + width).reverse();
  }
}

/** Reorders elements from column-major (Fortran) to row-major order. */
function toRowOrder(data: Elements, shape: readonly number[]): void {
  const from = data.slice();
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  for (let to = 0; to < from.length; to++) {
    const source = index.reduce((sum, i, axis) => sum + i * strides[axis], 0);
    data[to] = from[source];
    for (let axis = index.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

function itemSize(dtype: NpyDtype): number {
  return Number(dtype[1]);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function latin1(string: string): Uint8Array {
  return Uint8Array.from(string, (char) => char.charCodeAt(0));
}

function text(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
