/**
 * Compiled modules, by their text.
 *
 * @module
 */
import { KernelError } from "../../base/errors.ts";
import type { Faults } from "./faults.ts";
import { COMPUTE_STAGE } from "./usage.ts";

/** Bytes of the uniform that says where a dispatch begins. */
export const START_BYTES = 16;

/** A pipeline. */
export interface Compiled {
  /** What runs. */
  readonly pipeline: GPUComputePipeline;
  /** Why it does not, once that is known. */
  error: KernelError | null;
}

/** All pipelines of one device; they see their bindings alike. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #faults: Faults;
  readonly #layout: GPUPipelineLayout;
  readonly #pipelines = new Map<string, Compiled>();
  /** How the bindings of all kernels look. */
  readonly bindings: GPUBindGroupLayout;

  /** For kernels that run on `device`. */
  constructor(device: GPUDevice, faults: Faults) {
    this.#device = device;
    this.#faults = faults;
    const entry = (binding: number, buffer: GPUBufferBindingLayout) => ({
      binding,
      visibility: COMPUTE_STAGE,
      buffer,
    });
    this.bindings = device.createBindGroupLayout({
      entries: [
        entry(0, { type: "storage" }),
        entry(1, { type: "read-only-storage" }),
        entry(2, {
          type: "uniform",
          hasDynamicOffset: true,
          minBindingSize: START_BYTES,
        }),
      ],
    });
    this.#layout = device.createPipelineLayout({
      bindGroupLayouts: [this.bindings],
    });
  }

  /** Number of pipelines that were made. */
  get count(): number {
    return this.#pipelines.size;
  }

  /**
   * The pipeline of a module. What is wrong with it is told to the next who
   * waits for a result, as a {@link KernelError}, and to whoever runs it then.
   *
   * @param label Says what it computes.
   */
  of(code: string, label: string): Compiled {
    let compiled = this.#pipelines.get(code);
    if (compiled === undefined) {
      compiled = this.#compile(code, label);
      this.#pipelines.set(code, compiled);
    }
    return compiled;
  }

  #compile(code: string, label: string): Compiled {
    const device = this.#device;
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label, code });
    const pipeline = device.createComputePipeline({
      label,
      layout: this.#layout,
      compute: { module, entryPoint: "main" },
    });
    const compiled: Compiled = { pipeline, error: null };
    this.#faults.check(device.popErrorScope(), (message) => {
      compiled.error = new KernelError(
        `Cannot compile the kernel "${label}" for "webgpu": ${message}, ` +
          "expected WGSL that this adapter takes: error.source is its text",
        code,
      );
      this.#faults.report(compiled.error);
    });
    return compiled;
  }
}
