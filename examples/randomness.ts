/**
 * Randomness: where keys come from, who gets which, and how to have runs repeat.
 *
 * A key is two words. It is never changed: from one key come others, by
 * `split`. A generator (`px.RandomKeyGenerator`) is a param that holds a key, so
 * transforms track it like any other state, and `px.RKG` is the one that
 * everything uses by default.
 *
 *   bun run examples/randomness.ts
 */
import { jax, jnp, px, pxf, pxnn, pxu, type Tensor } from "../mod.ts";
import { start } from "./support/start.ts";

const { seed } = await start(
  "randomness",
  "Shows where random keys come from.",
);

/** Shows a tensor in a line. */
const show = async (what: string, x: Tensor): Promise<void> => {
  const values = Array.from(await x.data(), (v) => Number(v).toFixed(3));
  console.log(`${what.padEnd(46)} ${values.join(" ")}`);
};
const draw = (rkg: px.RandomKeyGenerator): Tensor =>
  jax.random.uniform(rkg(), [3]);

// The same seed gives the same numbers, and each call gives others.
await show("first draw", draw(px.RKG));
await show("second draw", draw(px.RKG));
px.RKG.seed(seed);
await show("first again, after px.RKG.seed(seed)", draw(px.RKG));

// Layers draw their initial weights from a generator too.
const weightOf = (rkg: px.RandomKeyGenerator): Tensor =>
  new pxnn.Linear(3, 1, { rkg }).nn.weight.get();
await show("weights of a layer", weightOf(new px.RandomKeyGenerator(7)));
await show(
  "and of one with the same seed",
  weightOf(new px.RandomKeyGenerator(7)),
);

// Inside jit the generator is traced like a param: each call draws anew, though
// the function was traced only once.
const noisy = pxf.jit((x: Tensor) => x.add(jax.random.normal(px.RKG(), [3])));
await show("a jitted function", noisy(jnp.zeros([3])));
await show("called again", noisy(jnp.zeros([3])));

// vmap splits the key of px.RKG, so each sample has numbers of its own...
const own = pxf.vmap(
  (x: Tensor) => x.add(jax.random.uniform(px.RKG())),
  { inAxes: [0], outAxes: 0 },
);
await show("one draw per sample", own(jnp.zeros([3])));

// ...but not those of other generators. With null in the mask all samples see
// the same key;
type Tracked = { rkg: px.RandomKeyGenerator };
const body = (x: Tensor, { rkg }: Tracked): Tensor =>
  x.add(jax.random.uniform(rkg()));
const alike = pxf.vmap(
  (x: Tensor, { rkg }: Tracked) => body(x, { rkg: copyOf(rkg) }),
  { mask: new pxu.Mask(null, [null, null]), inAxes: [0], outAxes: 0 },
);
const rkg = new px.RandomKeyGenerator(1);
await show("the same draw for all samples", alike(jnp.zeros([3]), { rkg }));

// with 0, after the key was split by hand, each has one of its own, and
// afterwards one key is put back.
const apart = pxf.vmap(body, {
  mask: new pxu.Mask(null, [0, 0]),
  inAxes: [0],
  outAxes: 0,
});
const before = rkg.key.get();
rkg.key.set(rkg.key.split(3));
await show("a key for each sample", apart(jnp.zeros([3]), { rkg }));
rkg.key.set(before);
await show("and the generator goes on as before", draw(rkg));

/** A generator that draws what another would, and leaves it alone. */
function copyOf(rkg: px.RandomKeyGenerator): px.RandomKeyGenerator {
  const copy = new px.RandomKeyGenerator();
  copy.key.set(rkg.key.get());
  return copy;
}
