/**
 * Reading and writing whole files, in the runtimes that have a file system:
 * Deno, Bun and Node offer Node's `fs` through `process.getBuiltinModule`, so
 * that nothing is imported where it does not exist.
 *
 * @module
 */
import { DeviceError } from "../base/errors.ts";

/** What is used of `node:fs/promises`. */
interface FileSystem {
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: boolean }): Promise<void>;
}

interface Host {
  process?: { getBuiltinModule?(name: string): unknown };
}

/** Reads a file; `action` and `instead` are for the message without files. */
export async function readBytes(
  path: string,
  action: string,
  instead: string,
): Promise<Uint8Array> {
  return await fileSystem(action, instead).readFile(path);
}

/**
 * Writes a file in one piece: a reader sees the old one or the new one, also
 * when writing fails half-way.
 */
export async function writeBytes(
  path: string,
  bytes: Uint8Array,
  action: string,
  instead: string,
): Promise<void> {
  const fs = fileSystem(action, instead);
  // In the same folder, since renaming is atomic within a file system only.
  const draft = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await fs.writeFile(draft, bytes);
    await fs.rename(draft, path);
  } catch (error) {
    await fs.rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

function fileSystem(action: string, instead: string): FileSystem {
  const { process } = globalThis as Host;
  const fs = process?.getBuiltinModule?.("node:fs/promises");
  if (fs === undefined) {
    throw new DeviceError(
      `Cannot ${action}: this runtime has no file system, ` +
        `expected Deno, Bun or Node: use ${instead}`,
    );
  }
  return fs as FileSystem;
}
