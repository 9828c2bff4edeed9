import {
  HARDWARE,
  openWebgpu,
  SOFTWARE,
} from "../../../src/device/webgpu/mod.ts";
import { findGpu, isRequired } from "../../support/gpu.ts";
import { conformDevice } from "../conformance.ts";

const options = await findGpu();
// WGSL lets an adapter take numbers that are too small to be normal for 0.
const flushesSubnormals = true;
if (options !== null) {
  conformDevice({
    name: "webgpu",
    open: () => openWebgpu(options),
    flushesSubnormals,
  });
}
if (options !== null && isRequired()) {
  // Kernels compile slowly in software, so both kinds only where all is tested.
  for (const [name, tuning] of Object.entries({ HARDWARE, SOFTWARE })) {
    conformDevice({
      name: `webgpu, as for ${name.toLowerCase()}`,
      open: () => openWebgpu(options, tuning),
      flushesSubnormals,
    });
  }
}
