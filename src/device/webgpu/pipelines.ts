/**
 * Compiled modules, by their text.
 *
 * @module
 */
import { KernelError } from "../../base/errors.ts";
import type { Faults } from "./faults.ts";
import type { Stream } from "./stream.ts";
import { COMPUTE_STAGE } from "./usage.ts";

/** Bytes of the uniform that says where a dispatch begins. */
export const START_BYTES = 16;

/** All pipelines of one device; they see their bindings alike. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #stream: Stream;
  readonly #faults: Faults;
  readonly #layout: GPUPipelineLayout;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  /** How the bindings of all kernels look. */
  readonly bindings: GPUBindGroupLayout;

  /** For kernels that run on `device`. */
  constructor(device: GPUDevice, stream: Stream, faults: Faults) {
    this.#device = device;
    this.#stream = stream;
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
   * waits for a result, as a {@link KernelError}.
   *
   * @param label Says what it computes.
   */
  of(code: string, label: string): GPUComputePipeline {
    let pipeline = this.#pipelines.get(code);
    if (pipeline === undefined) {
      pipeline = this.#compile(code, label);
      this.#pipelines.set(code, pipeline);
    }
    return pipeline;
  }

  #compile(code: string, label: string): GPUComputePipeline {
    const device = this.#device;
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label, code });
    const pipeline = device.createComputePipeline({
      label,
      layout: this.#layout,
      compute: { module, entryPoint: "main" },
    });
    this.#stream.awaitBeforeReads(
      device.popErrorScope().then((error) => {
        if (error === null) return;
        this.#faults.report(
          new KernelError(
            `Cannot compile the kernel "${label}" for "webgpu": ` +
              `${error.message.trim()}, expected WGSL that this adapter ` +
              "takes: error.source is its text",
            code,
          ),
        );
      }, () => {
        // The device is gone; whoever waits is told that.
      }),
    );
    return pipeline;
  }
}
