import type { Call, Kernel } from "../plan.ts";
import { packedSize } from "../plan.ts";
import { type KernelCode, placeOf, takeApart } from "./kernel_code.ts";
export function dotCode(
  call: Call,
  k: Extract<Kernel, { kind: "dot" }>,
): KernelCode {
  const [a, b] = call.reads;
  const { code, names } = takeApart("item", [k.b, k.m, k.n], "i");
  const bs = k.packed ? [b.strides[0], Math.ceil(k.n / 4) * 4, 1] : b.strides;
  return {
    kind: "items",
    count: k.b * k.m * k.n,
    rows: k.b * k.m,
    steps: k.k,
    code: `${code}
var sum = 0f;
for (var j = 0u; j < ${k.k}u; j += 1u) { sum += bitcast<f32>(heap[${
      placeOf("p0", [names[0], names[1], "j"], a.strides)
    }]) * bitcast<f32>(heap[${placeOf("p1", [names[0], "j", names[2]], bs)}]); }
heap[p2 + item] = bitcast<u32>(sum);`,
  };
}
export function packCode(
  call: Call,
  k: Extract<Kernel, { kind: "pack" }>,
): KernelCode {
  const n4 = Math.ceil(k.n / 4) * 4;
  const { code, names } = takeApart("item", [k.b, k.k, n4], "i");
  return {
    kind: "items",
    count: k.b * packedSize(k.k, k.n),
    code: `${code}
if (${names[2]} < ${k.n}u) { heap[p1 + item] = heap[${
      placeOf("p0", names, call.reads[0].strides)
    }]; } else { heap[p1 + item] = 0u; }`,
  };
}
