/**
 * Finding a GPU and opening it. Nothing else asks the platform for one.
 *
 * @module
 */
import { DeviceError } from "../../base/errors.ts";
import type { CommonOptions } from "../device.ts";

/** Options of the webgpu device. */
export interface WebgpuOptions extends CommonOptions {
  /** Which GPU of several; the platform decides if not given. */
  readonly powerPreference?: "low-power" | "high-performance";
  /** Features that the GPU must have, by their WebGPU names. */
  readonly requiredFeatures?: readonly GPUFeatureName[];
  /**
   * What to ask for a GPU instead of `navigator.gpu`: `create([])` of the npm
   * package `webgpu` where the runtime has none (Bun, Node).
   */
  readonly gpu?: unknown;
}

/** An opened GPU. */
export interface Opened {
  /** The device. */
  readonly device: GPUDevice;
  /** The adapter in a few words. */
  readonly description: string;
  /** Whether it is a program that runs on the processor. */
  readonly isSoftware: boolean;
  /** The least invocations of a subgroup, 1 if there are none. */
  readonly subgroup: number;
}

/** Features that are used where there are. */
const USED: readonly GPUFeatureName[] = ["timestamp-query", "subgroups"];

const HELP = "in Deno on Linux install a Vulkan driver (Debian: " +
  "mesa-vulkan-drivers), in Bun and Node install the npm package webgpu and " +
  'use await init("webgpu", { gpu: create([]) }), in a browser enable ' +
  "hardware acceleration";

/** The error of a GPU that cannot be opened. */
export function cannotOpen(given: string, fix: string = HELP): DeviceError {
  return new DeviceError(
    `Cannot open "webgpu": ${given}, expected a GPU that computes: ${fix}, ` +
      'or use "wasm"',
  );
}

/**
 * Opens a GPU.
 *
 * @throws {DeviceError} If there is none, or it does not offer what is needed.
 */
export async function openAdapter(options: WebgpuOptions): Promise<Opened> {
  const gpu = (options.gpu ?? globalThis.navigator?.gpu) as GPU | undefined;
  if (typeof gpu?.requestAdapter !== "function") {
    throw cannotOpen(
      options.gpu === undefined
        ? "this runtime has no navigator.gpu"
        : "options.gpu has no requestAdapter",
    );
  }
  const { powerPreference } = options;
  const adapter = await gpu.requestAdapter(
    powerPreference === undefined ? {} : { powerPreference },
  ).catch((error) => {
    throw cannotOpen(`navigator.gpu.requestAdapter() failed (${why(error)})`);
  });
  if (adapter === null) {
    throw cannotOpen("navigator.gpu.requestAdapter() gave no adapter");
  }
  const description = describe(adapter.info);
  if (/null.?backend/i.test(`${adapter.info.device} ${description}`)) {
    throw cannotOpen(`"${description}" computes nothing (a null backend)`);
  }
  const required = options.requiredFeatures ?? [];
  const missing = required.filter((name) => !adapter.features.has(name));
  if (missing.length > 0) {
    throw cannotOpen(
      `"${description}" has not the required ` +
        `${missing.join(", ")} but ${[...adapter.features].join(", ")}`,
      "require less",
    );
  }
  const features = new Set(required);
  for (const name of USED) if (adapter.features.has(name)) features.add(name);
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  try {
    const device = await adapter.requestDevice({
      requiredFeatures: [...features],
      requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
    });
    const offers = device.features.has("subgroups");
    return {
      device,
      description,
      isSoftware: isSoftware(adapter.info),
      subgroup: offers ? adapter.info.subgroupMinSize : 1,
    };
  } catch (error) {
    throw cannotOpen(`"${description}" gave no device (${why(error)})`);
  }
}

function why(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describe(info: GPUAdapterInfo): string {
  const { description, vendor, architecture, device } = info;
  return description ||
    [vendor, architecture, device].filter(Boolean).join(" ") ||
    "unnamed adapter";
}

/** Whether an adapter is a program that runs on the processor. */
export function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter === true ||
    /llvmpipe|swiftshader|software|basic render/i.test(
      `${info.description} ${info.architecture} ${info.device}`,
    );
}
