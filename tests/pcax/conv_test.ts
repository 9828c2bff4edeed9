/**
 * A convolutional network against pcax: three training steps of predictive
 * coding with AdamW and with SGD, and of incremental predictive coding.
 */
import { describe } from "node:test";
import { jnp, optax, type Tensor } from "../../mod.ts";
import ipc from "../goldens/conv_ipc.json" with { type: "json" };
import adamw from "../goldens/conv_pc.json" with { type: "json" };
import sgd from "../goldens/conv_pc_sgd.json" with { type: "json" };
import { loadGolden } from "../support/npz.ts";
import { onReferenceToo } from "../support/on_devices.ts";
import { follow } from "../support/pc_golden.ts";
import { Vgg } from "../support/vgg_model.ts";

/** A rate that grows for `warmup` steps and then falls along a cosine. */
function warmupCosine(warmup: number, decay: number) {
  const [init, peak, end] = [1e-3, 1.1e-3, 1e-4];
  return (count: Tensor): Tensor => {
    const t = count.astype("f32");
    const rising = t.mul((peak - init) / warmup).add(init);
    const done = jnp.minimum(t.sub(warmup).div(decay - warmup), 1);
    const cosine = jnp.cos(done.mul(Math.PI)).add(1).mul((peak - end) / 2);
    return jnp.where(t.less(warmup), rising, cosine.add(end));
  };
}

const RUNS = {
  "AdamW": {
    file: adamw,
    optimH: optax.sgd(0.05, { momentum: 0.3 }),
    optimW: optax.adamw(warmupCosine(3, 30), { weightDecay: 6e-3 }),
  },
  "AdamW and every inference step learning": {
    file: ipc,
    optimH: optax.sgd(0.05, { momentum: 0.3 }),
    optimW: optax.adamw(warmupCosine(18, 180), { weightDecay: 6e-3 }),
  },
  "SGD": {
    file: sgd,
    optimH: optax.sgd(0.15, { momentum: 0.3 }),
    optimW: optax.sgd(0.02, { momentum: 0.9 }),
  },
};

/** What pcax's model calls its layers. */
const rename = (path: string) =>
  path.replace(".features", ".feature_layers")
    .replace(".classifier", ".classifier_layers[0][0]");

for (const [name, { file, optimH, optimW }] of Object.entries(RUNS)) {
  describe(`a convolutional network with ${name}`, () => {
    onReferenceToo("follows pcax for three steps", async () => {
      const { classes } = file.meta;
      await follow(await loadGolden(file), {
        run: file.meta,
        sample: [3, 8, 8],
        make: () => new Vgg({ channels: [3, 6, 8], size: 8, classes }),
        optimH,
        optimW,
        rename,
      });
    });
  });
}
