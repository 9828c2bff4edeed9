import {
  HARDWARE,
  openWebgpu,
  SOFTWARE,
} from "../../../src/device/webgpu/mod.ts";
import { findGpu, isRequired } from "../../support/gpu.ts";
import { conformDevice } from "../conformance.ts";

const options = await findGpu();
if (options !== null) {
  conformDevice({ name: "webgpu", open: () => openWebgpu(options) });
}
if (options !== null && isRequired()) {
  // Kernels compile slowly in software, so both kinds only where all is tested.
  for (const [name, tuning] of Object.entries({ HARDWARE, SOFTWARE })) {
    conformDevice({
      name: `webgpu, as for ${name.toLowerCase()}`,
      open: () => openWebgpu(options, tuning),
    });
  }
}
