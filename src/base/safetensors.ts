/**
 * The .safetensors format: the length of a header, the header, which is JSON
 * and says where each array lies, then the elements, little-endian and in C
 * order. Read as strictly as the format asks: a header that could be
 * understood in two ways is refused.
 *
 * @see https://github.com/huggingface/safetensors
 * @module
 */
import { TreeError } from "./errors.ts";
import { fromBfloat, fromHalf } from "./half.ts";
import type { NpyArray, NpyDtype } from "./npy.ts";
import type { ArrayFile } from "./npz.ts";

/** The longest header that the format allows, in bytes. */
const MAX_HEADER = 100_000_000;

type Reader = (buffer: ArrayBuffer) => Pick<NpyArray, "dtype" | "data">;

/** The element types: bytes of an element, and how elements are read. */
const TYPES: Readonly<Record<string, readonly [size: number, Reader]>> = {
  F16: [2, (b) => ({ dtype: "f4", data: fromHalf(new Uint16Array(b)) })],
  BF16: [2, (b) => ({ dtype: "f4", data: fromBfloat(new Uint16Array(b)) })],
  F32: [4, (b) => ({ dtype: "f4", data: new Float32Array(b) })],
  F64: [8, (b) => ({ dtype: "f8", data: new Float64Array(b) })],
  I8: [1, (b) => ({ dtype: "i1", data: new Int8Array(b) })],
  I16: [2, (b) => ({ dtype: "i2", data: new Int16Array(b) })],
  I32: [4, (b) => ({ dtype: "i4", data: new Int32Array(b) })],
  I64: [8, (b) => ({ dtype: "i8", data: new BigInt64Array(b) })],
  U8: [1, (b) => ({ dtype: "u1", data: new Uint8Array(b) })],
  U16: [2, (b) => ({ dtype: "u2", data: new Uint16Array(b) })],
  U32: [4, (b) => ({ dtype: "u4", data: new Uint32Array(b) })],
  U64: [8, (b) => ({ dtype: "u8", data: new BigUint64Array(b) })],
  BOOL: [1, (b) => ({ dtype: "b1", data: new Uint8Array(b) })],
};

const NAMES: Readonly<Record<NpyDtype, string>> = {
  f4: "F32",
  f8: "F64",
  i1: "I8",
  i2: "I16",
  i4: "I32",
  i8: "I64",
  u1: "U8",
  u2: "U16",
  u4: "U32",
  u8: "U64",
  b1: "BOOL",
};

/** Packs arrays by name into the bytes of a .safetensors file. */
export function encodeSafetensors(
  arrays: ReadonlyMap<string, NpyArray>,
): Uint8Array<ArrayBuffer> {
  if (arrays.has("__metadata__")) {
    throw new TreeError(
      'Cannot encode a .safetensors file: an array is named "__metadata__", ' +
        "expected another name, as the format keeps this one: rename it",
    );
  }
  // Large elements first: so all are aligned.
  const ordered = [...arrays].sort(([, a], [, b]) =>
    b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT
  );
  let end = 0;
  const header = Object.fromEntries(ordered.map(([name, array]) => {
    const start = end;
    end += array.data.byteLength;
    return [name, {
      dtype: NAMES[array.dtype],
      shape: array.shape,
      data_offsets: [start, end],
    }];
  }));
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8 + text.length, 8 + length);
  bytes.set(text, 8);
  let at = 8 + length;
  for (const [, { data }] of ordered) {
    bytes.set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      at,
    );
    at += data.byteLength;
  }
  return bytes;
}

/** One entry of a header, checked. */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [start: number, end: number];
}

/**
 * Unpacks a .safetensors file; floats of 16 bits are read as 32-bit ones.
 *
 * @param file Name of the file, for messages.
 * @throws {TreeError} If the header is no JSON object of arrays, names one
 * twice, or if the arrays overlap, leave gaps, or do not end with the file.
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): ArrayFile {
  const fail = (given: string, expected: string, fix: string): never => {
    throw new TreeError(
      `Cannot read ${file}: ${given}, expected ${expected}: ${fix}`,
    );
  };
  if (bytes.length < 8) {
    fail(
      `it has ${bytes.length} bytes`,
      "a .safetensors file",
      "check the file, or copy it again",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > MAX_HEADER || length > bytes.length - 8) {
    fail(
      `its header would have ${length} bytes of ${bytes.length - 8}`,
      "a .safetensors file",
      "check that it is one, and whole",
    );
  }
  const header = parseHeader(bytes.subarray(8, 8 + length), fail);
  const body = bytes.subarray(8 + length);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => [name, checkEntry(name, entry, fail)] as const);
  checkOffsets(entries, body.length, fail);
  const byName = new Map(entries);
  return {
    names: [...byName.keys()],
    get(name) {
      const entry = byName.get(name);
      if (entry === undefined) return undefined;
      const type = TYPES[entry.dtype] ?? fail(
        `"${name}" is of type ${entry.dtype}`,
        Object.keys(TYPES).join(", "),
        "convert it and save again",
      );
      // A copy, since the elements of a typed array must be aligned.
      const copy = new Uint8Array(body.subarray(...entry.data_offsets));
      const read = type[1](copy.buffer);
      return { ...read, shape: entry.shape } as NpyArray;
    },
  };
}

type Fail = (given: string, expected: string, fix: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  const bad = (given: string): never =>
    fail(
      `its header ${given}`,
      "a JSON object with each name once",
      "check that it is a .safetensors file, and save it again",
    );
  let text = "";
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    bad("is no JSON");
  }
  if (!text.startsWith("{")) bad("is no JSON object");
  const twice = repeatedKey(text);
  if (twice !== undefined) bad(`has ${twice} twice`);
  return header as Record<string, unknown>;
}

/** A key that an object of a JSON text has twice; JSON.parse takes the last. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (
    const [token, key] of json.matchAll(
      /("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g,
    )
  ) {
    if (key !== undefined) {
      const keys = open[open.length - 1];
      // Parsed, as one name can be written with several escapes.
      const name = JSON.parse(key) as string;
      if (keys.has(name)) return key;
      keys.add(name);
    } else if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
  }
  return undefined;
}

function checkEntry(name: string, entry: unknown, fail: Fail): Entry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<
    Entry
  >;
  const isCount = (x: unknown) => Number.isSafeInteger(x) && Number(x) >= 0;
  if (
    typeof dtype !== "string" || !Array.isArray(shape) ||
    !shape.every(isCount) || !Array.isArray(offsets) || offsets.length !== 2 ||
    !offsets.every(isCount)
  ) {
    fail(
      `"${name}" is ${JSON.stringify(entry)}`,
      'an entry like {"dtype":"F32","shape":[2],"data_offsets":[0,8]}',
      "save it again",
    );
  }
  const [start, end] = offsets as [number, number];
  const size = TYPES[dtype as string]?.[0];
  const count = (shape as number[]).reduce((n, axis) => n * axis, 1);
  if (end < start || (size !== undefined && end - start !== size * count)) {
    fail(
      `"${name}", ${dtype}[${shape}], lies from byte ${start} to ${end}`,
      size === undefined ? "an end after the start" : `${size * count} bytes`,
      "it is damaged, save it again",
    );
  }
  return entry as Entry;
}

/** Arrays must cover what follows the header: no overlap, no gap, no rest. */
function checkOffsets(
  entries: readonly (readonly [string, Entry])[],
  length: number,
  fail: Fail,
): void {
  const ordered = entries
    .map(([name, { data_offsets: [start, end] }]) => ({ name, start, end }))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const { name, start, end } of ordered) {
    if (start !== at) {
      fail(
        `"${name}" starts at byte ${start}, where ${at} bytes are taken`,
        "arrays without overlaps and gaps",
        "it is damaged, save it again",
      );
    }
    at = end;
  }
  if (at !== length) {
    fail(
      `its arrays take ${at} bytes, and ${length} follow the header`,
      "as many",
      "it is damaged or incomplete, copy it again",
    );
  }
}
