/**
 * `bun tests/python/run.ts`: files that travel to numpy and back. It needs
 * `python3` with numpy; where that is missing it says so and checks nothing,
 * unless the environment says `PYTHON=required`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { jnp, px, pxnn, pxu, Tensor, tensor } from "../../mod.ts";

/** The arrays of peer.py as params; its names are their paths. */
class Model extends px.Module {
  layers: pxnn.Linear[] = [new pxnn.Linear(2, 3)];
  count: px.Param = new px.Param(tensor(0, "i32"));
  seed: px.Param = new px.Param(tensor([0, 0], "u32"));
  mask: px.Param = new px.Param(tensor([[false, false]]));
  empty: px.Param = new px.Param(jnp.zeros([0, 3]));
}

function filled(): Model {
  const model = new Model();
  const { weight, bias } = model.layers[0].nn;
  weight.set(tensor([[-1, -0.75], [-0.5, -0.25], [0, 0.25]]));
  bias!.set(tensor([0.1, -2.5, 3e38]));
  model.count.set(tensor(-7, "i32"));
  model.seed.set(tensor([1, 4294967295], "u32"));
  model.mask.set(tensor([[true, false]]));
  return model;
}

const values = (model: Model): string =>
  px.paramsOf(model).flatMap(({ path, param }) => {
    const value: unknown = param.get();
    return value instanceof Tensor
      ? [`${path} ${value.dtype} ${JSON.stringify(value.toArray())}`]
      : [];
  }).join("\n");

function python(...args: string[]): void {
  const { status, stderr } = spawnSync("python3", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`python3 ${args.join(" ")}: ${stderr}`);
}

const FORMS = ["stored", "deflated", "fortran", "big", "wide", "big_fortran"];

async function roundTrips(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "vodes-"));
  const peer = fileURLToPath(new URL("peer.py", import.meta.url));
  const filter = px.Param;
  try {
    for (const ending of ["npz", "safetensors"]) {
      const file = join(folder, `ours.${ending}`);
      await pxu.saveParams(filled(), file, { filter });
      python(peer, "read", file);
      console.log(`numpy reads our .${ending}`);
    }
    for (const form of FORMS) {
      const file = join(folder, `${form}.npz`);
      python(peer, "write", file);
      const model = new Model();
      const { ignored } = await pxu.loadParams(model, file, { filter });
      if (values(model) !== values(filled()) || `${ignored}` !== "extra") {
        throw new Error(`numpy's ${form} file gives ${values(model)}`);
      }
      console.log(`we read numpy's .npz, ${form}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { status } = spawnSync("python3", ["-c", "import numpy"]);
if (status === 0) await roundTrips();
else if (process.env.PYTHON === "required") {
  throw new Error("Cannot check files with numpy: no python3 that has it");
} else console.log("Skipped: there is no python3 with numpy");
