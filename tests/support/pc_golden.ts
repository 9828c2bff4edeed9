/**
 * Training any network with vodes beside the run of pcax that was recorded:
 * predictive coding, with or without nudging, and incremental (iPC), where
 * every inference step changes the weights too.
 */
import {
  jax,
  jnp,
  lax,
  type optax,
  px,
  pxc,
  pxf,
  pxnn,
  pxu,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { assertEquals } from "@std/assert";
import type { Golden } from "./npz.ts";

/** A network of the golden runs; a target of null is none. */
export type Net =
  & pxc.EnergyModule<[x: Tensor, y: Tensor | null], Tensor>
  & { vodes: pxc.Vode[] };

/** How a golden run was made; the `meta` of its file. */
export interface Run {
  readonly seed: number;
  readonly batch: number;
  readonly T: number;
  readonly steps: number;
  readonly ipc: boolean;
  readonly beta: number;
  readonly classes: number;
}

/** Tensors by pcax's path of their param. */
export type ByPath = [path: string, value: Tensor][];

/** What a training step hands out. */
export interface Record {
  /** Energies of the passes; the last one is the weight step, but in iPC. */
  e: Tensor[];
  /** Per pass and vode, the energies of the samples. */
  E: Tensor[][];
  /** Per moment (after init, after each inference step) and vode, h. */
  h: Tensor[][];
  /** Output after init, and at the last pass. */
  y: Tensor[];
  /** Weight gradients, in iPC of the first pass. */
  gradients: ByPath;
  /** In iPC, the weights after each pass. */
  weights: ByPath[];
}

/** The tracked arguments of a training step. */
export interface State {
  [name: string]: unknown;
  model: Net;
  optimW: pxu.Optim;
  optimH: pxu.Optim;
}

type Of = { model: Net };

const mask = new pxu.Mask([pxc.VodeParam, pxc.VodeParam.Cache], [null, 0]);
const clearParams = pxc.VodeParam.Cache;

/** A pass over a batch. */
export const forward = pxf.vmap(
  (x: Tensor, y: Tensor | null, { model }: Of) => model(x, y),
  { mask, inAxes: [0, 0], outAxes: 0 },
);

/** Mean energy, output, and the energies of each vode. */
export const energy = pxf.vmap(
  (x: Tensor, { model }: Of): [Tensor, Tensor, Tensor[]] => {
    const y = model(x, null);
    const total = lax.pmean(model.energy().sum(), "batch");
    return [total, y, model.vodes.map((vode) => vode.energy())];
  },
  { mask, inAxes: [0], outAxes: [null, 0, 0], axisName: "batch" },
);

const free = pxu.m(pxc.VodeParam).hasNot({ frozen: true });
const of = (filter: pxu.Filter) =>
  pxf.valueAndGrad(energy, {
    mask: new pxu.Mask(filter, [false, true]),
    hasAux: true,
  });
const ofStates = of(free);
const ofWeights = of(pxnn.LayerParam);
const ofBoth = of(free.or(pxnn.LayerParam));

/** The weights of a model, or of a tree of gradients, by pcax's paths. */
export function weightsOf(tree: unknown, rename: Rename): ByPath {
  return px.paramsOf(tree).flatMap(({ path, param }) =>
    param instanceof pxnn.LayerParam ? [[rename(path), param.get()]] : []
  );
}

/** Our path of a param to pcax's. */
export type Rename = (path: string) => string;

/** A jitted training step of a run. */
export function makeStep(
  { T, ipc, beta }: Run,
  rename: Rename,
): (x: Tensor, y: Tensor, state: State) => Record {
  return pxf.jit((x: Tensor, y: Tensor, state: State): Record => {
    const { model, optimW, optimH } = state;
    const record: Record = {
      e: [],
      E: [],
      h: [],
      y: [],
      gradients: [],
      weights: [],
    };
    const states = () => record.h.push(model.vodes.map((v) => v.h.get()));
    const pass = (differentiate: typeof ofStates, learn: boolean): void => {
      pxu.step(model, null, { clearParams }, () => {
        const [[e, out, each], g] = differentiate(x, { model });
        record.e.push(e);
        record.E.push(each);
        record.y[1] = out;
        if (differentiate !== ofWeights) {
          optimH.step(model, g.model, { scaleByBatchSize: true });
          states();
        }
        if (!learn) return;
        const gradients = weightsOf(g.model, rename);
        if (record.gradients.length === 0) record.gradients = gradients;
        optimW.step(model, g.model, { scaleBy: 1 / beta });
        if (ipc) record.weights.push(weightsOf(model, rename));
      });
    };
    pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
      record.y.push(forward(x, y, { model }));
    });
    states();
    for (let t = 0; t < T; t++) pass(ipc ? ofBoth : ofStates, ipc);
    if (!ipc) pass(ofWeights, true);
    return record;
  });
}

/** What {@link follow} needs besides the golden file. */
export interface Following {
  readonly run: Run;
  /** Shape of one sample. */
  readonly sample: readonly number[];
  /** Makes the model, with weights from `px.RKG`. */
  readonly make: () => Net;
  readonly optimH: optax.GradientTransformation;
  readonly optimW: optax.GradientTransformation;
  readonly rename?: Rename;
}

/** Checks tensors, all read in one tick. */
export async function assertAll(
  golden: Golden,
  step: number,
  list: readonly (readonly [name: string, value: Tensor])[],
): Promise<void> {
  const data = await Promise.all(list.map(([, x]) => x.data()));
  list.forEach(([name], i) => {
    // Arrays of one kind: `step1/grad.layers[0].nn.bias`, `step1/E0`.
    const kind = /^[A-Za-z_]+/.exec(name)![0];
    const family = new RegExp(`^step${step}/${kind}([.\\d]|$)`);
    golden.assertClose(`step${step}/${name}`, data[i], family);
  });
}

/** Trains, and compares everything that was recorded. */
export async function follow(
  golden: Golden,
  { run, sample, make, optimH, optimW, rename = (path) => path }: Following,
): Promise<void> {
  px.RKG.seed(run.seed);
  const model = make();
  pxu.step(model, pxc.STATUS.INIT, { clearParams }, () => {
    forward(jnp.zeros([run.batch, ...sample]), null, { model });
  });
  const state: State = {
    model,
    optimH: new pxu.Optim(optimH),
    optimW: new pxu.Optim(optimW, new pxu.Mask(pxnn.LayerParam).apply(model)),
  };
  for (const [path, w] of weightsOf(model, rename)) {
    golden.assertClose(`init/${path}`, await w.data());
  }
  const step = makeStep(run, rename);
  const [X, labels] = [golden.values("X"), golden.values("y")];
  const size = X.length / run.steps, { batch } = run;
  const inputs = (s: number) =>
    tensor(Float32Array.from(X.slice(s * size, (s + 1) * size)))
      .reshape(batch, ...sample);
  for (let s = 0; s < run.steps; s++) {
    // States begin without momentum at every step.
    state.optimH.init(new pxu.Mask(free).apply(model));
    const classes = Int32Array.from(labels.slice(s * batch, (s + 1) * batch));
    const y = jax.nn.oneHot(tensor(classes), run.classes);
    const record = step(inputs(s), y, state);
    const perVode = (name: string, passes: Tensor[][]) =>
      model.vodes.map((_, i): [string, Tensor] => [
        `${name}${i}`,
        jnp.stack(passes.map((each) => each[i])),
      ]);
    await assertAll(golden, s + 1, [
      ["e", jnp.stack(record.e)],
      ["y_init", record.y[0]],
      ["y_final", record.y[1]],
      ...perVode("E", record.E),
      ...s > 0 ? [] : perVode("h", record.h),
      ...record.gradients.map(([path, g]) => [`grad${path}`, g] as const),
      ...weightsOf(model, rename).map(([path, w]) => [`w${path}`, w] as const),
      ...s > 0 || !run.ipc ? [] : record.weights[0].map(([path], i) =>
        [
          `w_t${path}`,
          jnp.stack(record.weights.map((each) => each[i][1])),
        ] as const
      ),
    ]);
  }
  const logits = pxu.step(
    model,
    pxc.STATUS.INIT,
    { clearParams },
    () => forward(inputs(0), null, { model }),
  );
  golden.assertClose("eval_logits", await logits.data());
  assertEquals(golden.unchecked(), ["X", "y"]);
}
