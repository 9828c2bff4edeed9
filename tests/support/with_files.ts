/** A file system in memory, for tests that may not touch the machine's. */

interface Host {
  process: unknown;
}

/** Runs a body with other files than those of the machine. */
export async function withFiles<T>(
  files: Map<string, Uint8Array> | null,
  body: () => Promise<T>,
  fail = false,
): Promise<T> {
  const host = globalThis as unknown as Host;
  const before = Object.getOwnPropertyDescriptor(host, "process")!;
  const fs = files && {
    readFile: (path: string) => {
      const bytes = files.get(path);
      return bytes
        ? Promise.resolve(bytes)
        : Promise.reject(new Error(`ENOENT: ${path}`));
    },
    writeFile: (path: string, bytes: Uint8Array) => {
      files.set(path, bytes);
      return fail ? Promise.reject(new Error("full")) : Promise.resolve();
    },
    rename: (from: string, to: string) => {
      files.set(to, files.get(from)!);
      files.delete(from);
      return Promise.resolve();
    },
    rm: (path: string) => {
      files.delete(path);
      return Promise.resolve();
    },
  };
  const process = fs ? { getBuiltinModule: () => fs } : undefined;
  Object.defineProperty(host, "process", {
    value: process,
    configurable: true,
    writable: true,
  });
  try {
    return await body();
  } finally {
    Object.defineProperty(host, "process", before);
  }
}
