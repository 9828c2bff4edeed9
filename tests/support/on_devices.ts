/** Tests that run on the default device and, small as they are, on reference. */
import { it } from "node:test";
import {
  defaultDevice,
  openDevice,
  setDefaultDevice,
} from "../../src/devices.ts";
import { px } from "../../mod.ts";

/** bun test gives a test five seconds otherwise, which software GPUs exceed. */
const LONG = { timeout: 600_000 };

/** Declares a test on the default device. */
export function onDefault(name: string, body: () => Promise<void>): void {
  it(name, LONG, body);
}

/** Declares a test on the default device, and again on reference. */
export function onReferenceToo(name: string, body: () => Promise<void>): void {
  it(name, LONG, body);
  it(`${name}, on reference`, LONG, async () => {
    const device = defaultDevice();
    setDefaultDevice(openDevice("reference"));
    px.RKG.seed();
    try {
      await body();
    } finally {
      setDefaultDevice(device);
      // Its key may be where the test ran.
      px.RKG.seed();
    }
  });
}
