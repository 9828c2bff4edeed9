/**
 * `bun tests/browser/run.ts`: bundles the page, serves it to a headless
 * Chromium with the headers that shared memory asks for, and prints its report.
 * `CHROMIUM` names another browser. A thrown error in the page, a message of
 * its console at level error, a report that does not come, a poor accuracy or a
 * failed test in it is a failure; so is a page without a GPU if the environment
 * says `GPU=required`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Report } from "./page.ts";

const PAGE = fileURLToPath(new URL("index.html", import.meta.url));
/** Has the bundle take assertions that need no Node. */
const PATHS = fileURLToPath(new URL("tsconfig.page.json", import.meta.url));
const TIMEOUT_MS = 1_500_000;
const MIN_ACCURACY = 0.9;
/** Fewer would mean that the suite did not run. */
const MIN_TESTS = 100;

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

function bundle(folder: string): void {
  const args = ["build", PAGE, "--outdir", folder, "--target", "browser"];
  const paths = ["--tsconfig-override", PATHS];
  execFileSync(process.execPath, [...args, ...paths], { stdio: "inherit" });
}

/** Serves one flat folder on the loopback address, and tells the port. */
function serve(folder: string): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) || "index.html";
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    response.setHeader("Content-Type", TYPES[extname(name)] ?? "text/plain");
    try {
      response.end(readFileSync(join(folder, name)));
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" ? address?.port ?? 0 : 0;
      done({ server, port });
    });
  });
}

/** Opens the page and returns the text of its report. */
async function visit(url: string): Promise<string> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--enable-unsafe-webgpu"],
  });
  try {
    const page = await browser.newPage();
    const failure = new Promise<never>((_, reject) => {
      page.on("pageerror", reject);
      page.on("console", (message) => {
        if (message.type() === "error") reject(new Error(message.text()));
      });
    });
    const report = async (): Promise<string> => {
      await page.goto(url);
      const done = page.locator("#report", { hasText: "{" });
      return await done.innerText({ timeout: TIMEOUT_MS });
    };
    return await Promise.race([report(), failure]);
  } finally {
    await browser.close();
  }
}

/** A report in lines. */
function summary(report: Report): string {
  const { training, conformance, ...rest } = report;
  return [
    ...Object.entries(training).map(([device, { accuracy, keys }]) =>
      `trained on ${device}: accuracy ${accuracy}, ${keys.length} params`
    ),
    ...Object.entries(conformance).map(([device, results]) =>
      `conformance of ${device}: ${results.passed} passed, ` +
      `${results.failures.length} failed, ${results.skipped} skipped, ` +
      `${results.seconds} s; slowest: ` +
      results.slowest.map(([name, seconds]) => `${name} ${seconds} s`).join()
    ),
    ...Object.entries(rest).map(([fact, value]) => `${fact}: ${value}`),
  ].join("\n");
}

/** What is wrong with a report, in sentences. */
function complaints(report: Report): string[] {
  const { training, conformance, threads, sameBits, gpu } = report;
  const found: string[] = [];
  for (const [device, { accuracy }] of Object.entries(training)) {
    if (accuracy > MIN_ACCURACY) continue;
    found.push(`trained on ${device} to an accuracy of ${accuracy} only`);
  }
  for (const [device, { passed, failures }] of Object.entries(conformance)) {
    found.push(...failures.map((failure) => `failed on ${device}: ${failure}`));
    if (passed < MIN_TESTS) found.push(`ran ${passed} tests on ${device} only`);
  }
  if (!threads.includes("2 threads") || !sameBits) {
    found.push(`has ${threads}, same bits: ${sameBits}`);
  }
  if (gpu === null && process.env.GPU === "required") found.push("has no GPU");
  return found;
}

const folder = mkdtempSync(join(tmpdir(), "vodes-browser-"));
bundle(folder);
const { server, port } = await serve(folder);
try {
  const text = await visit(`http://127.0.0.1:${port}/`);
  const report: Report = JSON.parse(text);
  console.log(summary(report));
  const found = complaints(report);
  if (found.length > 0) throw new Error(`The page ${found.join("\nand ")}`);
} finally {
  server.close();
  rmSync(folder, { recursive: true });
}
