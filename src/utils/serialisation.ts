/**
 * Parameter files: .npz archives with one array per param, named by its path
 * (`.layers[0].nn.weight`), which pcax and numpy read and write too.
 *
 * @module
 */
import type { DType, TypedArray } from "../base/dtype.ts";
import { TreeError } from "../base/errors.ts";
import type { NpyArray, NpyDtype } from "../base/npy.ts";
import { type Filter, filterName, toPredicate } from "../core/filter.ts";
import { BaseParam, paramsOf } from "../core/mod.ts";
import { LayerParam } from "../nn/mod.ts";
import { type NumericArray, Tensor, tensor } from "../numpy/mod.ts";
import { readBytes, writeBytes } from "./files.ts";
import { decodeNpz, encodeNpz } from "./npz.ts";

/** How to save or load. */
export interface SaveOptions {
  /** Which params; `LayerParam`, all weights, by default. */
  filter?: Filter;
}

/** The dtype of a tensor in a file, and of an array of a file as a tensor. */
const NPY_DTYPE = { f32: "f4", i32: "i4", u32: "u4", bool: "b1" } as const;
const DTYPES: Partial<Record<NpyDtype, DType>> = {
  f4: "f32",
  i4: "i32",
  u4: "u32",
  b1: "bool",
};

/**
 * The params of a model as the bytes of an .npz file. A param that the model
 * holds twice is saved once, under its first path; one without a value is left
 * out.
 *
 * @example
 * ```ts
 * import { pxnn, pxu } from "@vodes/vodes";
 *
 * const bytes = await pxu.encodeParams(new pxnn.Linear(2, 3));
 * await pxu.decodeParams(new pxnn.Linear(2, 3), bytes);
 * ```
 * @param filter Which params; `LayerParam`, all weights, by default.
 * @throws {TreeError} If no param matches, or one holds no tensor.
 */
export async function encodeParams(
  model: unknown,
  filter: Filter = LayerParam,
): Promise<Uint8Array<ArrayBuffer>> {
  const arrays = new Map<string, NpyArray>();
  for (const [path, param] of selected("save", model, filter)) {
    const value = param.get();
    if (value === null) continue;
    if (!(value instanceof Tensor)) {
      throw new TreeError(
        `Cannot save ${path}: it is ${param}, expected a param that holds a ` +
          "tensor: leave it out of the filter",
        path,
      );
    }
    arrays.set(path, toArray(value, await value.data()));
  }
  return encodeNpz(arrays);
}

/**
 * Sets the params of a model from the bytes of an .npz file. Everything is
 * checked first: if this throws, the model is as it was. A param without a
 * value takes what the file has for it, if anything; other entries of the file
 * are ignored.
 *
 * @param filter Which params; `LayerParam`, all weights, by default.
 * @throws {TreeError} If the file lacks a param, or one has another shape or
 * dtype than in the model.
 */
export async function decodeParams(
  model: unknown,
  bytes: Uint8Array,
  filter: Filter = LayerParam,
): Promise<void> {
  await decodeFrom("the bytes given", model, bytes, filter);
}

/**
 * Saves the params of a model in a file; an existing one is replaced.
 *
 * @example
 * ```ts ignore
 * await pxu.saveParams(model, "model"); // model.npz
 * await pxu.loadParams(model, "model");
 * ```
 * @param path Where; `.npz` is appended unless it is there.
 * @throws {DeviceError} In a browser, which has no files: use `encodeParams`.
 * @see pcax `pxu.save_params`
 */
export async function saveParams(
  model: unknown,
  path: string,
  { filter = LayerParam }: SaveOptions = {},
): Promise<void> {
  await writeBytes(
    fileName(path),
    await encodeParams(model, filter),
    `save params in ${fileName(path)}`,
    "encodeParams(model), and store the bytes",
  );
}

/**
 * Loads the params of a model from a file of `saveParams`, of pcax or of
 * numpy, with the checks of {@link decodeParams}.
 *
 * @param path Where; `.npz` is appended unless it is there.
 * @throws {DeviceError} In a browser, which has no files: use `decodeParams`.
 * @see pcax `pxu.load_params`
 */
export async function loadParams(
  model: unknown,
  path: string,
  { filter = LayerParam }: SaveOptions = {},
): Promise<void> {
  const file = fileName(path);
  const bytes = await readBytes(
    file,
    `load params from ${file}`,
    "decodeParams(model, bytes), with bytes made by encodeParams",
  );
  await decodeFrom(file, model, bytes, filter);
}

async function decodeFrom(
  file: string,
  model: unknown,
  bytes: Uint8Array,
  filter: Filter,
): Promise<void> {
  const params = selected("load", model, filter);
  const entries = await decodeNpz(bytes, file);
  const values: (readonly [BaseParam, Tensor])[] = [];
  const missing: string[] = [];
  for (const [path, param] of params) {
    const current = param.get();
    const array = entries.get(path);
    if (array !== undefined) {
      values.push([param, toTensor(file, path, current, array)]);
    } else if (current !== null) missing.push(path);
  }
  if (missing.length > 0) {
    throw new TreeError(
      `Cannot load params from ${file}: it has no ${
        missing.join(", ")
      }, only ` +
        `${entries.names.join(", ") || "nothing"}, expected every param that ` +
        "the filter selects: load into the same model, or narrow the filter",
      missing[0],
    );
  }
  for (const [param, value] of values) param.set(value);
}

/** The params that a filter selects, each once, under its first path. */
function selected(
  action: string,
  model: unknown,
  filter: Filter,
): Map<string, BaseParam> {
  const matches = toPredicate(filter);
  const seen = new Set<BaseParam>();
  const found = new Map<string, BaseParam>();
  for (const { path, param } of paramsOf(model)) {
    if (!(param instanceof BaseParam) || seen.has(param)) continue;
    seen.add(param);
    if (matches(param)) found.set(path, param);
  }
  if (found.size > 0) return found;
  throw new TreeError(
    `Cannot ${action} params: none of the ${seen.size} params of the model ` +
      `is ${filterName(filter)}, expected at least one: pass another filter`,
  );
}

function toArray(value: Tensor, data: TypedArray): NpyArray {
  const dtype = NPY_DTYPE[value.dtype];
  const { shape } = value;
  // numpy's booleans are bytes, and its numbers those of the tensor.
  if (dtype === "b1") return { dtype, shape, data: Uint8Array.from(data) };
  if (dtype === "i4") return { dtype, shape, data: Int32Array.from(data) };
  if (dtype === "u4") return { dtype, shape, data: Uint32Array.from(data) };
  return { dtype, shape, data: Float32Array.from(data) };
}

/** An array of a file as a tensor, if it can take the place of `current`. */
function toTensor(
  file: string,
  path: string,
  current: unknown,
  { dtype: name, shape, data }: NpyArray,
): Tensor {
  const dtype = DTYPES[name];
  const given = `${dtype ?? name}[${shape.join(",")}]`;
  const fail = (expected: string, fix: string): never => {
    throw new TreeError(
      `Cannot load ${path} from ${file}: it is ${given}, expected ` +
        `${expected}: ${fix}`,
      path,
    );
  };
  if (dtype === undefined) {
    return fail(
      Object.keys(DTYPES).join(", "),
      "save it with .astype(numpy.float32)",
    );
  }
  if (current instanceof Tensor) {
    const wanted = `${current.dtype}[${current.shape.join(",")}]`;
    if (wanted !== given) {
      fail(
        `${wanted} as in the model`,
        wanted.slice(3) === given.slice(3)
          ? "convert it with .astype(...)"
          : "build the model with the sizes of the saved one",
      );
    }
  }
  return tensor(data as NumericArray, dtype).reshape(shape);
}

function fileName(path: string): string {
  return path.endsWith(".npz") ? path : `${path}.npz`;
}
