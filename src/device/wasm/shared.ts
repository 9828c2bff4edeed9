/**
 * Rewrites a binary so that it imports a shared memory. Only the limits of the
 * imported memory change.
 *
 * @module
 */
import { append, encoded, Reader } from "./binary.ts";

const IMPORTS = 2;
const MEMORY = 2;
const HAS_MAXIMUM = 1;
const SHARED = 3;
/** Bytes of a type in an import, by kind: function and global. */
const OTHERS: { readonly [kind: number]: number } = { 0: 1, 3: 2 };

/** The same module with a shared memory of at most `maximum` pages. */
export function withSharedMemory(
  wasm: Uint8Array,
  maximum: number,
): Uint8Array<ArrayBuffer> {
  const output: number[] = [...wasm.subarray(0, 8)];
  const reader = new Reader(wasm, 8);
  while (reader.at < wasm.length) {
    const from = reader.at;
    const id = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    if (id === IMPORTS) {
      const content = sharedImports(wasm, reader, maximum);
      output.push(id, ...encoded(content.length));
      append(output, content);
    } else append(output, wasm, from, end);
    reader.at = end;
  }
  return Uint8Array.from(output);
}

function sharedImports(
  wasm: Uint8Array,
  reader: Reader,
  maximum: number,
): number[] {
  const count = reader.number();
  const content = encoded(count);
  for (let i = 0; i < count; i++) {
    const from = reader.at;
    for (let name = 0; name < 2; name++) {
      const length = reader.number();
      reader.at += length;
    }
    const kind = reader.byte();
    if (kind === MEMORY) {
      append(content, wasm, from, reader.at);
      const flags = reader.byte();
      content.push(SHARED, ...encoded(reader.number()), ...encoded(maximum));
      if (flags & HAS_MAXIMUM) reader.number();
    } else {
      reader.numbers(OTHERS[kind]);
      append(content, wasm, from, reader.at);
    }
  }
  return content;
}
