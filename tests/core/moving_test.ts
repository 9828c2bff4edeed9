/** px.devicePut and px.toHost: everything moves, or nothing. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { describe, it } from "node:test";
import {
  DeviceError,
  type DeviceName,
  type DeviceOptions,
  init,
  jax,
  jnp,
  optax,
  px,
  pxf,
  pxnn,
  pxu,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { DynamicParam } from "../../src/core/param.ts";
import { defaultDevice, setDefaultDevice } from "../../src/devices.ts";
import { findGpu } from "../support/gpu.ts";
import { keepDefault } from "../support/keep_default.ts";

class Net extends px.BaseModule<[Tensor], Tensor> {
  first = new pxnn.Linear(2, 4);
  twin = pxnn.shared(this.first);
  second = new pxnn.Linear(4, 1);
  override call(x: Tensor): Tensor {
    return this.second(this.first(x).tanh());
  }
}

interface State {
  [name: string]: unknown;
  net: Net;
  optim: pxu.Optim;
}

function newState(): State {
  px.RKG.seed(0);
  const net = new Net();
  const params = new pxu.Mask(pxnn.LayerParam).apply(net);
  return { net, optim: new pxu.Optim(optax.adam(0.01), params) };
}

const mask = new pxu.Mask(pxnn.LayerParam, [false, true]);

/** A step with noise, so that it needs `px.RKG`. */
const step = pxf.jit((x: Tensor, { net, optim }: State) => {
  const noise = jax.random.normal(px.RKG(), x.shape).mul(0.1);
  const loss = (x: Tensor, { net }: { net: Net }) => net(x).square().mean();
  const [value, g] = pxf.valueAndGrad(loss, { mask })(x.add(noise), { net });
  optim.step(net, g.net);
  return value;
});

const x = tensor([1, 2], "f32");

/** Tensors of the params below a tree, by path. */
function tensorsOf(tree: unknown): [string, Tensor][] {
  return px.paramsOf(tree).flatMap(({ path, param }) => {
    const value = param instanceof DynamicParam
      ? DynamicParam.peek(param)
      : null;
    return value instanceof Object && "dtype" in value
      ? [[path, value as Tensor] as [string, Tensor]]
      : [];
  });
}

function devicesOf(tree: unknown): string[] {
  return [...new Set(tensorsOf(tree).map(([, t]) => t.device))];
}

interface Target {
  name: DeviceName;
  options?: DeviceOptions["webgpu"];
}

const options = await findGpu();
const targets: Target[] = [
  { name: "reference" },
  ...options === null ? [] : [{ name: "webgpu", options } as const],
];

for (const { name, options } of targets) {
  describe(`moving to ${name}`, () => {
    const open = () => init(name, options as DeviceOptions[typeof name]);

    it("takes a model, its optimizer and px.RKG, which go on there", () =>
      keepDefault(async () => {
        await init("wasm");
        const [stays, moves] = [newState(), newState()];
        const losses: number[] = [];
        px.RKG.seed(1);
        for (let i = 0; i < 6; i++) losses.push(step(x, stays).dataSync()[0]);
        px.RKG.seed(1);
        for (let i = 0; i < 3; i++) {
          assertEquals(step(x, moves).dataSync()[0], losses[i]);
        }
        const before = tensorsOf(moves).map(([, t]) => t.dataSync());

        await open();
        assertThrows(() => step(x, moves), DeviceError, "px.devicePut([model");
        const moved = await px.devicePut([moves, px.RKG] as const, name);
        assert(moved[0].net === moves.net && moved[1] === px.RKG);
        assertEquals(devicesOf([moves, px.RKG]), [
          name === "webgpu" ? name : "host",
        ]);
        assert(moves.net.twin.nn.weight === moves.net.first.nn.weight);
        const after = await Promise.all(
          tensorsOf(moves).map(([, t]) => t.data()),
        );
        assertEquals(after, before);
        for (let i = 3; i < 6; i++) {
          assertAlmostEquals((await step(x, moves).data())[0], losses[i], 1e-5);
        }

        // And back, by way of the host.
        await px.toHost(moves, px.RKG);
        assertEquals(devicesOf([moves, px.RKG]), ["host"]);
        await init("wasm");
        assert(Number.isFinite(step(x, moves).dataSync()[0]));
      }));

    it("copies other tensors into the tree that it returns", () =>
      keepDefault(async () => {
        await init("wasm");
        await open();
        const tree = {
          f32: tensor([1, -0, NaN], "f32"),
          rest: [tensor([1, 2]), tensor([4294967295], "u32"), null, "text", 7],
          bool: [[tensor(true)], { empty: jnp.zeros([0, 3]) }],
        };
        const moved = await px.devicePut(tree, name);
        assertEquals(Object.keys(moved), Object.keys(tree));
        const { f32, rest, bool } = moved;
        assert(f32 !== tree.f32 && tree.f32.device === "host");
        assertEquals(await f32.data(), Float32Array.of(1, -0, NaN));
        assertEquals(await (rest[0] as Tensor).data(), Int32Array.of(1, 2));
        assertEquals(
          await (rest[1] as Tensor).data(),
          Uint32Array.of(4294967295),
        );
        assertEquals(rest.slice(2), [null, "text", 7]);
        const [[yes], { empty }] = bool as unknown as [
          [Tensor],
          { empty: Tensor },
        ];
        assertEquals([yes.dtype, await yes.item()], ["bool", true]);
        assertEquals(empty.shape, [0, 3]);
        const one = await px.devicePut(tensor([5], "f32"), name);
        assertEquals(one.device, name === "webgpu" ? name : "host");
        const home = await px.devicePut({ one }, "host");
        assertEquals([home.one.device, home.one.dataSync()[0]], ["host", 5]);
      }));
  });
}

describe("moving", () => {
  it("names the devices there are, and the one in use", () =>
    keepDefault(async () => {
      await init("wasm");
      const refusal = async (device: string) => {
        const move = () => px.devicePut(tensor([1]), device as DeviceName);
        return (await assertRejects(move, DeviceError)).message;
      };
      assertEquals(
        await refusal("tpu"),
        'Cannot put tensors on "tpu": there is no such device, expected ' +
          '"wasm", "webgpu", "reference" or "host": correct the name',
      );
      assertEquals(
        await refusal("webgpu"),
        'Cannot put tensors on "webgpu": "wasm" is in use, expected the ' +
          'device in use: call await init("webgpu") first',
      );
    }));

  it("moves nothing where something cannot be moved", () =>
    keepDefault(async () => {
      await init("wasm");
      const state = newState();
      const before = tensorsOf(state);
      const device = defaultDevice();
      let left = 3;
      setDefaultDevice({
        ...device,
        persist: (...args) => {
          if (left-- > 0) return device.persist(...args);
          throw new DeviceError("full");
        },
      });
      await assertRejects(
        () => px.devicePut(state, "wasm"),
        DeviceError,
        "full",
      );
      const after = tensorsOf(state);
      assert(after.every(([, t], i) => t === before[i][1]));
    }));
});
