/**
 * What every device must do, checked on hand-made Plans: the same as the
 * reference device, at sizes around the width of vectors, for every way in
 * which a Plan can address memory.
 */
import { conformAddressing } from "./conformance_addressing.ts";
import { conformBroadcasting } from "./conformance_broadcasting.ts";
import { conformElementwise } from "./conformance_elementwise.ts";
import { conformFlow } from "./conformance_flow.ts";
import { conformIndexing, conformOthers } from "./conformance_indexing.ts";
import { conformLoops } from "./conformance_loops.ts";
import { conformMemory } from "./conformance_memory.ts";
import { conformProducts } from "./conformance_products.ts";
import { conformReductions } from "./conformance_reductions.ts";
import { conformSpecialSums } from "./conformance_special_sums.ts";
import { conformSpecials } from "./conformance_specials.ts";
import { conformWindows } from "./conformance_windows.ts";
import { conformWinograd } from "./conformance_winograd.ts";
import { conformSorting } from "./conformance_sorting.ts";
import type { Suite } from "./declare.ts";

/** All checks of a device. */
export function conform(suite: Suite): void {
  conformElementwise(suite);
  conformSpecials(suite);
  conformSpecialSums(suite);
  conformAddressing(suite);
  conformBroadcasting(suite);
  conformReductions(suite);
  conformProducts(suite);
  conformIndexing(suite);
  conformOthers(suite);
  conformSorting(suite);
  conformWindows(suite);
  conformWinograd(suite);
  conformLoops(suite);
  conformFlow(suite);
  conformMemory(suite);
}
