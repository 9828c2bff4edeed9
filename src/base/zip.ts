/**
 * Zip archives, as far as .npz files need them: entries stored or deflated,
 * up to 4 GiB, without encryption. Compression is the platform's own stream;
 * the container is written here. Archives are reproducible: the same entries
 * give the same bytes, because every date is 1980-01-01.
 */
import { TreeError } from "./errors.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LIMIT = 0xffffffff;
const MAX_ENTRIES = 0xffff;
const UTF8_NAMES = 0x800;
const FIRST_DATE = 0x21;

/** Packs named files into a zip archive. */
export async function zip(
  entries: readonly (readonly [name: string, bytes: Uint8Array])[],
): Promise<Uint8Array<ArrayBuffer>> {
  const names = new Set(entries.map(([name]) => name));
  if (names.size !== entries.length || entries.length >= MAX_ENTRIES) {
    throw new TreeError(
      `Cannot write a zip archive: ${entries.length} entries with ` +
        `${names.size} names, expected different names, at most ` +
        `${MAX_ENTRIES - 1}: rename or split them`,
    );
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const [name, bytes] of entries) {
    const deflated = await pipe(bytes, new CompressionStream("deflate-raw"));
    const smaller = deflated.length < bytes.length;
    const body = smaller ? deflated : new Uint8Array(bytes);
    const label = new TextEncoder().encode(name);
    // The 26 bytes that a local header and the directory have in common.
    const common = [
      [2, 20], // version needed
      [2, UTF8_NAMES],
      [2, smaller ? 8 : 0],
      [2, 0], // time
      [2, FIRST_DATE],
      [4, crc32(bytes)],
      [4, body.length],
      [4, bytes.length],
      [2, label.length],
      [2, 0], // extra field
    ] as const;
    const local = fields([[4, LOCAL], ...common]);
    directory.push(
      fields([
        [4, CENTRAL],
        [2, 20], // version made by
        ...common,
        [2, 0], // comment
        [2, 0], // disk
        [2, 0], // internal attributes
        [4, 0], // external attributes
        [4, offset],
      ]),
      label,
    );
    parts.push(local, label, body);
    offset += local.length + label.length + body.length;
    checkLimit(Math.max(offset, bytes.length));
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  checkLimit(offset + size);
  const end = fields([
    [4, END],
    [2, 0],
    [2, 0],
    [2, entries.length],
    [2, entries.length],
    [4, size],
    [4, offset],
    [2, 0],
  ]);
  return concat([...parts, ...directory, end]);
}

function checkLimit(size: number): void {
  if (size < LIMIT) return;
  throw new TreeError(
    `Cannot write a zip archive: it would have ${size} bytes, expected ` +
      `less than 4 GiB: split it into several files`,
  );
}

/** Unpacks a zip archive; the name is for error messages. */
export async function unzip(
  bytes: Uint8Array,
  name = "a zip archive",
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const fail = (given: string, expected: string, fix: string): never => {
    throw new TreeError(
      `Cannot read ${name}: ${given}, expected ${expected}: ${fix}`,
    );
  };
  const damaged = (given: string): never =>
    fail(
      given,
      "a whole archive",
      "it is damaged or incomplete, copy it again",
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = bytes.length >= 4 ? view.getUint32(0, true) : 0;
  if (starts !== LOCAL && starts !== END) {
    fail("it does not start as a zip archive", "an .npz", "check the file");
  }
  const end = findEnd(view);
  if (end < 0) damaged("its directory is missing");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === MAX_ENTRIES || at === LIMIT) {
    fail("it uses zip64", "at most 65534 entries and 4 GiB", "split it");
  }
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) {
      damaged(`its directory ends after ${i} of ${count} entries`);
    }
    const entry = readEntry(view, at);
    const { label, method, size, packedSize } = entry;
    if (entry.encrypted || (method !== 0 && method !== 8)) {
      fail(
        `${label} is ${entry.encrypted ? "encrypted" : `of method ${method}`}`,
        "stored or deflated entries",
        "save it again with numpy.savez",
      );
    }
    const head = entry.offset;
    if (head + 30 > end || view.getUint32(head, true) !== LOCAL) {
      damaged(`${label} is missing`);
    }
    // The local header may have an extra field of its own: numpy adds zip64.
    const start = head + 30 + view.getUint16(head + 26, true) +
      view.getUint16(head + 28, true);
    if (start + packedSize > end) damaged(`${label} is cut off`);
    const packed = new Uint8Array(
      bytes.subarray(start, start + packedSize),
    );
    const file = method === 0
      ? packed
      : await pipe(packed, new DecompressionStream("deflate-raw")).catch(() =>
        damaged(`${label} cannot be inflated`)
      );
    if (file.length !== size) damaged(`${label} has ${file.length} bytes`);
    if (crc32(file) !== entry.crc) damaged(`${label} has a wrong checksum`);
    if (files.has(label)) damaged(`it has ${label} twice`);
    files.set(label, file);
    at = entry.next;
  }
  return files;
}

/** Where the end record starts: within its comment's length of the end. */
function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= first; at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  return -1;
}

interface Entry {
  label: string;
  encrypted: boolean;
  method: number;
  crc: number;
  packedSize: number;
  size: number;
  offset: number;
  next: number;
}

/** Reads one entry of the directory. */
function readEntry(view: DataView, at: number): Entry {
  const labelLength = view.getUint16(at + 28, true);
  const extraLength = view.getUint16(at + 30, true);
  const labelEnd = Math.min(at + 46 + labelLength, view.byteLength);
  const label = new TextDecoder().decode(
    new Uint8Array(
      view.buffer,
      view.byteOffset + at + 46,
      labelEnd - at - 46,
    ),
  );
  const wide = zip64Values(view, labelEnd, labelEnd + extraLength);
  // A field of all ones continues in the zip64 extra field, in this order.
  const value = (offset: number): number => {
    const short = view.getUint32(at + offset, true);
    return short === LIMIT ? wide.shift() ?? short : short;
  };
  const size = value(24);
  const packedSize = value(20);
  return {
    label,
    encrypted: (view.getUint16(at + 8, true) & 1) !== 0,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    size,
    packedSize,
    offset: value(42),
    next: labelEnd + extraLength + view.getUint16(at + 32, true),
  };
}

/** The 64-bit values of the zip64 extra field, if there is one. */
function zip64Values(view: DataView, from: number, to: number): number[] {
  const end = Math.min(to, view.byteLength);
  for (let at = from; at + 4 <= end;) {
    const next = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1) {
      const values: number[] = [];
      for (let i = at + 4; i + 8 <= Math.min(next, end); i += 8) {
        values.push(Number(view.getBigUint64(i, true)));
      }
      return values;
    }
    at = next;
  }
  return [];
}

/** Writes little-endian numbers of 2 or 4 bytes one after the other. */
function fields(
  list: readonly (readonly [size: 2 | 4, value: number])[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(list.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of list) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

function concat(
  parts: readonly Uint8Array<ArrayBuffer>[],
): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function pipe(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const piped = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

let crcTable: Int32Array | undefined;

/** CRCs of single bytes, made when a file is first read or written. */
function makeCrcTable(): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    table[byte] = crc;
  }
  return table;
}

/** The checksum of zip (CRC-32 of IEEE 802.3). */
function crc32(bytes: Uint8Array): number {
  const table = crcTable ??= makeCrcTable();
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) {
    crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
