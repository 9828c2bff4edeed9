/**
 * A convolution, a pool, and the gradients of both, as a Program.
 */
import { Builder, type Program } from "../../src/ir/program.ts";
import { Ops } from "../../src/transform/ops.ts";
import { gradientInto } from "../../src/transform/vjp.ts";

/** Sizes of {@link convStep}. */
export interface ConvStep {
  readonly batch: number;
  readonly features: number;
  readonly outs: number;
  readonly size: number;
  readonly window: number;
  readonly stride: number;
}

/** The sum of pooled and squared outputs, and its gradients. */
export function convStep(
  { batch, features, outs, size, window, stride }: ConvStep,
): Program {
  const both = (n: number) => [n, n];
  const sliding = (stride: number, pad: number) => ({
    strides: both(stride),
    dilation: both(1),
    lo: both(pad),
    hi: both(pad),
    inner: both(0),
  });
  const f32 = (...shape: number[]) => ({ dtype: "f32", shape }) as const;
  const avals = [
    f32(batch, features, size, size),
    f32(outs, features, window, window),
  ];
  const b = new Builder();
  const o = new Ops(b);
  const [x, w] = avals.map((aval) => b.input(aval));
  const y = o.bind("conv", [x, w], {
    ...sliding(stride, window >> 1),
    groups: 1,
    batchGroups: 1,
    outsFirst: false,
  });
  const pooled = o.bind("reduceWindow", [y], {
    ...sliding(2, 0),
    op: "max",
    window: both(2),
  });
  const total = o.sum(o.unary("square", pooled), [0, 1, 2, 3]);
  const program = b.build([total, y]);
  const target = new Builder();
  const inputs = avals.map((aval) => target.input(aval));
  const wrt = [true, true];
  const { outputs, gradients } = gradientInto(target, program, inputs, wrt);
  return target.build([...outputs, ...gradients]);
}
