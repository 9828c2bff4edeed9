import { openWebgpu } from "../../../src/device/webgpu/mod.ts";
import { findGpu } from "../../support/gpu.ts";
import { conformDevice } from "../conformance.ts";

const options = await findGpu();
if (options !== null) {
  conformDevice({ name: "webgpu", open: () => openWebgpu(options) });
}
