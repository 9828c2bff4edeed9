/**
 * `bun tests/browser/run.ts`: bundles the page, serves it to a headless
 * Chromium with the headers that shared memory asks for, and prints its report.
 * `CHROMIUM` names another browser. A thrown error in the page, a message of
 * its console at level error, a report that does not come or a poor accuracy in
 * it is a failure.
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
const TIMEOUT_MS = 60_000;
const MIN_ACCURACY = 0.9;

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

function bundle(folder: string): void {
  const args = ["build", PAGE, "--outdir", folder, "--target", "browser"];
  execFileSync(process.execPath, args, { stdio: "inherit" });
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

const folder = mkdtempSync(join(tmpdir(), "vodes-browser-"));
bundle(folder);
const { server, port } = await serve(folder);
try {
  const text = await visit(`http://127.0.0.1:${port}/`);
  console.log(`browser: ${text}`);
  const report: Report = JSON.parse(text);
  if (!(report.accuracy > MIN_ACCURACY)) {
    throw new Error(
      `The page trained to an accuracy of ${report.accuracy}, expected more ` +
        `than ${MIN_ACCURACY}`,
    );
  }
  if (!report.threads.includes("2 threads") || !report.sameBits) {
    throw new Error(
      `The page has ${report.threads}, same bits: ${report.sameBits}, ` +
        "expected 2 threads and true",
    );
  }
} finally {
  server.close();
  rmSync(folder, { recursive: true });
}
