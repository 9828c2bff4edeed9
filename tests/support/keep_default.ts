/** Tests that use another device leave the default one as it was. */
import { dispose, px } from "../../mod.ts";
import { defaultDevice, setDefaultDevice } from "../../src/devices.ts";

/**
 * Runs `body`, disposes what it has opened, and takes the device from before;
 * `px.RKG` starts again, since its key may have been there.
 */
export async function keepDefault(body: () => Promise<void>): Promise<void> {
  const before = defaultDevice();
  try {
    await body();
  } finally {
    if (defaultDevice() !== before) dispose();
    setDefaultDevice(before);
    px.RKG.seed();
  }
}
