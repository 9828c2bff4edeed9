/**
 * Archives of numpy arrays (.npz): a zip of .npy files, as `numpy.savez`
 * writes and `numpy.load` reads them.
 *
 * @module
 */
import { decodeNpy, encodeNpy, type NpyArray } from "./npy.ts";
import { unzip, zip } from "./zip.ts";

/** The arrays of a file, each decoded when it is asked for. */
export interface ArrayFile {
  /** Names of the arrays. */
  readonly names: readonly string[];
  /** Decodes the array of this name; undefined if there is none. */
  get(name: string): NpyArray | undefined;
}

/** Packs arrays by name, and other files, into the bytes of an .npz file. */
export function encodeNpz(
  arrays: ReadonlyMap<string, NpyArray>,
  others: readonly (readonly [name: string, bytes: Uint8Array])[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  return zip([
    ...[...arrays].map(([name, array]) =>
      [`${name}.npy`, encodeNpy(array)] as const
    ),
    ...others,
  ]);
}

/**
 * Unpacks an .npz file. An array is decoded when it is asked for, because a
 * file may hold entries that this library cannot read and nobody needs.
 *
 * @param file Name of the file, for messages.
 */
export async function decodeNpz(
  bytes: Uint8Array,
  file: string,
): Promise<
  ArrayFile & {
    /** The bytes of an entry that is no array. */
    other(name: string): Uint8Array | undefined;
  }
> {
  const entries = await unzip(bytes, file);
  return {
    names: [...entries.keys()].map((name) => name.replace(/\.npy$/, "")),
    get(name) {
      const entry = entries.get(`${name}.npy`);
      return entry && decodeNpy(entry, `"${name}" in ${file}`);
    },
    other: (name) => entries.get(name),
  };
}
