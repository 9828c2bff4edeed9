"""pcax on JAX's CPU backend: the model and the training step of its tutorial,
with the whole step in one pxf.jit. Needs jax, optax, equinox and pcax."""
import sys

import jax
import jax.numpy as jnp
import optax
import pcax as px
import pcax.functional as pxf
import pcax.nn as pxnn
import pcax.predictive_coding as pxc
import pcax.utils as pxu

from serve import Server

V = pxc.VodeParam


class Model(pxc.EnergyModule):
    def __init__(self, dims, slope):
        super().__init__()
        self.act = px.static(lambda x: jax.nn.leaky_relu(x, slope))
        self.layers = [pxnn.Linear(i, o) for i, o in zip(dims[:-1], dims[1:])]
        self.vodes = [pxc.Vode((d,)) for d in dims[1:-1]]
        self.vodes.append(pxc.Vode((dims[-1],), pxc.ce_energy))
        self.vodes[-1].h.frozen = True

    def __call__(self, x, y):
        for vode, layer in zip(self.vodes[:-1], self.layers[:-1]):
            x = vode(self.act(layer(x)))
        self.vodes[-1](self.layers[-1](x))
        if y is not None:
            self.vodes[-1].set("h", y)
        return self.vodes[-1].get("u")


batched = pxu.Mask(V | V.Cache, (None, 0))
of_states = pxu.Mask(pxu.m(V).has_not(frozen=True), [False, True])
of_weights = pxu.Mask(pxnn.LayerParam, [False, True])


@pxf.vmap(batched, in_axes=(0, 0), out_axes=0)
def forward(x, y, *, model):
    return model(x, y)


@pxf.vmap(batched, in_axes=(0,), out_axes=None, axis_name="batch")
def energy(x, *, model):
    model(x, None)
    return jax.lax.pmean(model.energy().sum(), "batch")


@pxf.jit(static_argnums=0)
def train(T, x, y, *, model, optim_w, optim_h):
    with pxu.step(model, pxc.STATUS.INIT, clear_params=V.Cache):
        forward(x, y, model=model)
    for _ in range(T):
        with pxu.step(model, clear_params=V.Cache):
            _, g = pxf.value_and_grad(of_states)(energy)(x, model=model)
        optim_h.step(model, g["model"])
    with pxu.step(model, clear_params=V.Cache):
        e, g = pxf.value_and_grad(of_weights)(energy)(x, model=model)
    optim_w.step(model, g["model"])
    return e


class Trainer:
    def __init__(self, work, layers):
        dims, n = work["dims"], work["batch"]
        self.T = work["T"]
        px.RKG.seed(0)
        self.model = Model(dims, work["slope"])
        for layer, (w, b) in zip(self.model.layers, layers):
            layer.nn.weight.set(jnp.asarray(w))
            layer.nn.bias.set(jnp.asarray(b))
        with pxu.step(self.model, pxc.STATUS.INIT, clear_params=V.Cache):
            forward(jnp.zeros((n, dims[0])), jnp.zeros((n, dims[-1])), model=self.model)
            self.optim_h = pxu.Optim(optax.sgd(work["lrH"] * n), pxu.Mask(V)(self.model))
            self.optim_w = pxu.Optim(
                optax.adamw(work["lrW"], weight_decay=work["weightDecay"]),
                pxu.Mask(pxnn.LayerParam)(self.model),
            )

    def step(self, x, y):
        return float(
            train(
                self.T,
                jnp.asarray(x),
                jnp.asarray(y),
                model=self.model,
                optim_w=self.optim_w,
                optim_h=self.optim_h,
            )
        )

    def weights(self):
        return [(l.nn.weight.get(), l.nn.bias.get()) for l in self.model.layers]


def open_matmul(a, b):
    a, b = jnp.asarray(a), jnp.asarray(b)
    product = jax.jit(jnp.matmul)
    return lambda: product(a, b).block_until_ready()


Server(f"pcax, jax {jax.__version__}, {sys.argv[1]}", Trainer, open_matmul).serve()
