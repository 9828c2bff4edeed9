/**
 * vodes, written as its README teaches: modules, vodes and transforms, one
 * jitted call per training step. The key chain of the random state is part of
 * the step, as in any program written that way.
 *
 * @module
 */
import { init, pxf, type Tensor, tensor } from "../../../mod.ts";
import { makeTraining, trainStep } from "../../lib/network.ts";
import type {
  Batch,
  Floats,
  Layer,
  Peer,
  Trainer,
  Workload,
} from "../lib/types.ts";

function makeTrainer(work: Workload, layers: Layer[]): Trainer {
  const { dims, batch, T } = work;
  const training = makeTraining(work, work);
  const { layers: own } = training.model;
  own.forEach(({ nn }, i) => {
    nn.weight.set(tensor(layers[i].w).reshape(dims[i + 1], dims[i]));
    nn.bias!.set(tensor(layers[i].b));
  });
  const step = pxf.jit(trainStep, { staticArgnums: 0 });
  return {
    step({ x, y }: Batch): number {
      const e = step(
        T,
        tensor(x).reshape(batch, dims[0]),
        tensor(y).reshape(batch, dims.at(-1)!),
        training,
      );
      return e.dataSync()[0];
    },
    weights: (): Layer[] =>
      own.map(({ nn }) => ({
        w: nn.weight.get().dataSync() as Floats,
        b: nn.bias!.get().dataSync() as Floats,
      })),
  };
}

/** Opens vodes on `wasm`, or `wasm-2` with so many threads. */
export async function open(variant: string): Promise<Peer> {
  const [name, threads = "1"] = variant.split("-");
  const device = await init(name as "wasm", { threads: Number(threads) });
  return {
    info: `${device.name}, ${device.description}, jitted step`,
    trainer: makeTrainer,
    matmul(n, a, b) {
      const x = tensor(a).reshape(n, n), y = tensor(b).reshape(n, n);
      const product = pxf.jit((x: Tensor, y: Tensor) => x.matmul(y));
      let last = new Float32Array(0);
      return {
        run: () => {
          last = product(x, y).dataSync() as Floats;
        },
        result: () => last,
      };
    },
  };
}
