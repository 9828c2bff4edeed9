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

import { openWebgpu, type WebgpuOptions } from "./device/webgpu/mod.ts";

export type {
  KernelVariant,
  Precision,
  ReferenceOptions,
  WasmOptions,
  WebgpuOptions,
};

/** Options of each device, by its name. */
export interface DeviceOptions {
  /** Plain loops in JavaScript. */
  readonly reference: ReferenceOptions;
  /** Kernels in WebAssembly. */
  readonly wasm: WasmOptions;
  /** Kernels on a GPU. */
  readonly webgpu: WebgpuOptions;
}

/** Name of a device. */
export type DeviceName = keyof DeviceOptions;

/** Whether there is a device of that name, here or elsewhere. */
export function isDeviceName(name: string): name is DeviceName {
  return Object.hasOwn(OPEN, name);
}

/** The devices that open at once. */
type InstantName = Exclude<DeviceName, "webgpu">;

const OPEN: {
  readonly [N in DeviceName]: (
    options?: DeviceOptions[N],
  ) => N extends InstantName ? Device : Promise<Device>;
} = { reference: openReference, wasm: openWasm, webgpu: openWebgpu };

/**
 * Opens a device that opens at once.
 *
 * @throws {DeviceError} If it does not work here.
 */
export function openDevice<N extends InstantName>(
  name: N,
  options?: DeviceOptions[N],
): Device {
  const open: (options?: DeviceOptions[N]) => Device = OPEN[name];
  return open(options);
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
 * The devices that open at once here, and the default one as it was opened.
 * Whether there is a GPU is known only by opening it.
 */
export function devices(): DeviceInfo[] {
  const names: InstantName[] = ["wasm", "reference"];
  const list = names.flatMap((name) => {
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
  const others = current === undefined || list.includes(current.info)
    ? []
    : [current.info];
  return [...others, ...list];
}

/** A name that {@link init} takes. */
export type InitName = DeviceName | "auto";

/**
 * Opens a device and makes it the default. Without it, wasm opens itself on
 * first use. What was computed before on another device stays there:
 * `px.devicePut` moves it.
 *
 * @param name `"auto"` takes a GPU if there is a real one that works, and wasm
 *   otherwise; {@link DeviceInfo.reason} says why.
 * @returns What was opened.
 * @throws {DeviceError} If it cannot be opened; no other is taken instead.
 * @example
 * ```ts
 * import { init } from "@vodes/vodes";
 * console.log((await init("wasm")).name); // wasm
 * ```
 */
export async function init<N extends InitName>(
  name: N,
  options?: N extends DeviceName ? DeviceOptions[N] : never,
): Promise<DeviceInfo> {
  if (name !== "auto" && !isDeviceName(name)) {
    throw new DeviceError(
      `Cannot open the device "${name}", expected "auto", "wasm", "webgpu" ` +
        'or "reference": correct the name',
    );
  }
  const open = OPEN[name as DeviceName] as (
    options?: DeviceOptions[DeviceName],
  ) => Device | Promise<Device>;
  const device = name === "auto" ? await openBest() : await open(options);
  setDefaultDevice(device);
  return device.info;
}

/** A GPU that is one, or wasm. */
async function openBest(): Promise<Device> {
  const because = (device: Device, reason: string): Device => ({
    ...device,
    info: { ...device.info, reason },
  });
  try {
    const gpu = await openWebgpu();
    if (!gpu.info.isSoftware) {
      return because(gpu, "there is a GPU and it computes right");
    }
    gpu.dispose?.();
    return because(
      openWasm(),
      `the only GPU is software: ${gpu.info.description}`,
    );
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return because(openWasm(), error.message);
  }
}

/**
 * Frees the default device and everything on it. A GPU and its tensors cannot
 * be used afterwards, the key of `px.RKG` among them if a jitted function drew
 * from it; memory of wasm is freed by the garbage collector. The next call
 * opens wasm again, unless `init` chooses another.
 */
export function dispose(): void {
  current?.dispose?.();
  current = undefined;
}
