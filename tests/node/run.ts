/**
 * `bun tests/node/run.ts`: bundles smoke.ts for Node and runs it there. The
 * bundle lies in the project, where Node finds its packages.
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const bundle = path("../../dist/node_smoke.js");
const build = ["build", path("smoke.ts"), "--target", "node"];

execFileSync(process.execPath, [...build, "--outfile", bundle], {
  stdio: "inherit",
});
execFileSync("node", [bundle], { stdio: "inherit" });
