/**
 * Parameter files: .npz archives with one array per param, named by its path
 * (`.layers[0].nn.weight`), which pcax and numpy read and write too; and
 * .safetensors files with the same names.
 *
 * @module
 */
import { TreeError } from "../base/errors.ts";
import { readBytes, writeBytes } from "../base/files.ts";
import type { NpyArray } from "../base/npy.ts";
import { decodeNpz, encodeNpz } from "../base/npz.ts";
import { decodeSafetensors, encodeSafetensors } from "../base/safetensors.ts";
import { type Filter, filterName, toPredicate } from "../core/filter.ts";
import { BaseParam, paramsOf } from "../core/mod.ts";
import { LayerParam } from "../nn/mod.ts";
import { Tensor } from "../numpy/mod.ts";
import { toArray, toTensor } from "./file_tensors.ts";

/** How to save or load. */
export interface SaveOptions {
  /** Which params; `LayerParam`, all weights, by default. */
  filter?: Filter;
}

/** How to write the bytes of a file. */
export interface EncodeOptions {
  /** Format of the file; `"npz"` by default. */
  format?: "npz" | "safetensors";
}

/** What loading did. */
export interface LoadReport {
  /** Paths of the params that were set. */
  readonly loaded: readonly string[];
  /** Names in the file that no selected param has; they were left alone. */
  readonly ignored: readonly string[];
}

/**
 * The params of a model as the bytes of an .npz or .safetensors file. A param that the model
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
  { format = "npz" }: EncodeOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const arrays = new Map<string, NpyArray>();
  for (const { path, param } of selected("save", model, filter)) {
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
  return format === "npz" ? encodeNpz(arrays) : encodeSafetensors(arrays);
}

/**
 * Sets the params of a model from the bytes of an .npz or .safetensors file,
 * which are told apart by how they begin. Everything is checked first: if this
 * throws, the model is as it was. A param without a value takes what the file
 * has for it, if anything; one that the model holds twice may have any of its
 * paths in the file. Floats of 16 and 64 bits are rounded to f32, integers of
 * other widths than the model's must fit.
 *
 * @param filter Which params; `LayerParam`, all weights, by default.
 * @returns What was set, and which names of the file no param has.
 * @throws {TreeError} If the bytes are no such file or not a whole one, it
 * lacks a param, or one has another shape or kind than in the model.
 */
export async function decodeParams(
  model: unknown,
  bytes: Uint8Array,
  filter: Filter = LayerParam,
): Promise<LoadReport> {
  return await decodeFrom("the bytes given", model, bytes, filter);
}

/**
 * Saves the params of a model in a file; an existing one is replaced.
 *
 * @example
 * ```ts ignore
 * await pxu.saveParams(model, "model"); // model.npz
 * await pxu.loadParams(model, "model");
 * await pxu.saveParams(model, "model.safetensors");
 * ```
 * @param path Where; its ending, `.npz` or `.safetensors`, says the format,
 * and `.npz` is appended to any other.
 * @throws {TreeError} As `encodeParams`, or if the file cannot be written; an
 * existing one is then as it was.
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
    await encodeParams(model, filter, {
      format: isSafetensors(fileName(path)) ? "safetensors" : "npz",
    }),
    `save params in ${fileName(path)}`,
    "encodeParams(model), and store the bytes",
  );
}

/**
 * Loads the params of a model from a file of `saveParams`, of pcax or of
 * numpy, with the checks of {@link decodeParams}.
 *
 * @param path Where; `.npz` is appended unless it ends so or in
 * `.safetensors`.
 * @returns What was set, and which names of the file no param has.
 * @throws {TreeError} As `decodeParams`, or if the file cannot be read.
 * @throws {DeviceError} In a browser, which has no files: use `decodeParams`.
 * @see pcax `pxu.load_params`
 */
export async function loadParams(
  model: unknown,
  path: string,
  { filter = LayerParam }: SaveOptions = {},
): Promise<LoadReport> {
  const file = fileName(path);
  const bytes = await readBytes(
    file,
    `load params from ${file}`,
    "decodeParams(model, bytes), with bytes made by encodeParams",
  );
  return await decodeFrom(file, model, bytes, filter);
}

async function decodeFrom(
  file: string,
  model: unknown,
  bytes: Uint8Array,
  filter: Filter,
): Promise<LoadReport> {
  const params = selected("load", model, filter);
  const entries = isSafetensors(file) || hasHeader(bytes)
    ? decodeSafetensors(bytes, file)
    : await decodeNpz(bytes, file);
  const names = new Set(entries.names);
  const values: (readonly [BaseParam, Tensor])[] = [];
  const missing: string[] = [];
  const loaded: string[] = [];
  for (const { path, param, others } of params) {
    const current = param.get();
    const name = [path, ...others].find((p) => names.has(p));
    const array = name === undefined ? undefined : entries.get(name);
    if (name !== undefined && array !== undefined) {
      values.push([param, toTensor(file, name, current, array)]);
      loaded.push(path);
      names.delete(name);
      // What pcax writes for a param's further paths holds nothing.
      others.forEach((other) => names.delete(other));
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
  return { loaded, ignored: [...names] };
}

/** A param that a filter selects, under its first path and all others. */
interface Selected {
  readonly path: string;
  readonly others: string[];
  readonly param: BaseParam;
}

/** The params that a filter selects, each once. */
function selected(
  action: string,
  model: unknown,
  filter: Filter,
): readonly Selected[] {
  const matches = toPredicate(filter);
  const seen = new Map<BaseParam, Selected>();
  for (const { path, param } of paramsOf(model)) {
    if (!(param instanceof BaseParam)) continue;
    const known = seen.get(param);
    if (known) known.others.push(path);
    else seen.set(param, { path, param, others: [] });
  }
  const found = [...seen.values()].filter(({ param }) => matches(param));
  if (found.length > 0) return found;
  throw new TreeError(
    `Cannot ${action} params: none of the ${seen.size} params of the model ` +
      `is ${filterName(filter)}, expected at least one: pass another filter`,
  );
}

/** Whether a `{` follows eight bytes, as in a .safetensors file. */
function hasHeader(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b;
}

function isSafetensors(path: string): boolean {
  return path.endsWith(".safetensors");
}

function fileName(path: string): string {
  return /\.(npz|safetensors)$/.test(path) ? path : `${path}.npz`;
}
