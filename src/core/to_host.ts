/**
 * Moving params between devices.
 *
 * @module
 */
import { HostStorage } from "../device/device.ts";
import { Tensor } from "../numpy/tensor.ts";
import { Value } from "../transform/trace.ts";
import { partsOf } from "../base/tree.ts";
import { DynamicParam } from "./param.ts";

/**
 * Takes the elements of all params in `trees` off their device, so that they
 * follow the next call wherever it runs. Pass the model, the optimizers and
 * `px.RKG` after choosing another device with `init`.
 *
 * @example
 * ```ts
 * import { init, px, pxnn } from "@vodes/vodes";
 * const layer = new pxnn.Linear(2, 3);
 * await init("reference");
 * await px.toHost(layer, px.RKG);
 * ```
 */
export async function toHost(...trees: unknown[]): Promise<void> {
  const params = new Set<DynamicParam>();
  const collect = (x: unknown): void => {
    if (x instanceof DynamicParam) params.add(x);
    else partsOf(x)?.children.forEach(collect);
  };
  trees.forEach(collect);
  for (const param of params) {
    DynamicParam.put(param, await moved(DynamicParam.peek(param)));
  }
}

async function moved(x: unknown): Promise<unknown> {
  if (x instanceof Tensor) {
    const { aval, storage } = x.value;
    if (storage === null || storage.device === "host") return x;
    return new Tensor(new Value(aval, new HostStorage(await storage.read())));
  }
  const parts = partsOf(x);
  if (parts === null) return x;
  return parts.rebuild(await Promise.all(parts.children.map(moved)));
}
