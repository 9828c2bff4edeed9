/**
 * Where data come from: bytes, or a path or web address of some, packed by gzip
 * or not.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { readSource } from "../base/files.ts";

/** Bytes, or a path or web address of a file that has them. */
export type Source = string | URL | Uint8Array;

/** What a source is called in errors. */
export function nameOf(source: Source, kind: string): string {
  return source instanceof Uint8Array ? kind : `${kind} ${source}`;
}

/**
 * The bytes of a source, unpacked if they are gzip.
 *
 * @throws {TreeError} If the file cannot be read or is no whole gzip.
 * @throws {DeviceError} If this runtime has no files.
 */
export async function bytesOf(
  source: Source,
  kind: string,
): Promise<Uint8Array> {
  const bytes = source instanceof Uint8Array ? source : await readSource(
    source,
    `load ${kind} ${source}`,
    "give its bytes, or a web address",
  );
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new TreeError(
      `Cannot read ${nameOf(source, kind)}: it ends within its gzip data, or ` +
        "they are damaged, expected a whole file: copy it again",
    );
  }
}

/** Throws what is wrong with the contents of a source. */
export function refuse(
  what: string,
  given: string,
  expected: string,
  fix: string,
): never {
  throw new TreeError(
    `Cannot read ${what}: ${given}, expected ${expected}: ${fix}`,
  );
}
