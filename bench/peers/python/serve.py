"""What the Python rows share: requests as lines of JSON on standard input,
answers as lines of JSON on standard output, arrays as base64 of float32."""
import base64
import json
import resource
import sys
import time

import numpy as np


def decode(text, *shape):
    return np.frombuffer(base64.b64decode(text), np.float32).reshape(shape)


def encode(array):
    return base64.b64encode(np.ascontiguousarray(array, np.float32)).decode()


class Server:
    """Answers one request after another.

    `open_trainer(work, weights)` gives an object with `step(x, y)`, which
    returns the energy as a float, and `weights()`, a list of (w, b).
    `open_matmul(a, b)` gives a function that multiplies and returns numpy.
    """

    def __init__(self, info, open_trainer, open_matmul):
        self.open_trainer = open_trainer
        self.open_matmul = open_matmul
        self.batches = []
        self.reply({"info": info})

    def reply(self, answer):
        print(json.dumps(answer), flush=True)

    def serve(self):
        for line in sys.stdin:
            request = json.loads(line)
            self.reply(getattr(self, request.pop("cmd"))(**request))

    def trainer(self, work, weights):
        dims = work["dims"]
        layers = [
            (decode(w, dims[i + 1], dims[i]), decode(b, dims[i + 1]))
            for i, (w, b) in enumerate(weights)
        ]
        self.work = work
        self.training = self.open_trainer(work, layers)
        self.batches = []
        return {}

    def read(self, x, y):
        n, dims = self.work["batch"], self.work["dims"]
        return decode(x, n, dims[0]), decode(y, n, dims[-1])

    def step(self, x, y):
        return {"energy": self.training.step(*self.read(x, y))}

    def weights(self):
        return {"weights": [(encode(w), encode(b)) for w, b in self.training.weights()]}

    def load(self, batches):
        self.batches = [self.read(x, y) for x, y in batches]
        self.next = 0
        return {}

    def time_training(self, budget, runs):
        def once():
            self.training.step(*self.batches[self.next % len(self.batches)])
            self.next += 1

        return timed(once, budget, runs)

    def matmul(self, n, a, b):
        self.product = self.open_matmul(decode(a, n, n), decode(b, n, n))
        return {"c": encode(self.product())}

    def time_matmul(self, budget, runs):
        return timed(self.product, budget, runs)


def timed(once, budget, runs):
    """Milliseconds of each run, until the budget is spent."""
    times = []
    end = time.perf_counter() + budget / 1000
    while True:
        start = time.perf_counter()
        once()
        now = time.perf_counter()
        times.append(1000 * (now - start))
        if now >= end or len(times) >= runs:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"ms": times, "rss": 1024 * peak}
