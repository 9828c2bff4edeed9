/**
 * vodes, written as its README teaches: modules, vodes and transforms, one
 * jitted call per training step. The key chain of the random state is part of
 * the step, as in any program written that way.
 *
 * @module
 */
import {
  type DeviceInfo,
  init,
  pxf,
  type Tensor,
  tensor,
} from "../../../mod.ts";
import { lookForGpu } from "../../../tests/support/gpu.ts";
import { makeTraining, trainStep } from "../../lib/network.ts";
import { AbsentError } from "../lib/protocol.ts";
import type {
  Batch,
  Floats,
  Layer,
  Peer,
  Pending,
  Trainer,
  Workload,
} from "../lib/types.ts";

/** What a step gives, once it is there: at once unless it is on a GPU. */
type Read = (x: Tensor) => Floats | Promise<Floats>;

const readAtOnce: Read = (x) => x.dataSync() as Floats;
const readLater: Read = async (x) => await x.data() as Floats;

function makeTrainer(work: Workload, layers: Layer[], read: Read): Trainer {
  const { dims, batch, T } = work;
  const training = makeTraining(work, work);
  const { layers: own } = training.model;
  own.forEach(({ nn }, i) => {
    nn.weight.set(tensor(layers[i].w).reshape(dims[i + 1], dims[i]));
    nn.bias!.set(tensor(layers[i].b));
  });
  const jitted = pxf.jit(trainStep, { staticArgnums: 0 });
  const start = ({ x, y }: Batch): Tensor =>
    jitted(
      T,
      tensor(x).reshape(batch, dims[0]),
      tensor(y).reshape(batch, dims.at(-1)!),
      training,
    );
  return {
    step(batch: Batch): number | Promise<number> {
      const e = read(start(batch));
      return e instanceof Promise ? e.then(([value]) => value) : e[0];
    },
    start(batch: Batch): Pending {
      const e = start(batch);
      return { read: async () => (await e.data())[0], drop: () => {} };
    },
    weights: (): Promise<Layer[]> =>
      Promise.all(own.map(async ({ nn }) => ({
        w: await read(nn.weight.get()),
        b: await read(nn.bias!.get()),
      }))),
  };
}

/** Opens the device of a variant. */
async function openDevice(variant: string): Promise<DeviceInfo> {
  const [name, threads = "1"] = variant.split("-");
  if (name !== "webgpu") {
    return await init(name as "wasm", { threads: Number(threads) });
  }
  const found = await lookForGpu();
  if ("why" in found) throw new AbsentError(found.why);
  return await init("webgpu", found.options);
}

/** Opens vodes on `wasm`, on `wasm-2` with so many threads, or on `webgpu`. */
export async function open(variant: string): Promise<Peer> {
  const device = await openDevice(variant);
  const read = device.name === "webgpu" ? readLater : readAtOnce;
  return {
    info: `${device.name}, ${device.description}, jitted step`,
    trainer: (work, layers) => makeTrainer(work, layers, read),
    matmul(n, a, b) {
      const x = tensor(a).reshape(n, n), y = tensor(b).reshape(n, n);
      const product = pxf.jit((x: Tensor, y: Tensor) => x.matmul(y));
      let last: Floats = new Float32Array(0);
      return {
        run: () => {
          const c = read(product(x, y));
          if (!(c instanceof Promise)) last = c;
          else return c.then((data) => void (last = data));
        },
        result: () => last,
      };
    },
  };
}
