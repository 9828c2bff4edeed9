/**
 * What a GPU reaches without the library: the cost of a dispatch and of a
 * submit, the speed of copies, and of arithmetic in registers.
 *
 * @module
 */
import { BUFFER } from "../../src/device/webgpu/usage.ts";
import { type Pace, time, type Timing } from "./pace.ts";

/** A speed of memory, reads and writes counted. */
export interface Bandwidth {
  /** What was copied, and how. */
  readonly what: string;
  /** GB/s, or why there is none. */
  readonly rate: Timing | string;
}

/** Encodes so many workgroups so many times, in one pass. */
type Kernel = (
  encoder: GPUCommandEncoder,
  groups: number,
  times: number,
) => void;

const GROUP = 64;
const MOST_GROUPS = 65535;
const MEGABYTE = 2 ** 20;
const HEAD = `\
@group(0) @binding(0) var<storage, read_write> a: array<ITEM>;
@group(0) @binding(1) var<storage, read_write> b: array<ITEM>;
`;

/** An opened GPU, and buffers that its kernels work on. */
export class Ceilings {
  readonly #device: GPUDevice;
  readonly #pace: Pace;

  /** Measures on `device`. */
  constructor(device: GPUDevice, pace: Pace) {
    this.#device = device;
    this.#pace = pace;
  }

  /**
   * Microseconds of a dispatch that waits for the one before it, of a submit
   * with one dispatch, and from a submit until JavaScript is told of its end.
   */
  async overheads(): Promise<Record<"dispatch" | "submit" | "trip", Timing>> {
    const [x, y] = this.#buffers(4 * GROUP);
    const kernel = this.#kernel(
      x,
      y,
      `${HEAD.replaceAll("ITEM", "u32")}
@compute @workgroup_size(${GROUP})
fn main(@builtin(local_invocation_index) i: u32) { a[i] = b[i] + a[i]; }`,
    );
    const submits = (count: number, dispatches: number) =>
      this.#elapsed(() => {
        for (let i = 0; i < count; i++) {
          this.#submit((encoder) => kernel(encoder, 1, dispatches));
        }
      });
    await submits(1, 1);
    const trip = await time(async (n) => {
      let ms = 0;
      for (let i = 0; i < n; i++) ms += await submits(1, 1);
      return ms;
    }, this.#pace);
    const submit = await time((n) => submits(n, 1), this.#pace);
    const dispatch = await time((n) => submits(1, n), this.#pace);
    x.destroy();
    y.destroy();
    const micro = (t: Timing) => scaled(t, (ms) => 1000 * ms);
    return {
      dispatch: micro(dispatch),
      submit: micro(submit),
      trip: micro(trip),
    };
  }

  /** Copies by the GPU itself, from a buffer of so many bytes to another. */
  async copy(megabytes: number): Promise<Bandwidth> {
    const bytes = megabytes * MEGABYTE;
    const what = `copyBufferToBuffer, ${megabytes} MB`;
    const { maxBufferSize } = this.#device.limits;
    if (bytes > maxBufferSize) {
      return { what, rate: `skipped: a buffer has at most ${maxBufferSize}` };
    }
    return await this.#bandwidth(what, bytes, (encoder, from, to, times) => {
      for (let i = 0; i < times; i++) {
        encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
      }
    });
  }

  /** Copies by a kernel, an item per invocation. */
  async kernelCopy(
    item: "u32" | "vec4<u32>",
    megabytes: number,
  ): Promise<Bandwidth> {
    const what = `kernel, ${item}, ${megabytes} MB`;
    const bytes = megabytes * MEGABYTE;
    const { maxStorageBufferBindingSize: most } = this.#device.limits;
    if (bytes > most) {
      return { what, rate: `skipped: a binding has at most ${most} bytes` };
    }
    const items = bytes / (item === "u32" ? 4 : 16);
    const code = `${HEAD.replaceAll("ITEM", item)}
@compute @workgroup_size(${GROUP})
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (id.y * groups.x + id.x) * ${GROUP}u + lane;
  if (i < ${items}u) { b[i] = a[i]; }
}`;
    let kernel: Kernel | undefined;
    return await this.#bandwidth(what, bytes, (encoder, from, to, times) => {
      kernel ??= this.#kernel(from, to, code);
      kernel(encoder, items / GROUP, times);
    });
  }

  /** GFLOP/s of multiplications and additions that touch no memory. */
  async arithmetic(): Promise<{ what: string; rate: Timing }> {
    const forms = ["fma(x, s, t)", "x * s + t"];
    const shapes = [["f32", 8], ["vec4<f32>", 4]] as const;
    const rates: { what: string; rate: Timing }[] = [];
    for (const form of forms) {
      for (const [type, chains] of shapes) {
        const rate = await this.#arithmetic(form, type, chains);
        rates.push({ what: `${form} in ${chains} ${type}`, rate });
      }
    }
    return rates.reduce((a, b) => a.rate.best > b.rate.best ? a : b);
  }

  async #arithmetic(
    form: string,
    type: "f32" | "vec4<f32>",
    chains: number,
  ): Promise<Timing> {
    const [loops, unrolled, groups] = [32, 16, 4096];
    const names = Array.from({ length: chains }, (_, i) => `x${i}`);
    const round = names.map((x) => `${x} = ${form.replaceAll("x", x)};`);
    const [x, y] = this.#buffers(4 * GROUP);
    const kernel = this.#kernel(
      x,
      y,
      `${HEAD.replaceAll("ITEM", "f32")}
@compute @workgroup_size(${GROUP})
fn main(@builtin(local_invocation_index) lane: u32) {
  let s = ${type}(a[lane]);
  let t = ${type}(b[lane]);
${names.map((x, i) => `var ${x} = ${type}(f32(lane + ${i}u));`).join("\n")}
for (var i = 0u; i < ${loops}u; i += 1u) {
${new Array(unrolled).fill(round.join("\n")).join("\n")}
}
  let sum = ${names.join(" + ")};
  // Never so, but the compiler does not know.
  if (dot(vec4<f32>(sum), vec4<f32>(1)) == -1) { b[lane] = 1; }
}`,
    );
    const run = (n: number) =>
      this.#elapsed(() =>
        this.#submit((encoder) => kernel(encoder, groups, n))
      );
    await run(1);
    const flops = 2 * chains * (type === "f32" ? 1 : 4) * loops * unrolled *
      groups * GROUP;
    const timing = await time(run, this.#pace);
    x.destroy();
    y.destroy();
    return scaled(timing, (ms) => flops / ms / 1e6);
  }

  async #bandwidth(
    what: string,
    bytes: number,
    encode: (
      encoder: GPUCommandEncoder,
      from: GPUBuffer,
      to: GPUBuffer,
      times: number,
    ) => void,
  ): Promise<Bandwidth> {
    this.#device.pushErrorScope("out-of-memory");
    const [from, to] = this.#buffers(bytes);
    if (await this.#device.popErrorScope() !== null) {
      return { what, rate: "skipped: out of memory" };
    }
    const run = (n: number) =>
      this.#elapsed(() => this.#submit((e) => encode(e, from, to, n)));
    await run(1);
    const timing = await time(run, this.#pace);
    from.destroy();
    to.destroy();
    return { what, rate: scaled(timing, (ms) => 2 * bytes / ms / 1e6) };
  }

  #buffers(size: number): GPUBuffer[] {
    const usage = BUFFER.STORAGE | BUFFER.COPY_SRC | BUFFER.COPY_DST;
    return [0, 1].map(() => this.#device.createBuffer({ size, usage }));
  }

  #kernel(a: GPUBuffer, b: GPUBuffer, code: string): Kernel {
    const pipeline = this.#device.createComputePipeline({
      layout: "auto",
      compute: {
        module: this.#device.createShaderModule({ code }),
        entryPoint: "main",
      },
    });
    const bindings = this.#device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [a, b].map((buffer, binding) => ({
        binding,
        resource: { buffer },
      })),
    });
    return (encoder, groups, times) => {
      const y = Math.ceil(groups / MOST_GROUPS);
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      for (let i = 0; i < times; i++) {
        pass.dispatchWorkgroups(Math.ceil(groups / y), y);
      }
      pass.end();
    };
  }

  #submit(encode: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.#device.createCommandEncoder();
    encode(encoder);
    this.#device.queue.submit([encoder.finish()]);
  }

  /** Milliseconds until what `submit` submits is done. */
  async #elapsed(submit: () => void): Promise<number> {
    const start = performance.now();
    submit();
    await this.#device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  }
}

function scaled({ best, median }: Timing, scale: (ms: number) => number) {
  return { best: scale(best), median: scale(median) };
}
