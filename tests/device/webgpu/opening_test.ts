/** Opening a GPU: what is refused, and with what words. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "node:test";
import { DeviceError, init, tensor } from "../../../mod.ts";
import { defaultDevice, setDefaultDevice } from "../../../src/devices.ts";
import {
  openWebgpu,
  type WebgpuOptions,
} from "../../../src/device/webgpu/mod.ts";
import { findGpu } from "../../support/gpu.ts";
import { counted, noCounts, tamper } from "../../support/spy_gpu.ts";

const INFO = {
  vendor: "acme",
  architecture: "",
  device: "",
  description: "",
  isFallbackAdapter: false,
};

/** What a machine without a GPU gives. */
function platform(adapter: unknown): WebgpuOptions {
  return { gpu: { requestAdapter: () => Promise.resolve(adapter) } };
}

/** What is said when opening fails. */
async function refusal(options: WebgpuOptions): Promise<string> {
  const before = defaultDevice();
  const error = await assertRejects(() => init("webgpu", options), DeviceError);
  assert(defaultDevice() === before, "the device in use stays");
  return error.message;
}

describe("opening a GPU", () => {
  it("says how to get one where there is none", async () => {
    assertEquals(
      await refusal(platform(null)),
      'Cannot open "webgpu": navigator.gpu.requestAdapter() gave no adapter, ' +
        "expected a GPU that computes: in Deno on Linux install a Vulkan " +
        "driver (Debian: mesa-vulkan-drivers), in Bun and Node install the " +
        'npm package webgpu and use await init("webgpu", { gpu: create([]) ' +
        "}), in a browser enable hardware acceleration, or use " +
        '"wasm"',
    );
  });

  it("names what has no requestAdapter", async () => {
    const message = await refusal({ gpu: {} });
    assert(
      message.startsWith(
        'Cannot open "webgpu": options.gpu has no requestAdapter, expected',
      ),
      message,
    );
    if (globalThis.navigator?.gpu !== undefined) return;
    const without = await refusal({});
    assert(
      without.startsWith(
        'Cannot open "webgpu": this runtime has no navigator.gpu, expected',
      ),
      without,
    );
  });

  it("tells why there is no adapter", async () => {
    const requestAdapter = () => Promise.reject(new TypeError("no drivers"));
    const message = await refusal({ gpu: { requestAdapter } });
    assert(
      message.startsWith(
        'Cannot open "webgpu": navigator.gpu.requestAdapter() failed (no ' +
          "drivers), expected",
      ),
      message,
    );
  });

  it("refuses a null backend", async () => {
    const info = { ...INFO, device: "null-backend" };
    const message = await refusal(platform({ info }));
    assert(
      message.startsWith(
        'Cannot open "webgpu": "acme null-backend" computes nothing (a null ' +
          "backend), expected a GPU that computes: ",
      ),
      message,
    );
  });

  it("names a feature that is missing, and those that are there", async () => {
    const features = new Set(["timestamp-query", "shader-f16"]);
    const options = {
      ...platform({ info: INFO, features }),
      requiredFeatures: ["subgroups", "shader-f16"],
    } as const;
    assertEquals(
      await refusal(options),
      'Cannot open "webgpu": "acme" has not the required subgroups but ' +
        "timestamp-query, shader-f16, expected a GPU that computes: require " +
        'less, or use "wasm"',
    );
  });

  it("tells why an adapter gives no device", async () => {
    const message = await refusal(platform({
      info: INFO,
      features: new Set(),
      limits: {},
      requestDevice: () => Promise.reject(new Error("it is taken")),
    }));
    assert(
      message.startsWith(
        'Cannot open "webgpu": "acme" gave no device (it is taken), expected',
      ),
      message,
    );
  });

  it("takes wasm by itself where there is none, and says why", async () => {
    if (globalThis.navigator?.gpu !== undefined) return;
    const before = defaultDevice();
    try {
      const info = await init("auto");
      assertEquals(info.name, "wasm");
      assert(info.reason!.includes("this runtime has no navigator.gpu"));
    } finally {
      setDefaultDevice(before);
    }
  });
});

const options = await findGpu();
if (options !== null) {
  describe("opening a GPU that is there", () => {
    it("refuses one that computes nothing", async () => {
      const message = await refusal(tamper(options, {
        pass: () => ({ dispatchWorkgroups: () => {} }),
      }));
      assert(
        / fails a small test \(it computed 0 where [\d.]+ is right\), expected /
          .test(message),
        message,
      );
    });

    it("refuses one that computes wrong, and leaves nothing on it", async () => {
      const counts = noCounts();
      const wrong = tamper(options, {
        device: (device) => ({
          createShaderModule: ({ label, code }) =>
            device.createShaderModule({
              label,
              code: code.replaceAll(" * ", " + "),
            }),
        }),
      });
      const message = await refusal(counted(wrong, counts));
      assert(message.includes(" fails a small test ("), message);
      assertEquals(counts.bytes, 0);
    });

    it("has the features that are required", async () => {
      const gpu = (options.gpu ?? navigator.gpu) as GPU;
      const [feature] = (await gpu.requestAdapter())!.features;
      const requiredFeatures = [feature as GPUFeatureName];
      const device = await openWebgpu({ ...options, requiredFeatures });
      assertEquals(device.info.name, "webgpu");
      device.dispose!();
    });

    it("takes wasm by itself where the GPU is software", async () => {
      if (globalThis.navigator?.gpu === undefined) return;
      const before = defaultDevice();
      try {
        const { name, reason } = await init("auto");
        const { isSoftware, description } = await init("webgpu", options);
        const gpu = defaultDevice();
        gpu.dispose!();
        assertEquals(name, isSoftware ? "wasm" : "webgpu");
        assertEquals(
          reason,
          isSoftware
            ? `the only GPU is software: ${description}`
            : "there is a GPU and it computes right",
        );
      } finally {
        setDefaultDevice(before);
      }
      assertEquals(tensor([1, 2]).add(1).dataSync()[0], 2);
    });
  });
}
