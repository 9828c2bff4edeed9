/**
 * A GPU that tests look into and break: proxies around the real one. Buffers,
 * pipelines and the like stay as they are, because a GPU takes no proxies.
 */
import type { WebgpuOptions } from "../../src/device/webgpu/mod.ts";

/** `target` with some of its members replaced. */
export function wrap<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(members, key)) return members[key as keyof T];
      const value = target[key as keyof T];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** What is replaced. */
export interface Tampering {
  /** Members of the adapter. */
  readonly adapter?: (adapter: GPUAdapter) => Partial<GPUAdapter>;
  /** Members of the device. */
  readonly device?: (device: GPUDevice) => Partial<GPUDevice>;
  /** Members of each pass. */
  readonly pass?: (
    pass: GPUComputePassEncoder,
  ) => Partial<GPUComputePassEncoder>;
}

/** Options that open the GPU of `options`, tampered with. */
export function tamper(
  options: WebgpuOptions,
  { adapter, device, pass }: Tampering,
): WebgpuOptions {
  const gpu = (options.gpu ?? navigator.gpu) as GPU;
  const wrapPass = (real: GPUCommandEncoder): GPUCommandEncoder =>
    wrap(real, {
      beginComputePass: (d) => {
        const own = real.beginComputePass(d);
        return wrap(own, pass?.(own) ?? {});
      },
    });
  const wrapDevice = (real: GPUDevice): GPUDevice =>
    wrap(real, {
      createCommandEncoder: (d) => wrapPass(real.createCommandEncoder(d)),
      ...device?.(real),
    });
  const wrapAdapter = (real: GPUAdapter): GPUAdapter =>
    wrap(real, {
      requestDevice: async (d) => wrapDevice(await real.requestDevice(d)),
      ...adapter?.(real),
    });
  const requestAdapter: GPU["requestAdapter"] = async (o) => {
    const real = await gpu.requestAdapter(o);
    return real === null ? null : wrapAdapter(real);
  };
  return { ...options, gpu: { requestAdapter } };
}

/** Options that open the GPU of `options`, and what they opened. */
export function watch(
  options: WebgpuOptions,
): { readonly options: WebgpuOptions; readonly opened: GPUDevice[] } {
  const opened: GPUDevice[] = [];
  const device = (real: GPUDevice) => {
    opened.push(real);
    return {};
  };
  return { options: tamper(options, { device }), opened };
}

/** What a device was asked for. */
export interface Counts {
  buffers: number;
  bindGroups: number;
  pipelines: number;
  modules: number;
  submits: number;
  dispatches: number;
  writes: number;
  /** Mappings of buffers. */
  maps: number;
  /** Bytes of the buffers that were not destroyed. */
  bytes: number;
}

/** Counts of nothing. */
export function noCounts(): Counts {
  return {
    buffers: 0,
    bindGroups: 0,
    pipelines: 0,
    modules: 0,
    submits: 0,
    dispatches: 0,
    writes: 0,
    maps: 0,
    bytes: 0,
  };
}

/** Options that open the GPU of `options` and count in `counts`. */
export function counted(options: WebgpuOptions, counts: Counts): WebgpuOptions {
  return tamper(options, {
    pass: (pass) => ({
      dispatchWorkgroups: (...sizes) => {
        counts.dispatches++;
        pass.dispatchWorkgroups(...sizes);
      },
    }),
    device: (device) => ({
      destroy: () => {
        // With all that is on it.
        counts.bytes = 0;
        device.destroy();
      },
      createBuffer: (d) => {
        counts.buffers++;
        return countBuffer(device.createBuffer(d), counts);
      },
      createBindGroup: (d) => {
        counts.bindGroups++;
        return device.createBindGroup(d);
      },
      createComputePipeline: (d) => {
        counts.pipelines++;
        return device.createComputePipeline(d);
      },
      createShaderModule: (d) => {
        counts.modules++;
        return device.createShaderModule(d);
      },
      queue: wrap(device.queue, {
        submit: (list) => {
          counts.submits++;
          device.queue.submit(list);
        },
        writeBuffer: (...args) => {
          counts.writes++;
          device.queue.writeBuffer(...args);
        },
      }),
    }),
  });
}

/** Counts what happens to one buffer, through members of its own. */
function countBuffer(buffer: GPUBuffer, counts: Counts): GPUBuffer {
  counts.bytes += buffer.size;
  let left = buffer.size;
  const destroy = buffer.destroy.bind(buffer);
  const mapAsync = buffer.mapAsync.bind(buffer);
  return Object.assign(buffer, {
    destroy: () => {
      counts.bytes -= left;
      left = 0;
      destroy();
    },
    mapAsync: (...args: Parameters<GPUBuffer["mapAsync"]>) => {
      counts.maps++;
      return mapAsync(...args);
    },
  });
}
