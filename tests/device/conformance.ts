/**
 * What every device must do, checked on hand-made Plans: the same as the
 * reference device, at sizes around the width of vectors, for every way in
 * which a Plan can address memory.
 */
import { describe } from "node:test";
import type { Device } from "../../src/device/device.ts";
import { conformAddressing } from "./conformance_addressing.ts";
import { conformElementwise } from "./conformance_elementwise.ts";
import { conformIndexing, conformOthers } from "./conformance_indexing.ts";
import { conformLoops } from "./conformance_loops.ts";
import { conformMemory } from "./conformance_memory.ts";
import { conformProducts, conformReductions } from "./conformance_sums.ts";
import { conformWindows } from "./conformance_windows.ts";
import { conformWinograd } from "./conformance_winograd.ts";

/** All checks of a device that `open` opens. */
export function conformDevice(name: string, open: () => Device): void {
  describe(`device ${name}`, () => {
    conformElementwise(open);
    conformAddressing(open);
    conformReductions(open);
    conformProducts(open);
    conformIndexing(open);
    conformOthers(open);
    conformWindows(open);
    conformWinograd(open);
    conformLoops(open);
    conformMemory(open);
  });
}
