/**
 * A device in a worker is a device like any other. Deno starts a worker from a
 * file only if it may read it: `deno test -A`.
 */
import { conformMemory } from "../device/conformance_memory.ts";
import { declareSuite } from "../device/suite.ts";
import { openRemote } from "./remote_device.ts";

/** Why there can be no worker here; null if there can. */
function obstacle(): string | null {
  try {
    openRemote("reference");
    return null;
  } catch (error) {
    if (error instanceof Error && error.name === "NotCapable") {
      return error.message;
    }
    throw error;
  }
}

const why = obstacle();
if (why !== null) {
  console.log(`Tests of devices in workers are skipped: ${why}`);
} else {
  for (const name of ["reference", "wasm"] as const) {
    const open = () => openRemote(name);
    declareSuite({ name: `${name} in a worker`, open }, conformMemory);
  }
}
