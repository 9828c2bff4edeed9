"""torch on the CPU, one thread. Variant `eager` computes every energy as
written with gradients by hand and without recording, `hoist` lifts the first
layer and the first inference forward, `autograd` takes gradients by autograd."""
import sys

import torch
import torch.nn.functional as F

from serve import Server

torch.set_num_threads(1)


class Eager:
    def __init__(self, work, layers):
        self.work = work
        self.W = [torch.tensor(w) for w, _ in layers]
        self.b = [torch.tensor(b) for _, b in layers]
        self.params = self.W + self.b
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]
        self.count = 0

    def weights(self):
        return [(w.detach().numpy(), b.detach().numpy()) for w, b in zip(self.W, self.b)]

    def layer(self, l, x):
        pre = torch.addmm(self.b[l], x, self.W[l].t())
        return pre if l == len(self.W) - 1 else F.leaky_relu(pre, self.work["slope"])

    def predict(self, x, hs):
        return [self.layer(l, a) for l, a in enumerate([x] + hs)]

    def errors(self, us, hs, y, wanted=False):
        ds = []
        energy = 0
        for u, h in zip(us, hs):
            error = u - h
            if wanted:
                energy = energy + 0.5 * error.square().sum()
            ds.append(torch.where(u >= 0, error, self.work["slope"] * error))
        if wanted:
            energy = energy - (y * F.log_softmax(us[-1], 1)).sum()
        return energy, ds + [F.softmax(us[-1], 1) * y.sum(1, keepdim=True) - y]

    def infer(self, x, y, hs):
        lr = self.work["lrH"]
        for _ in range(self.work["T"]):
            us = self.predict(x, hs)
            _, ds = self.errors(us, hs, y)
            hs = [
                h - lr * (torch.mm(ds[l + 1], self.W[l + 1]) + (h - us[l]))
                for l, h in enumerate(hs)
            ]
        return hs

    def init(self, x):
        hs = []
        for l in range(len(self.W) - 1):
            hs.append(self.layer(l, hs[-1] if hs else x))
        return hs

    def learn(self, x, y, us, hs):
        energy, ds = self.errors(us, hs, y, wanted=True)
        scale = 1 / self.work["batch"]
        gW = [torch.mm(d.t(), a) * scale for d, a in zip(ds, [x] + hs)]
        self.adamw(gW + [d.sum(0) * scale for d in ds])
        return energy * scale

    def adamw(self, gradients):
        self.count += 1
        c1 = 1 / (1 - 0.9**self.count)
        c2 = 1 / (1 - 0.999**self.count)
        for p, g, m, v in zip(self.params, gradients, self.m, self.v):
            m.mul_(0.9).add_(g, alpha=0.1)
            v.mul_(0.999).addcmul_(g, g, value=0.001)
            update = (m * c1).div_((v * c2).sqrt_().add_(1e-8))
            p.sub_(update.add_(p, alpha=self.work["weightDecay"]), alpha=self.work["lrW"])

    def step(self, x, y):
        with torch.no_grad():
            x, y = torch.from_numpy(x), torch.from_numpy(y)
            hs = self.infer(x, y, self.init(x))
            return self.learn(x, y, self.predict(x, hs), hs).item()


class Hoisted(Eager):
    def step(self, x, y):
        with torch.no_grad():
            x, y = torch.from_numpy(x), torch.from_numpy(y)
            hs = self.init(x)
            first, us = hs[0], list(hs)
            lr = self.work["lrH"]
            for step in range(self.work["T"]):
                us = us + [self.layer(len(hs), hs[-1])] if step == 0 else self.rest(first, hs)
                _, ds = self.errors(us, hs, y)
                hs = [
                    torch.addmm(h + lr * (us[l] - h), ds[l + 1], self.W[l + 1], alpha=-lr)
                    for l, h in enumerate(hs)
                ]
            return self.learn(x, y, self.rest(first, hs), hs).item()

    def rest(self, first, hs):
        return [first] + [self.layer(l + 1, h) for l, h in enumerate(hs)]


class Autograd(Eager):
    def __init__(self, work, layers):
        super().__init__(work, layers)
        for p in self.params:
            p.requires_grad_(True)

    def energy(self, x, y, hs):
        us = self.predict(x, hs)
        total = sum(0.5 * (u - h).square().sum() for u, h in zip(us, hs))
        return (total - (y * F.log_softmax(us[-1], 1)).sum()) / self.work["batch"]

    def step(self, x, y):
        x, y = torch.from_numpy(x), torch.from_numpy(y)
        with torch.no_grad():
            hs = self.init(x)
        lr = self.work["lrH"] * self.work["batch"]
        for _ in range(self.work["T"]):
            hs = [h.detach().requires_grad_(True) for h in hs]
            gradients = torch.autograd.grad(self.energy(x, y, hs), hs)
            hs = [h.detach() - lr * g for h, g in zip(hs, gradients)]
        energy = self.energy(x, y, hs)
        gradients = torch.autograd.grad(energy, self.params)
        with torch.no_grad():
            self.adamw(gradients)
        return energy.item()


def open_matmul(a, b):
    a, b = torch.from_numpy(a.copy()), torch.from_numpy(b.copy())
    c = torch.empty_like(a)
    return lambda: torch.mm(a, b, out=c).numpy()


variant = sys.argv[1]
kind = {"hoist": Hoisted, "autograd": Autograd}.get(variant.split("-")[0], Eager)
Server(f"torch {torch.__version__}, {variant}", kind, open_matmul).serve()
