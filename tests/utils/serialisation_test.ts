import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeviceError, TreeError } from "../../src/base/errors.ts";
import { Param, paramsOf } from "../../src/core/mod.ts";
import { LayerParam, Linear, shared } from "../../src/nn/mod.ts";
import { ones, type Tensor, tensor, zeros } from "../../src/numpy/mod.ts";
import type { NpyArray } from "../../src/base/npy.ts";
import { VodeParam } from "../../src/predictive_coding/mod.ts";
import {
  decodeParams,
  encodeParams,
  loadParams,
  saveParams,
} from "../../src/utils/mod.ts";
import { decodeNpz, encodeNpz } from "../../src/base/npz.ts";
import { Net } from "../support/net.ts";
import { withFiles } from "../support/with_files.ts";

async function namesOf(bytes: Uint8Array): Promise<string[]> {
  return [...(await decodeNpz(bytes, "test")).names];
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
  });

  /** A model of one param, and a file that holds one array for it. */
  const one = (value: Tensor | null) => [new LayerParam(value)];
  const file = (array: NpyArray, name = "[0]") =>
    encodeNpz(new Map([[name, array]]));

  it("round floats of other widths, and take integers that fit", async () => {
    const model = one(zeros([2]));
    const data = Float64Array.of(0.1, -Infinity);
    await decodeParams(model, await file({ dtype: "f8", shape: [2], data }));
    assertEquals(model[0].get()!.toArray(), [Math.fround(0.1), -Infinity]);
    const counts = one(zeros([2]).astype("i32"));
    const long = (...values: bigint[]) =>
      file({ dtype: "i8", shape: [2], data: BigInt64Array.from(values) });
    await decodeParams(counts, await long(-7n, 2147483647n));
    assertEquals(counts[0].get()!.toArray(), [-7, 2147483647]);
    assertEquals(
      (await refused(counts, await long(1n, 2147483648n))).message,
      "Cannot load [0] from the bytes given: it holds 2147483648, as i8, " +
        "expected what i32 can hold: scale or clip it before saving",
    );
    const huge = Float64Array.of(1, 1e39);
    assertEquals(
      (await refused(
        model,
        await file({ dtype: "f8", shape: [2], data: huge }),
      ))
        .message,
      "Cannot load [0] from the bytes given: it holds 1e+39, as f8, expected " +
        "what f32 can hold: scale or clip it before saving",
    );
    assertEquals(
      (await refused(model, await long(1n, 2n))).message,
      "Cannot load [0] from the bytes given: it is i32[2], expected f32[2] " +
        "as in the model: convert it with .astype(...)",
    );
    const empty = one(null);
    const bytes = Uint8Array.of(3, 255);
    await decodeParams(
      empty,
      await file({ dtype: "u1", shape: [2], data: bytes }),
    );
    const value = empty[0].get()!;
    assertEquals([value.dtype, value.toArray()], ["u32", [3, 255]]);
  });

  it("report what was loaded and what nobody took", async () => {
    const saved = { a: new Linear(2, 3), b: new Linear(3, 1) };
    const bytes = await encodeParams(saved);
    assertEquals(await decodeParams({ a: new Linear(2, 3) }, bytes), {
      loaded: ["['a'].nn.weight", "['a'].nn.bias"],
      ignored: ["['b'].nn.weight", "['b'].nn.bias"],
    });
  });

  it("find a shared param under any of its paths", async () => {
    const param = new LayerParam(zeros([1]));
    const model = { a: param, b: param };
    const array = {
      dtype: "f4",
      shape: [1],
      data: Float32Array.of(5),
    } as const;
    const report = await decodeParams(model, await file(array, "['b']"));
    assertEquals(report, { loaded: ["['a']"], ignored: [] });
    assertEquals(param.get()!.toArray(), [5]);
  });

  for (const format of ["npz", "safetensors"] as const) {
    it(`read a Buffer, whose slices are views: ${format}`, async () => {
      const saved = new Linear(1, 3);
      const bytes = await encodeParams(saved, LayerParam, { format });
      const larger = Buffer.from([7, ...bytes]);
      const model = new Linear(1, 3);
      await decodeParams(model, larger.subarray(1));
      assertEquals(valuesOf(model), valuesOf(saved));
    });

    it(`refuse every truncation and foreign bytes: ${format}`, async () => {
      const bytes = await encodeParams(new Linear(2, 2), LayerParam, {
        format,
      });
      const model = new Linear(2, 2);
      for (let end = 0; end < bytes.length; end += 7) {
        const { message } = await refused(model, bytes.subarray(0, end));
        assert(message.startsWith("Cannot read "), message);
      }
      const noise = Uint8Array.from({ length: 99 }, (_, i) => (i * 37) % 251);
      assertEquals(
        (await refused(model, noise)).message,
        "Cannot read the bytes given: it does not start as a zip archive, " +
          "expected an .npz: check the file",
      );
    });
  }

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

  it("write .safetensors where the name ends so", async () => {
    const files = new Map<string, Uint8Array>();
    const [saved, model] = [new Linear(2, 3), new Linear(2, 3)];
    await withFiles(files, async () => {
      await saveParams(saved, "model.safetensors");
      assertEquals([...files.keys()], ["model.safetensors"]);
      await loadParams(model, "model.safetensors");
    });
    assertEquals(valuesOf(model), valuesOf(saved));
    const bytes = files.get("model.safetensors")!;
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    assertEquals(
      new TextDecoder().decode(bytes.subarray(8, 8 + length)).trim(),
      '{".nn.weight":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]},' +
        '".nn.bias":{"dtype":"F32","shape":[3],"data_offsets":[24,36]}}',
    );
  });

  it("say that a file is missing", async () => {
    const model = new Linear(2, 3);
    await withFiles(new Map(), async () => {
      assertEquals(
        (await assertRejects(() => loadParams(model, "a/m"), TreeError))
          .message,
        "Cannot load params from a/m.npz: the file cannot be read (ENOENT: " +
          "a/m.npz), expected an existing file that this program may read: " +
          "check the path",
      );
    });
  });

  it("leave the old file when writing fails", async () => {
    const old = new Uint8Array([1]);
    const files = new Map([["model.npz", old]]);
    await withFiles(files, async () => {
      await assertRejects(
        () => saveParams(new Linear(2, 3), "model"),
        TreeError,
        "Cannot save params in model.npz: writing failed (full), expected an " +
          "existing folder with space that this program may write to: check " +
          "the path; what was there before is unchanged",
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
