/**
 * Archives of numpy arrays (.npz): a zip of .npy files, as `numpy.savez`
 * writes and `numpy.load` reads them.
 *
 * @module
 */
import { decodeNpy, encodeNpy, type NpyArray } from "../base/npy.ts";
import { unzip, zip } from "../base/zip.ts";

/** Packs arrays by name into the bytes of an .npz file. */
export function encodeNpz(
  arrays: ReadonlyMap<string, NpyArray>,
): Promise<Uint8Array<ArrayBuffer>> {
  return zip(
    [...arrays].map(([name, array]) => [`${name}.npy`, encodeNpy(array)]),
  );
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
): Promise<{
  /** Names of the arrays. */
  names: string[];
  /** Decodes the array of this name; undefined if there is none. */
  get(name: string): NpyArray | undefined;
}> {
  const entries = await unzip(bytes, file);
  return {
    names: [...entries.keys()].map((name) => name.replace(/\.npy$/, "")),
    get(name) {
      const entry = entries.get(`${name}.npy`);
      return entry && decodeNpy(entry, `"${name}" in ${file}`);
    },
  };
}
