/**
 * Moving tensors and params between devices.
 *
 * @module
 */
import { DeviceError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import { isTreeNode, partsOf } from "../base/tree.ts";
import { HostStorage } from "../device/device.ts";
import { defaultDevice, type DeviceName, isDeviceName } from "../devices.ts";
import { Tensor } from "../numpy/tensor.ts";
import { Value } from "../transform/trace.ts";
import { DynamicParam } from "./param.ts";

/** What is done with a tensor that is moved. */
type Move = (x: Tensor) => Promise<Tensor>;

/**
 * Takes the elements of all params in `trees` off their device, so that they
 * follow the next call wherever it runs.
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
  await moveAll(trees, toHostMemory);
}

/**
 * Moves tensors to a device: those of params (models, optimizers, `px.RKG`) in
 * place, others as the copies in the tree that is returned. Use it after
 * choosing another device with `init`; what is on the host, as everything is
 * that was made from data, goes where it is used by itself.
 *
 * @param tree A tensor, module, optimizer, or arrays and plain objects of them.
 * @param device Where to: the device in use, or `"host"`.
 * @returns The tree, with other tensors where it held tensors itself.
 * @throws {DeviceError} If `device` is not the one in use.
 * @example
 * ```ts
 * import { init, px, pxnn, tensor } from "@vodes/vodes";
 * const layer = new pxnn.Linear(2, 3);
 * await init("reference");
 * const [x] = await px.devicePut([tensor([1, 2]), layer], "reference");
 * ```
 * @see `jax.device_put`
 */
export async function devicePut<T>(
  tree: T,
  device: DeviceName | "host",
): Promise<T> {
  if (device === "host") return await moveAll(tree, toHostMemory) as T;
  if (!isDeviceName(device)) {
    throw new DeviceError(
      `Cannot put tensors on "${device}": there is no such device, expected ` +
        '"wasm", "webgpu", "reference" or "host": correct the name',
    );
  }
  const target = defaultDevice();
  const { name } = target.info;
  if (device !== name) {
    throw new DeviceError(
      `Cannot put tensors on "${device}": "${name}" is in use, expected the ` +
        `device in use: call await init("${device}") first`,
    );
  }
  return await moveAll(tree, async (x) => {
    const { aval, storage } = x.value;
    if (storage === null) return x;
    const data = new HostStorage(await storage.read());
    return new Tensor(
      new Value(aval, target.persist(data, aval.dtype, sizeOf(aval.shape))),
    );
  }) as T;
}

async function toHostMemory(x: Tensor): Promise<Tensor> {
  const { aval, storage } = x.value;
  if (storage === null || storage.device === "host") return x;
  return new Tensor(new Value(aval, new HostStorage(await storage.read())));
}

/**
 * Moves the params of a tree in place, and the tensors outside them. Params
 * change only when all that is moved has arrived.
 */
async function moveAll(tree: unknown, move: Move): Promise<unknown> {
  const moved = new Map<DynamicParam, Promise<unknown>>();
  const visit = async (x: unknown): Promise<unknown> => {
    if (x instanceof Tensor) return await move(x);
    if (x instanceof DynamicParam) {
      if (!moved.has(x)) {
        const value = visit(DynamicParam.peek(x));
        moved.set(x, value);
        await value;
      }
      return x;
    }
    const parts = partsOf(x);
    if (parts === null) return x;
    const children = await Promise.all(parts.children.map(visit));
    // A module stays itself: its params are moved in place.
    return isTreeNode(x) ? x : parts.rebuild(children);
  };
  const result = await visit(tree);
  for (const [param, value] of moved) DynamicParam.put(param, await value);
  return result;
}
