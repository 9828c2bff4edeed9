"""numpy, gradients by hand. Variant `naive` computes every energy as written,
`hoist` computes the first layer, and the first inference forward, once a step
and writes to memory that it keeps."""
import sys

import numpy as np

from serve import Server


def softmax_energy(logits, y):
    """The summed cross entropy, and its derivative."""
    shifted = logits - logits.max(1, keepdims=True)
    e = np.exp(shifted)
    norm = e.sum(1, keepdims=True)
    energy = -(y * (shifted - np.log(norm))).sum()
    return energy, e / norm * y.sum(1, keepdims=True) - y


class AdamW:
    def __init__(self, params, lr, decay):
        self.params, self.lr, self.decay, self.count = params, lr, decay, 0
        self.m = [np.zeros_like(p) for p in params]
        self.v = [np.zeros_like(p) for p in params]
        self.t = [np.empty_like(p) for p in params]
        self.s = [np.empty_like(p) for p in params]

    def step(self, gradients):
        self.count += 1
        c1 = np.float32(1 / (1 - 0.9**self.count))
        c2 = np.float32(1 / (1 - 0.999**self.count))
        for p, g, m, v, t, s in zip(self.params, gradients, self.m, self.v, self.t, self.s):
            m *= np.float32(0.9)
            m += np.multiply(g, np.float32(0.1), out=t)
            v *= np.float32(0.999)
            np.square(g, out=t)
            v += np.multiply(t, np.float32(0.001), out=t)
            np.multiply(v, c2, out=t)
            np.sqrt(t, out=t)
            t += np.float32(1e-8)
            np.multiply(m, c1, out=s)
            np.divide(s, t, out=t)
            t += np.multiply(p, np.float32(self.decay), out=s)
            p -= np.multiply(t, np.float32(self.lr), out=t)


class Naive:
    def __init__(self, work, layers):
        self.work = work
        self.W = [w.copy() for w, _ in layers]
        self.b = [b.copy() for _, b in layers]
        self.optim = AdamW(self.W + self.b, work["lrW"], work["weightDecay"])
        self.slope = np.float32(work["slope"])
        self.lr = np.float32(work["lrH"])
        self.scale = np.float32(1 / work["batch"])

    def weights(self):
        return list(zip(self.W, self.b))

    def layer(self, l, x):
        pre = x @ self.W[l].T + self.b[l]
        if l == len(self.W) - 1:
            return pre
        return np.where(pre >= 0, pre, self.slope * pre)

    def errors(self, us, hs, y):
        """The energy, and its derivative by what each layer computes."""
        energy, last = softmax_energy(us[-1], y)
        ds = []
        for u, h in zip(us, hs):
            error = u - h
            energy += np.float32(0.5) * np.square(error).sum()
            ds.append(np.where(u >= 0, error, self.slope * error))
        return energy, ds + [last]

    def predict(self, x, hs):
        return [self.layer(l, a) for l, a in enumerate([x] + hs)]

    def step(self, x, y):
        hidden = len(self.W) - 1
        hs = []
        for l in range(hidden):
            hs.append(self.layer(l, hs[-1] if hs else x))
        for _ in range(self.work["T"]):
            us = self.predict(x, hs)
            _, ds = self.errors(us, hs, y)
            hs = [
                h - self.lr * (ds[l + 1] @ self.W[l + 1] + (h - us[l]))
                for l, h in enumerate(hs)
            ]
        energy, ds = self.errors(self.predict(x, hs), hs, y)
        gW = [d.T @ a * self.scale for d, a in zip(ds, [x] + hs)]
        gb = [d.sum(0) * self.scale for d in ds]
        self.optim.step(gW + gb)
        return float(energy * self.scale)


class Hoisted(Naive):
    def __init__(self, work, layers):
        super().__init__(work, layers)
        n = work["batch"]
        new = lambda: [np.empty((n, d), np.float32) for d in work["dims"][1:]]
        self.u, self.d, self.h, self.g, self.t = (new() for _ in range(5))
        self.gW = [np.empty_like(w) for w in self.W]

    def forward(self, l, x):
        """u = max(pre, slope * pre): the slope is between 0 and 1."""
        u = np.matmul(x, self.W[l].T, out=self.u[l])
        u += self.b[l]
        if l < len(self.W) - 1:
            np.maximum(u, np.multiply(u, self.slope, out=self.t[l]), out=u)

    def by_output(self, y, wanted=False):
        energy, last = softmax_energy(self.u[-1], y)
        self.d[-1][...] = last
        for l in range(len(self.W) - 1):
            u, d, t = self.u[l], self.d[l], self.t[l]
            error = np.subtract(u, self.h[l], out=self.g[l])
            if wanted:
                flat = error.ravel()
                energy += np.float32(0.5) * (flat @ flat)
            np.multiply(error, self.slope, out=t)
            np.copyto(d, t)
            np.copyto(d, error, where=u >= 0)
        return energy

    def step(self, x, y):
        hidden = len(self.W) - 1
        for l in range(hidden):
            self.forward(l, self.h[l - 1] if l > 0 else x)
            self.h[l][...] = self.u[l]
        for step in range(self.work["T"]):
            # What the init pass computed is what the first step needs.
            for l in range(1 if step > 0 else hidden, hidden + 1):
                self.forward(l, self.h[l - 1])
            self.by_output(y)
            for l in range(hidden):
                g = np.matmul(self.d[l + 1], self.W[l + 1], out=self.t[l])
                # self.g holds u - h.
                g -= self.g[l]
                g *= self.lr
                self.h[l] -= g
        for l in range(1, hidden + 1):
            self.forward(l, self.h[l - 1])
        energy = self.by_output(y, wanted=True)
        inputs = [x] + self.h[:hidden]
        for d, a, g in zip(self.d, inputs, self.gW):
            np.matmul(d.T, a, out=g)
            g *= self.scale
        gb = [d.sum(0) * self.scale for d in self.d]
        self.optim.step(self.gW + gb)
        return float(energy * self.scale)


def open_matmul(a, b):
    c = np.empty_like(a)
    return lambda: np.matmul(a, b, out=c)


variant = sys.argv[1]
Server(
    f"numpy {np.__version__}, {variant}",
    Hoisted if variant.startswith("hoist") else Naive,
    open_matmul,
).serve()
