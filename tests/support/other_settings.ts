/**
 * Preloaded before tests, makes the default device what it is not by default:
 * `deno test --preload tests/support/other_settings.ts`. All tests must pass
 * then as well.
 */
import { openDevice, setDefaultDevice } from "../../src/devices.ts";

setDefaultDevice(
  openDevice("wasm", { finiteMath: true, variant: "plain", threads: 2 }),
);
