import {
  HARDWARE,
  openWebgpu,
  SOFTWARE,
} from "../../../src/device/webgpu/mod.ts";
import { findGpu, isRequired } from "../../support/gpu.ts";
import { conformDevice } from "../conformance.ts";

const options = await findGpu();
// Kernels compile slowly in software, so those that do not suit this GPU are
// tested only where a GPU is required, and on that of the runtime: the one of
// npm's webgpu takes minutes for one kind.
const tunings = isRequired() && options?.gpu === undefined
  ? { HARDWARE, SOFTWARE }
  : { own: undefined };
if (options !== null) {
  for (const [name, tuning] of Object.entries(tunings)) {
    conformDevice({
      name: `webgpu, ${name.toLowerCase()}`,
      open: () => openWebgpu(options, tuning),
      // WGSL lets an adapter take numbers too small to be normal for 0.
      flushesSubnormals: true,
    });
  }
}
