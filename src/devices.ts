/**
 * The registry of devices: the only way by which the floors above know them.
 * Nothing is opened at import; wasm opens itself on first use.
 *
 * @module
 */
import { DeviceError } from "./base/errors.ts";
import type { Device, DeviceInfo } from "./device/device.ts";
import {
  openReference,
  type Precision,
  type ReferenceOptions,
} from "./device/reference/mod.ts";
import {
  type KernelVariant,
  openWasm,
  type WasmOptions,
} from "./device/wasm/mod.ts";

export type { KernelVariant, Precision, ReferenceOptions, WasmOptions };

/** Options of each device, by its name. */
export interface DeviceOptions {
  /** Plain loops in JavaScript. */
  readonly reference: ReferenceOptions;
  /** Kernels in WebAssembly. */
  readonly wasm: WasmOptions;
  /** Not in this version. */
  readonly webgpu: Record<never, never>;
}

/** Name of a device. */
export type DeviceName = keyof DeviceOptions;

const OPEN: {
  readonly [N in DeviceName]: (options?: DeviceOptions[N]) => Device;
} = {
  reference: openReference,
  wasm: openWasm,
  webgpu: () => {
    throw new DeviceError(
      'Cannot open the device "webgpu": this version has no WebGPU device, ' +
        'expected "wasm" or "reference": use "wasm"',
    );
  },
};

/**
 * Opens a device.
 *
 * @throws {DeviceError} If it does not exist or does not work here.
 */
export function openDevice<N extends DeviceName>(
  name: N,
  options?: DeviceOptions[N],
): Device {
  if (!Object.hasOwn(OPEN, name)) {
    throw new DeviceError(
      `Cannot open the device "${name}", expected "wasm" or "reference": ` +
        "correct the name",
    );
  }
  return OPEN[name](options);
}

let current: Device | undefined;

/** The device that runs what names no other: wasm, unless set otherwise. */
export function defaultDevice(): Device {
  current ??= openDevice("wasm");
  return current;
}

/** Makes `device` the default; `null` is wasm, to be opened on first use. */
export function setDefaultDevice(device: Device | null): void {
  current = device ?? undefined;
}

/**
 * The devices that can be opened here: the default one as it was opened, the
 * others as they open without options.
 */
export function devices(): DeviceInfo[] {
  const names: DeviceName[] = ["wasm", "reference"];
  return names.flatMap((name) => {
    try {
      return [
        current?.info.name === name ? current.info : openDevice(name).info,
      ];
    } catch (error) {
      // One that cannot be opened is not available: that is the answer.
      if (error instanceof DeviceError) return [];
      throw error;
    }
  });
}

/** A name that {@link init} takes. */
export type InitName = DeviceName | "auto";

/**
 * Opens a device and makes it the default. Without it, wasm opens itself on
 * first use.
 *
 * @param name `"auto"` takes the fastest device there is: today wasm.
 * @returns What was opened.
 * @throws {DeviceError} If it cannot be opened; no other is taken instead.
 * @example
 * ```ts
 * import { init } from "@vodes/vodes";
 * console.log((await init("wasm")).name); // wasm
 * ```
 */
// Asynchronous because opening a GPU is.
// deno-lint-ignore require-await
export async function init<N extends InitName>(
  name: N,
  options?: N extends DeviceName ? DeviceOptions[N] : never,
): Promise<DeviceInfo> {
  const device = openDevice(
    name === "auto" ? "wasm" : name as DeviceName,
    options,
  );
  setDefaultDevice(device);
  return device.info;
}
