/**
 * Preloaded before tests, makes a GPU the default device, in a worker so that
 * it can be read at once: `deno test -A --preload tests/support/gpu_settings.ts`.
 * All tests must pass then as well. `DEVICE=wasm` takes another device there,
 * which tells what the worker changes from what the GPU does.
 */
import process from "node:process";
import { type DeviceName, setDefaultDevice } from "../../src/devices.ts";
import { openRemote } from "./remote_device.ts";

setDefaultDevice(openRemote((process.env.DEVICE ?? "webgpu") as DeviceName));
