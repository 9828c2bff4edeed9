/**
 * Reading and writing whole files, in the runtimes that have a file system:
 * Deno, Bun and Node offer Node's `fs` through `process.getBuiltinModule`, so
 * that nothing is imported where it does not exist.
 *
 * @module
 */
import { DeviceError, TreeError } from "./errors.ts";

/** What is used of `node:fs/promises`. */
interface FileSystem {
  readFile(path: string | URL): Promise<Uint8Array>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: boolean }): Promise<void>;
}

interface Host {
  process?: { getBuiltinModule?(name: string): unknown };
}

/** Reads a file; `action` and `instead` are for messages. */
export async function readBytes(
  path: string | URL,
  action: string,
  instead: string,
): Promise<Uint8Array> {
  const fs = fileSystem(action, instead);
  try {
    return await fs.readFile(path);
  } catch (error) {
    throw failure(
      `Cannot ${action}: the file cannot be read (${textOf(error)}), ` +
        "expected an existing file that this program may read: check the path",
      error,
    );
  }
}

/** Reads a file, or what a web address (http, https, data, blob) gives. */
export async function readSource(
  source: string | URL,
  action: string,
  instead: string,
): Promise<Uint8Array> {
  const web = /^(https?|data|blob):/.test(String(source));
  if (!web) return await readBytes(source, action, instead);
  let given: string;
  let cause: unknown;
  try {
    const response = await fetch(source);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    given = `the server answered ${response.status} ${response.statusText}`
      .trim();
  } catch (error) {
    given = `fetching failed (${textOf(error)})`;
    cause = error;
  }
  throw failure(
    `Cannot ${action}: ${given}, expected a file: check the address`,
    cause,
  );
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
    throw failure(
      `Cannot ${action}: writing failed (${textOf(error)}), expected an ` +
        "existing folder with space that this program may write to: check " +
        "the path; what was there before is unchanged",
      error,
    );
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

function failure(message: string, cause: unknown): TreeError {
  return Object.assign(new TreeError(message), { cause });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
