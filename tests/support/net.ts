/**
 * The network on which pcax's masks, paths and files were recorded: see
 * `masks`, `repr_net` and `npz_keys` in vode_rules.json.
 */
import {
  BaseModule,
  Param,
  RandomKeyGenerator,
  StaticParam,
} from "../../src/core/mod.ts";
import { Layer, LayerParam, LayerState, Linear } from "../../src/nn/mod.ts";
import { ones, type Tensor, zeros } from "../../src/numpy/mod.ts";
import { EnergyModule, Vode } from "../../src/predictive_coding/mod.ts";

/** Weights as a LayerNorm of three features has them. */
class Affine extends BaseModule<[Tensor], Tensor> {
  weight = new LayerParam(ones([3]));
  bias = new LayerParam(zeros([3]));
  override call(x: Tensor): Tensor {
    return x.mul(this.weight).add(this.bias);
  }
}

/** Two Linears, a third layer, two Vodes and two further params. */
export class Net extends EnergyModule<[Tensor], Tensor> {
  act: StaticParam<string>;
  l1: Linear;
  l2: Linear;
  ls: Layer<[Tensor], Tensor, Affine>;
  vodes: Vode[];
  extra: Param;
  state: LayerState;

  constructor(rkg: RandomKeyGenerator = new RandomKeyGenerator(0)) {
    super();
    this.act = new StaticParam("tanh");
    this.l1 = new Linear(2, 3, { rkg });
    this.l2 = new Linear(3, 2, { bias: false, rkg });
    this.ls = new Layer(new Affine());
    this.vodes = [new Vode([3]), new Vode([2])];
    this.extra = new Param(ones([1]));
    this.state = new LayerState(zeros([2]));
    this.vodes[1].h.frozen = true;
    this.l2.nn.weight.tag = 2;
  }

  override call(x: Tensor): Tensor {
    const [hidden, output] = this.vodes;
    return output(this.l2(hidden(this.ls(this.l1(x)))));
  }
}
