/**
 * The public names of pcax 0.6.1 and of pcx 0.6.3, what they are called here,
 * and the file of tests that says whether they do what they should.
 *
 * @module
 */

/** One name. */
export interface PcaxName {
  /** Its name there. */
  readonly pcax: string;
  /** Its name here; a member after the last dot. */
  readonly ours: string;
  /** Where it is tested, below `tests/`. */
  readonly test: string;
  /** What differs. */
  readonly note?: string;
}

const name = (
  pcax: string,
  ours: string,
  test: string,
  note?: string,
): PcaxName =>
  note === undefined ? { pcax, ours, test } : {
    pcax,
    ours,
    test,
    note,
  };

const PX: readonly PcaxName[] = [
  name("px.BaseModule", "px.BaseModule", "core/trees_test.ts"),
  name("px.Module", "px.Module", "core/trees_test.ts"),
  name("px.Module.MODE", "px.Module.MODE", "core/trees_test.ts"),
  name("px.BaseParam", "px.BaseParam", "core/param_test.ts"),
  name("px.Param", "px.Param", "core/param_test.ts"),
  name("px.ParamDict", "px.ParamDict", "core/param_test.ts"),
  name("px.ParamCache", "px.ParamCache", "core/param_test.ts"),
  name("px.StaticParam", "px.StaticParam", "core/param_test.ts"),
  name("px.DynamicParam", "px.DynamicParam", "utils/mask_test.ts"),
  name("px.static", "px.static", "core/param_test.ts"),
  name("px.get", "px.get", "core/param_test.ts"),
  name("px.set", "px.set", "core/param_test.ts"),
  name("px.RKG", "px.RKG", "core/random_key_test.ts"),
  name("px.RKGState", "px.RKGState", "core/random_key_test.ts"),
  name(
    "px.RandomKeyGenerator",
    "px.RandomKeyGenerator",
    "core/random_key_test.ts",
  ),
  name("px.tree_apply", "px.treeApply", "core/trees_test.ts"),
  name("px.tree_ref", "px.treeRef", "core/trees_test.ts"),
  name("px.tree_unref", "px.treeUnref", "core/trees_test.ts"),
  name("px.tree_extract", "px.treeExtract", "core/trees_test.ts"),
  name("px.tree_inject", "px.treeInject", "core/trees_test.ts"),
];

const PXF: readonly PcaxName[] = [
  name("pxf.jit", "pxf.jit", "functional/retrace_test.ts"),
  name("pxf.vmap", "pxf.vmap", "functional/vmap_test.ts"),
  name(
    "pxf.value_and_grad",
    "pxf.valueAndGrad",
    "functional/value_and_grad_test.ts",
    "auxiliary values come flat: `[[loss, a, b], grads]`",
  ),
  name("pxf.scan", "pxf.scan", "functional/scan_test.ts"),
  name(
    "pxf.while_loop",
    "pxf.whileLoop",
    "functional/flow_test.ts",
    "takes `maxSteps`, which webgpu needs",
  ),
  name("pxf.cond", "pxf.cond", "functional/flow_test.ts"),
  name("pxf.switch", "pxf.switch", "functional/flow_test.ts"),
];

const PXC: readonly PcaxName[] = [
  name(
    "pxc.zero_energy",
    "pxc.zeroEnergy",
    "predictive_coding/energies_test.ts",
    "has the shape of `h`",
  ),
  name("pxc.se_energy", "pxc.seEnergy", "predictive_coding/energies_test.ts"),
  name("pxc.ce_energy", "pxc.ceEnergy", "predictive_coding/energies_test.ts"),
  name(
    "pxc.EnergyModule",
    "pxc.EnergyModule",
    "predictive_coding/vode_test.ts",
  ),
  name(
    "EnergyModule.energy",
    "pxc.EnergyModule.prototype.energy",
    "predictive_coding/vode_test.ts",
    "0 without vodes",
  ),
  name(
    "EnergyModule.clear_params",
    "pxc.EnergyModule.prototype.clearParams",
    "predictive_coding/vode_test.ts",
  ),
  name("pxc.VodeParam", "pxc.VodeParam", "predictive_coding/vode_test.ts"),
  name(
    "pxc.VodeParam.Cache",
    "pxc.VodeParam.Cache",
    "predictive_coding/vode_test.ts",
  ),
  name("pxc.STATUS", "pxc.STATUS", "pcax/decoder_test.ts"),
  name("pxc.Vode", "pxc.Vode", "predictive_coding/vode_rules_test.ts"),
  name("Vode.get", "pxc.Vode.prototype.get", "predictive_coding/vode_test.ts"),
  name("Vode.set", "pxc.Vode.prototype.set", "predictive_coding/vode_test.ts"),
  name(
    "Vode.energy",
    "pxc.Vode.prototype.energy",
    "predictive_coding/vode_test.ts",
  ),
  name("pxc.Ruleset", "pxc.Ruleset", "predictive_coding/ruleset_test.ts"),
];

const layer = (pcax: string, ours = pcax, test = "nn/layers_test.ts") =>
  name(`pxnn.${pcax}`, `pxnn.${ours}`, test);
const windowed = (pcax: string, ours = pcax) =>
  layer(pcax, ours, "nn/windows_test.ts");
const behaves = (pcax: string, ours = pcax) =>
  layer(pcax, ours, "nn/behaviour_test.ts");

const PXNN: readonly PcaxName[] = [
  layer("LayerParam"),
  layer("LayerState"),
  layer("Layer", "Layer", "nn/linear_test.ts"),
  layer("shared", "shared", "nn/shared_test.ts"),
  layer("Linear"),
  layer("LayerNorm"),
  windowed("Conv"),
  windowed("Conv2d"),
  windowed("ConvTranspose"),
  windowed("MaxPool2d"),
  windowed("AvgPool2d"),
  windowed("AdaptiveAvgPool2d"),
  windowed("AdaptiveMaxPool2d"),
  layer("Pool"),
  layer("Dropout"),
  layer("BatchNorm"),
];

const EQUINOX: readonly PcaxName[] = [
  layer("GroupNorm"),
  layer("RMSNorm"),
  layer("Embedding"),
  layer("GRUCell"),
  layer("LSTMCell"),
  layer("MultiheadAttention"),
  behaves("Sequential"),
  behaves("Lambda"),
  behaves("Identity"),
  behaves("MLP"),
  behaves("PReLU"),
  windowed("Conv1d"),
  windowed("Conv3d"),
  windowed("MaxPool1d"),
  windowed("MaxPool3d"),
  windowed("AvgPool1d"),
  windowed("AvgPool3d"),
].map((n) => ({ ...n, pcax: n.pcax.replace("pxnn.", "eqx.nn.") }));

const PXU: readonly PcaxName[] = [
  name("pxu.Mask", "pxu.Mask", "utils/mask_test.ts"),
  name("pxu.m", "pxu.m", "utils/mask_algebra_test.ts"),
  name("pxu.M", "pxu.M", "utils/mask_algebra_test.ts"),
  name("pxu.M_is", "pxu.mIs", "utils/mask_algebra_test.ts"),
  name("pxu.M_has", "pxu.mHas", "utils/mask_algebra_test.ts"),
  name("pxu.M_hasnot", "pxu.mHasNot", "utils/mask_algebra_test.ts"),
  name("pxu.step", "pxu.step", "utils/step_test.ts"),
  name("pxu.Optim", "pxu.Optim", "utils/optim_test.ts"),
  name("pxu.OptimTree", "pxu.OptimTree", "utils/optim_tree_test.ts"),
  name("pxu.save_params", "pxu.saveParams", "utils/serialisation_test.ts"),
  name("pxu.load_params", "pxu.loadParams", "utils/serialisation_test.ts"),
];

const optimiser = (there: string) =>
  name(`optax.${there}`, camel(there), "optim/optimizers_test.ts");
const schedule = (there: string) =>
  name(`optax.${there}`, camel(there), "optim/schedules_test.ts");
const loss = (there: string) =>
  name(`optax.${there}`, camel(there), "optim/losses_test.ts");
const camel = (there: string) =>
  `optax.${there.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase())}`;

const OPTAX: readonly PcaxName[] = [
  ..."sgd adam adamw nadam nadamw adamax adamaxw amsgrad adabelief radam yogi"
    .split(" ").map(optimiser),
  ..."adan novograd rmsprop adagrad adadelta lion lamb lars fromage sm3 rprop"
    .split(" ").map(optimiser),
  optimiser("sign_sgd"),
  name("optax.noisy_sgd", "optax.noisySgd", "optim/wrappers_test.ts"),
  name("optax.add_noise", "optax.addNoise", "optim/wrappers_test.ts"),
  ..."chain clip clip_by_global_norm clip_by_block_rms add_decayed_weights"
    .split(" ").map(optimiser),
  ..."scale scale_by_adam scale_by_schedule trace ema centralize".split(" ")
    .map(optimiser),
  ..."normalize_by_update_norm apply_every set_to_zero zero_nans".split(" ")
    .map(optimiser),
  ..."keep_params_nonnegative masked apply_updates".split(" ").map(optimiser),
  name(
    "optax.multi_transform",
    "optax.multiTransform",
    "optim/optimizers_test.ts",
  ),
  name("optax.MultiSteps", "optax.multiSteps", "optim/optimizers_test.ts"),
  name(
    "optax.inject_hyperparams",
    "optax.injectHyperparams",
    "optim/wrappers_test.ts",
  ),
  ..."constant_schedule cosine_decay_schedule exponential_decay".split(" ")
    .map(schedule),
  ..."linear_schedule polynomial_schedule piecewise_constant_schedule"
    .split(" ").map(schedule),
  ..."piecewise_interpolate_schedule warmup_constant_schedule".split(" ")
    .map(schedule),
  ..."warmup_cosine_decay_schedule warmup_exponential_decay_schedule"
    .split(" ").map(schedule),
  ..."cosine_onecycle_schedule linear_onecycle_schedule join_schedules"
    .split(" ").map(schedule),
  schedule("sgdr_schedule"),
  ..."squared_error l2_loss huber_loss log_cosh cosine_similarity".split(" ")
    .map(loss),
  ..."cosine_distance sigmoid_binary_cross_entropy softmax_cross_entropy"
    .split(" ").map(loss),
  loss("softmax_cross_entropy_with_integer_labels"),
  ..."hinge_loss kl_divergence smooth_labels poisson_nll_loss".split(" ")
    .map(loss),
];

/** All names by what they belong to. */
export const NAMES: Readonly<Record<string, readonly PcaxName[]>> = {
  "px": PX,
  "pxf": PXF,
  "pxc": PXC,
  "pxnn": PXNN,
  "equinox, by pxnn.Layer there": EQUINOX,
  "pxu": PXU,
  "optax": OPTAX,
};
