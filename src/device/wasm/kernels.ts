/**
 * Loader of the AssemblyScript kernels (`asm/`). The binary in
 * `kernels_wasm.ts` uses relaxed SIMD, and is rewritten for engines without;
 * each variant is compiled once and bound to a memory here.
 *
 * @module
 */
import { DeviceError } from "../../base/errors.ts";
import { type Kernels, MAXIMUM_PAGES } from "./kernel_types.ts";
import { KERNELS } from "./kernels_wasm.ts";
import { withoutRelaxed } from "./plain.ts";
import { withSharedMemory } from "./shared.ts";

export type * from "./kernel_types.ts";
export { KERNEL_DATA_BYTES } from "./kernel_types.ts";

/** Which form of the binary: with fused multiply-add where the CPU has it, or without. */
export type KernelVariant = "relaxed" | "plain";

/** Compiles a binary, as `new WebAssembly.Module` does. */
export type Compile = (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module;

/** The engine's compiler. */
export const engineCompile: Compile = (bytes) => new WebAssembly.Module(bytes);

/** A module that is valid only where relaxed SIMD is. */
// deno-fmt-ignore
const RELAXED_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1,
  13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
]);

const compiled = new Map<string, WebAssembly.Module>();

/** The smallest module. */
const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/** Whether a host compiles what is made at run time. */
export function compiles(compile: Compile): boolean {
  try {
    compile(EMPTY);
    return true;
  } catch {
    // The reason does not matter: the answer is no.
    return false;
  }
}

/** The fastest variant this engine can run. */
export function kernelVariant(): KernelVariant {
  return WebAssembly.validate(RELAXED_PROBE) ? "relaxed" : "plain";
}

/**
 * Compiles a binary.
 *
 * @param what Names the binary in the error.
 * @throws {DeviceError} If the engine or a content security policy refuses.
 */
export function compileWasm(
  what: string,
  bytes: Uint8Array<ArrayBuffer>,
  compile: Compile,
): WebAssembly.Module {
  try {
    return compile(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DeviceError(
      `Cannot compile ${what}: ${reason}, expected an engine with ` +
        "WebAssembly SIMD: if a Content-Security-Policy is set, add " +
        "'wasm-unsafe-eval' to its script-src",
    );
  }
}

/**
 * The kernels' module, compiled on first use.
 *
 * @param shared Whether it is to be used with a shared memory.
 * @throws {DeviceError} If the engine or a content security policy refuses.
 */
export function kernelModule(
  variant: KernelVariant,
  compile: Compile = engineCompile,
  shared = false,
): WebAssembly.Module {
  const key = `${variant} ${shared}`;
  let module = compiled.get(key);
  if (module === undefined) {
    let binary = decodeHex(KERNELS);
    if (variant === "plain") binary = withoutRelaxed(binary);
    if (shared) binary = withSharedMemory(binary, MAXIMUM_PAGES);
    module = compileWasm(`the ${variant} wasm kernels`, binary, compile);
    compiled.set(key, module);
  }
  return module;
}

/** What the module imports: the memory, and functions of f64. */
export function kernelImports(memory: WebAssembly.Memory): WebAssembly.Imports {
  const { atan2, pow, tan } = Math;
  return { env: { memory, atan2, pow, tan } };
}

/**
 * The kernels, bound to `memory`. Instantiation writes the first
 * `KERNEL_DATA_BYTES` bytes of the memory.
 *
 * @param variant By default the fastest that this engine can run.
 * @throws {DeviceError} If the engine or a content security policy refuses.
 */
export function loadKernels(
  memory: WebAssembly.Memory,
  variant: KernelVariant = kernelVariant(),
  compile: Compile = engineCompile,
): Kernels {
  const shared = !(memory.buffer instanceof ArrayBuffer);
  const module = kernelModule(variant, compile, shared);
  const instance = new WebAssembly.Instance(module, kernelImports(memory));
  return instance.exports as unknown as Kernels;
}

/** What engines have by now and the type library does not. */
interface HexDecoder {
  fromHex?(text: string): Uint8Array<ArrayBuffer>;
}

function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  const decoder: HexDecoder = Uint8Array;
  if (decoder.fromHex !== undefined) return decoder.fromHex(text);
  const digit = (at: number) => {
    const code = text.charCodeAt(at);
    return (code & 15) + (code > 64 ? 9 : 0);
  };
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = digit(2 * i) << 4 | digit(2 * i + 1);
  }
  return bytes;
}
