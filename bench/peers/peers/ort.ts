/**
 * onnxruntime-web with its wasm execution provider: it has no gradients, so
 * the product only. The model of one node, MatMul(A[n, n], B[n, n]), is encoded
 * by hand; both operands are inputs of the run.
 */
import type { Peer } from "../lib/types.ts";

function varint(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)];
}

/** A protobuf field that holds bytes. */
function field(number: number, body: readonly number[]): number[] {
  return [(number << 3) | 2, ...varint(body.length), ...body];
}

/** A protobuf field that holds an integer. */
function int(number: number, value: number): number[] {
  return [number << 3, ...varint(value)];
}

function text(s: string): number[] {
  return [...new TextEncoder().encode(s)];
}

function matmulModel(n: number): Uint8Array {
  const value = (name: string): number[] => {
    const shape = [n, n].flatMap((d) => field(1, int(1, d)));
    const float32 = 1;
    const tensor = [...int(1, float32), ...field(2, shape)];
    return [...field(1, text(name)), ...field(2, field(1, tensor))];
  };
  const node = [
    ...["A", "B"].flatMap((name) => field(1, text(name))),
    ...field(2, text("C")),
    ...field(4, text("MatMul")),
  ];
  const graph = [
    ...field(1, node),
    ...field(2, text("g")),
    ...["A", "B"].flatMap((name) => field(11, value(name))),
    ...field(12, value("C")),
  ];
  const opset = field(8, int(2, 17));
  return new Uint8Array([...int(1, 8), ...field(7, graph), ...opset]);
}

/** Variants `wasm-<threads>`. */
export async function open(variant: string): Promise<Peer> {
  const ort = await import("onnxruntime-web");
  const threads = Number(variant.split("-")[1]);
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  return {
    info: `wasm threads=${threads}, inference only`,
    matmul: async (n, a, b) => {
      const session = await ort.InferenceSession.create(matmulModel(n), {
        executionProviders: ["wasm"],
      });
      const feeds = {
        A: new ort.Tensor("float32", a, [n, n]),
        B: new ort.Tensor("float32", b, [n, n]),
      };
      let last: Float32Array = new Float32Array(0);
      return {
        run: async () => {
          const { C } = await session.run(feeds);
          if (C.data instanceof Float32Array) last = C.data;
        },
        result: () => last,
      };
    },
  };
}
