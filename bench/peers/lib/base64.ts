/** Floats in messages between processes. */
import { Buffer } from "node:buffer";
import type { Floats } from "./types.ts";

/** The bytes of `x` as text. */
export function encodeFloats(x: Floats): string {
  return Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString("base64");
}

/** The floats of a text. */
export function decodeFloats(text: string): Floats {
  return new Float32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);
}
