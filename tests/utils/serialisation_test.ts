import { describe, it } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeviceError, TreeError } from "../../src/base/errors.ts";
import {
  BaseModule,
  Param,
  paramsOf,
  RandomKeyGenerator,
} from "../../src/core/mod.ts";
import { LayerParam, Linear, shared } from "../../src/nn/mod.ts";
import { ones, type Tensor, tensor, zeros } from "../../src/numpy/mod.ts";
import { VodeParam } from "../../src/predictive_coding/mod.ts";
import {
  decodeParams,
  encodeParams,
  loadParams,
  saveParams,
} from "../../src/utils/mod.ts";
import { decodeNpz, encodeNpz } from "../../src/utils/npz.ts";
import moonsSaved from "../goldens/moons_seed0_pcax_saved.json" with {
  type: "json",
};
import leakySaved from "../goldens/moons_leaky_lowlr_seed0_pcax_saved.json" with {
  type: "json",
};
import stableSaved from "../goldens/moons_stable_seed0_pcax_saved.json" with {
  type: "json",
};
import netSaved from "../goldens/net_pcax_saved.json" with { type: "json" };
import rules from "../goldens/vode_rules.json" with { type: "json" };
import { Net } from "../support/net.ts";
import { loadGolden } from "../support/npz.ts";

/** The layers of the two-moons tutorial. */
class Moons extends BaseModule {
  layers: Linear[] = [
    new Linear(2, 32),
    new Linear(32, 32),
    new Linear(32, 2),
  ];
}

function bytesOf(file: { npz: string }): Uint8Array {
  return Uint8Array.from(atob(file.npz), (char) => char.charCodeAt(0));
}

async function namesOf(bytes: Uint8Array): Promise<string[]> {
  return (await decodeNpz(bytes, "test")).names;
}

/** The values of the params of one class, by path. */
function valuesOf(model: unknown, type = LayerParam): Record<string, unknown> {
  return Object.fromEntries(
    paramsOf(model).filter(({ param }) => param instanceof type)
      .map(({ path, param }) => {
        const value = (param as Param).get() as Tensor | null;
        return [path, value && [value.dtype, value.toArray()]];
      }),
  );
}

describe("files of pcax", () => {
  for (
    const [name, file, make] of [
      ["moons_seed0", moonsSaved, () => new Moons()],
      ["moons_leaky_lowlr_seed0", leakySaved, () => new Moons()],
      ["moons_stable_seed0", stableSaved, () => new Moons()],
      ["net", netSaved, () => new Net(new RandomKeyGenerator(9))],
    ] as const
  ) {
    it(`load: ${name}`, async () => {
      const model = make();
      await decodeParams(model, bytesOf(file));
      const saved = await loadGolden(file);
      const params = paramsOf(model).filter(({ param }) =>
        param instanceof LayerParam
      );
      assertEquals(
        params.map(({ path }) => path).sort(),
        saved.names().sort(),
      );
      for (const { path, param } of params) {
        const value = (param as Param).get();
        assertEquals([...value.shape], saved.get(path, "f32").shape, path);
        assertEquals(
          [...value.dataSync()],
          [...saved.values(path, "f32")],
          path,
        );
      }
    });

    it(`have our names and arrays: ${name}`, async () => {
      const model = make();
      await decodeParams(model, bytesOf(file));
      const ours = await decodeNpz(await encodeParams(model), "ours");
      const theirs = await decodeNpz(bytesOf(file), "theirs");
      assertEquals(ours.names.sort(), theirs.names.sort());
      for (const path of ours.names) {
        assertEquals(ours.get(path), theirs.get(path), path);
      }
    });
  }

  it("name the params as recorded", async () => {
    const names = await namesOf(await encodeParams(new Net()));
    assertEquals(names.sort(), rules.npz_keys);
  });
});

describe("encodeParams and decodeParams", () => {
  it("give every dtype and shape back", async () => {
    const make = (data: Tensor[]) => data.map((x) => new Param(x));
    const from = make([
      tensor([[1.5, -2], [3, 4]], "f32"),
      tensor([-1, 2], "i32"),
      tensor([4294967295], "u32"),
      tensor([[true, false]]),
      tensor(7, "f32"),
      zeros([0, 3]),
    ]);
    const to = make([
      zeros([2, 2]),
      zeros([2]).astype("i32"),
      zeros([1]).astype("u32"),
      zeros([1, 2]).astype("bool"),
      tensor(0, "f32"),
      zeros([0, 3]),
    ]);
    await decodeParams(to, await encodeParams(from, Param), Param);
    assertEquals(valuesOf(to, Param), valuesOf(from, Param));
  });

  it("save what a filter selects, without what is empty", async () => {
    const net = new Net();
    net.vodes[0].set("h", [1, 2, 3]);
    const bytes = await encodeParams(net, [VodeParam, LayerParam]);
    const names = await namesOf(bytes);
    assert(names.includes(".vodes[0].h") && !names.includes(".vodes[1].h"));
    const other = new Net();
    await decodeParams(other, bytes, VodeParam);
    assertEquals(other.vodes[0].h.get().toArray(), [1, 2, 3]);
    assertEquals(other.vodes[1].h.get() as unknown, null);
  });

  it("save a shared param once, under its first path", async () => {
    const layer = new Linear(2, 3);
    const bytes = await encodeParams({ a: layer, b: shared(layer) });
    assertEquals(await namesOf(bytes), ["['a'].nn.weight", "['a'].nn.bias"]);
    const other = new Linear(2, 3);
    const twins = { a: other, b: shared(other) };
    await decodeParams(twins, bytes);
    assertEquals(valuesOf(twins.b), valuesOf(layer));
  });

  /** The message with which loading fails, and that the model is as it was. */
  async function refused(
    model: unknown,
    bytes: Uint8Array,
  ): Promise<TreeError> {
    const before = valuesOf(model);
    const error = await assertRejects(
      () => decodeParams(model, bytes),
      TreeError,
    );
    assertEquals(valuesOf(model), before);
    return error as TreeError;
  }

  it("check shapes before they change anything", async () => {
    const saved = [new Linear(2, 3), new Linear(3, 5)];
    const model = [new Linear(2, 3), new Linear(3, 4)];
    const error = await refused(model, await encodeParams(saved));
    assertEquals(
      error.message,
      "Cannot load [1].nn.weight from the bytes given: it is f32[5,3], " +
        "expected f32[4,3] as in the model: build the model with the sizes " +
        "of the saved one",
    );
    assertEquals(error.path, "[1].nn.weight");
  });

  it("check dtypes before they change anything", async () => {
    const param = (dtype: "f32" | "i32") => [
      new LayerParam(ones([2]).astype(dtype)),
    ];
    const error = await refused(
      param("f32"),
      await encodeParams(param("i32")),
    );
    assertEquals(
      error.message,
      "Cannot load [0] from the bytes given: it is i32[2], expected f32[2] " +
        "as in the model: convert it with .astype(...)",
    );
    const doubles = await encodeNpz(
      new Map([["[0]", {
        dtype: "f8",
        shape: [2],
        data: new Float64Array(2),
      }]]),
    );
    assertEquals(
      (await refused(param("f32"), doubles)).message,
      "Cannot load [0] from the bytes given: it is f8[2], expected f4, i4, " +
        "u4, b1: save it with .astype(numpy.float32)",
    );
  });

  it("check names before they change anything", async () => {
    const model = [new Linear(2, 3), new Linear(3, 4)];
    const bytes = await encodeParams([new Linear(2, 3)]);
    const error = await refused(model, bytes);
    assertEquals(
      error.message,
      "Cannot load params from the bytes given: it has no [1].nn.weight, " +
        "[1].nn.bias, only [0].nn.weight, [0].nn.bias, expected every param " +
        "that the filter selects: load into the same model, or narrow the " +
        "filter",
    );
  });

  it("refuse a filter that selects nothing, and what is no tensor", async () => {
    const layer = new Linear(2, 3);
    await assertRejects(
      () => encodeParams(layer, VodeParam),
      TreeError,
      "Cannot save params: none of the 2 params of the model is VodeParam",
    );
    await assertRejects(
      () => encodeParams([new Param({ a: 1 })], Param),
      TreeError,
      "Cannot save [0]: it is Param(",
    );
  });
});

describe("saveParams and loadParams", () => {
  interface Host {
    process: unknown;
  }

  /** Runs a body with other files than those of the machine. */
  async function withFiles<T>(
    files: Map<string, Uint8Array> | null,
    body: () => Promise<T>,
    fail = false,
  ): Promise<T> {
    const host = globalThis as unknown as Host;
    const before = Object.getOwnPropertyDescriptor(host, "process")!;
    const fs = files && {
      readFile: (path: string) => Promise.resolve(files.get(path)!),
      writeFile: (path: string, bytes: Uint8Array) => {
        files.set(path, bytes);
        return fail ? Promise.reject(new Error("full")) : Promise.resolve();
      },
      rename: (from: string, to: string) => {
        files.set(to, files.get(from)!);
        files.delete(from);
        return Promise.resolve();
      },
      rm: (path: string) => {
        files.delete(path);
        return Promise.resolve();
      },
    };
    const process = fs ? { getBuiltinModule: () => fs } : undefined;
    Object.defineProperty(host, "process", {
      value: process,
      configurable: true,
      writable: true,
    });
    try {
      return await body();
    } finally {
      Object.defineProperty(host, "process", before);
    }
  }

  it("write and read one file, with .npz appended", async () => {
    const files = new Map<string, Uint8Array>();
    const [saved, model] = [new Linear(2, 3), new Linear(2, 3)];
    await withFiles(files, async () => {
      await saveParams(saved, "a/model");
      assertEquals([...files.keys()], ["a/model.npz"]);
      await saveParams(saved, "a/model.npz");
      assertEquals([...files.keys()], ["a/model.npz"]);
      await loadParams(model, "a/model");
    });
    assertEquals(valuesOf(model), valuesOf(saved));
  });

  it("leave the old file when writing fails", async () => {
    const old = new Uint8Array([1]);
    const files = new Map([["model.npz", old]]);
    await withFiles(files, async () => {
      await assertRejects(
        () => saveParams(new Linear(2, 3), "model"),
        Error,
        "full",
      );
    }, true);
    assertEquals([...files], [["model.npz", old]]);
  });

  it("say what to use where there are no files", async () => {
    await withFiles(null, async () => {
      const layer = new Linear(2, 3);
      assertEquals(
        (await assertRejects(() => saveParams(layer, "m"), DeviceError))
          .message,
        "Cannot save params in m.npz: this runtime has no file system, " +
          "expected Deno, Bun or Node: use encodeParams(model), and store " +
          "the bytes",
      );
      assertEquals(
        (await assertRejects(() => loadParams(layer, "m"), DeviceError))
          .message,
        "Cannot load params from m.npz: this runtime has no file system, " +
          "expected Deno, Bun or Node: use decodeParams(model, bytes), with " +
          "bytes made by encodeParams",
      );
    });
  });
});
