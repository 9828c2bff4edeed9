/**
 * Instructions on a GPU without a device of this library: many at once, since
 * each pipeline and each read takes milliseconds.
 */
import type { DType } from "../../../src/base/dtype.ts";
import type { Instruction } from "../../../src/device/plan.ts";
import {
  aliases,
  functionsText,
} from "../../../src/device/webgpu/functions.ts";
import {
  expression,
  load,
  store,
} from "../../../src/device/webgpu/instructions.ts";
import { findGpu } from "../../support/gpu.ts";

/** One instruction and its operands, element by element. */
export interface Case {
  /** What is computed; its operands are registers 0, 1, ... */
  readonly instruction: Instruction;
  /** Dtypes of the operands. */
  readonly operands: readonly DType[];
  /** Dtype of the result. */
  readonly result: DType;
  /** Operands as words, all of the same length. */
  readonly words: readonly Uint32Array[];
}

/** A GPU without a device of this library; null, after a line, if none. */
export async function openGpu(): Promise<GPUDevice | null> {
  const options = await findGpu();
  if (options === null) return null;
  const gpu = (options.gpu ?? globalThis.navigator.gpu) as GPU;
  const adapter = await gpu.requestAdapter();
  const device = await adapter?.requestDevice() ?? null;
  if (device !== null) sources.set(device, gpu);
  return device;
}

/** What gave each GPU: where that is collected, npm's webgpu crashes. */
const sources = new Map<GPUDevice, GPU>();

const GROUP = 64;
/** Workgroups along y, one per case; elements along x. */
const BINDINGS = `
@group(0) @binding(0) var<storage, read> words: array<U>;
@group(0) @binding(1) var<storage, read_write> results: array<U>;
`;

/** The module that computes all cases, for `count` elements of type U. */
export function moduleText(
  width: 1 | 4,
  cases: readonly Case[],
  count: number,
): string {
  const functions = new Set<string>();
  let at = 0;
  const bodies = cases.map(({ instruction, operands, result }, i) => {
    const lines = operands.map((dtype, j) =>
      `let r${j} = ${load(dtype, `words[${(at + j) * count}u + e]`)};`
    );
    at += operands.length;
    const { text, functions: used } = expression(
      instruction,
      operands.map((_, j) => `r${j}`),
      () => "U(e)",
    );
    used.forEach((name) => functions.add(name));
    const value = store(result, "value");
    return [
      `case ${i}u: {`,
      ...lines,
      `let value = ${text};`,
      `results[${i * count}u + e] = ${value};`,
      "}",
    ].join("\n");
  });
  return [
    aliases(width),
    functionsText(functions),
    BINDINGS,
    `@compute @workgroup_size(${GROUP})`,
    "fn main(@builtin(global_invocation_id) id: vec3<u32>) {",
    "let e = id.x;",
    `if (e >= ${count}u) { return; }`,
    "switch id.y {",
    ...bodies,
    "default: {}",
    "}",
    "}",
  ].join("\n");
}

/** Some programs that run shaders confuse switches of more than 80 cases. */
const MOST_CASES = 32;

interface Batch {
  readonly pipeline: GPUComputePipeline;
  readonly cases: readonly Case[];
  readonly count: number;
}

async function prepare(
  device: GPUDevice,
  width: 1 | 4,
  cases: readonly Case[],
): Promise<Batch> {
  const count = cases[0].words[0].length / width;
  const code = moduleText(width, cases, count);
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module: device.createShaderModule({ code }) },
  });
  return { pipeline, cases, count };
}

/** Computes all cases; gives the words of each result. */
export async function runCases(
  device: GPUDevice,
  width: 1 | 4,
  cases: readonly Case[],
): Promise<Uint32Array[]> {
  const length = cases[0].words[0].length;
  const starts = cases.keys().filter((i) => i % MOST_CASES === 0);
  const batches = await Promise.all(
    starts.map((i) => prepare(device, width, cases.slice(i, i + MOST_CASES))),
  );
  const encoder = device.createCommandEncoder();
  const read = buffer(device, cases.length * length, MAP_READ | COPY_DST);
  const buffers = [read];
  batches.forEach((batch, i) => {
    const { input, output } = encode(device, encoder, batch);
    const at = 4 * i * MOST_CASES * length;
    encoder.copyBufferToBuffer(output, 0, read, at, output.size);
    buffers.push(input, output);
  });
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(1);
  const words = new Uint32Array(read.getMappedRange()).slice();
  buffers.forEach((b) => b.destroy());
  return cases.map((_, i) => words.subarray(i * length, (i + 1) * length));
}

function encode(
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  { pipeline, cases, count }: Batch,
): { input: GPUBuffer; output: GPUBuffer } {
  const all = cases.flatMap(({ words }) => words);
  const { length } = all[0];
  const input = buffer(device, all.length * length, STORAGE | COPY_DST);
  const output = buffer(device, cases.length * length, STORAGE | COPY_SRC);
  all.forEach((words, i) =>
    device.queue.writeBuffer(input, 4 * i * length, words.slice())
  );
  const entries = [input, output].map((buffer, binding) => ({
    binding,
    resource: { buffer },
  }));
  const layout = pipeline.getBindGroupLayout(0);
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(Math.ceil(count / GROUP), cases.length);
  pass.end();
  return { input, output };
}

// Of GPUBufferUsage, which is not defined where there is no GPU.
const MAP_READ = 1, COPY_SRC = 4, COPY_DST = 8, STORAGE = 128;

function buffer(device: GPUDevice, words: number, usage: number): GPUBuffer {
  return device.createBuffer({ size: 4 * words, usage });
}
