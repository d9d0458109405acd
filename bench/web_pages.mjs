// What a browser makes of the web app: bytes of JavaScript that a page loads, when its largest part is
// painted (largest contentful paint, LCP) and how long it does not answer (total blocking time, TBT:
// what tasks longer than 50 ms take beyond that, after the first paint; https://web.dev/articles/tbt).
// Each page is opened with an empty cache, as on a desktop computer, and as Lighthouse sees a phone:
// a processor four times slower, 1.6 Mbit/s and 150 ms to the server. Medians.
// Usage: node bench/web_pages.mjs [--runs N] [--json] [--program FILE]

import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ask, makePhantoms, run, startServer } from "./server.mjs";

const root = path.join(import.meta.dirname, "..");
const { chromium } = createRequire(path.join(root, "tests/package.json"))("playwright-core");
const { values: options } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
    program: { type: "string", default: path.join(root, "build/perxeptron") },
  },
});
const login = { username: "mina", password: "a pass phrase for the pages" };
const devices = {
  desktop: { viewport: { width: 1920, height: 1080 } },
  phone: { viewport: { width: 390, height: 844 }, slower: 4, bitsPerSecond: 1.6e6, latency: 150 },
};
const scratch = await mkdtemp(path.join(tmpdir(), "perxeptron-pages-"));

// One network with small inputs: what is measured is the pages.
async function prepare() {
  const member = path.join(scratch, "small.safetensors"), ensemble = path.join(scratch, "small.json");
  const labels = "atelectasis,cardiomegaly,consolidation,edema,pleural_effusion";
  await run(options.program, ["model", "init", "--arch", "densenet121", "--size", "75", "--seed", "1", "--labels", labels, "-o", member]);
  await run(options.program, ["ensemble", "create", "--name", "small", "-o", ensemble, "--member", member]);
  const server = await startServer(options.program, { "--data": path.join(scratch, "data"), "--ensemble": ensemble });
  const json = { type: "application/json" };
  const user = await ask(server, "POST", "users", { ...json, body: JSON.stringify(login), status: 201 });
  const { token } = await ask(server, "POST", "session", { ...json, body: JSON.stringify({ ...login, kind: "token" }), status: 200 });
  const images = await makePhantoms(options.program, 12, path.join(scratch, "phantoms"));
  const ids = [];
  for (const body of images) ids.push((await ask(server, "POST", "xrays", { token, type: "image/png", body, status: 201 })).id);
  return { server, pages: { home: "/", upload: "/anonupload", profile: `/users/${user.id}`, xray: `/xrays/${ids[0]}` } };
}

async function logIn(context, server) {
  const page = await context.newPage();
  await page.goto(`${server.url}login`);
  await page.getByLabel("User name").fill(login.username);
  await page.getByLabel("Password", { exact: true }).fill(login.password);
  await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
  await page.waitForURL(/users/);
  await page.close();
}

async function emulate(page, { slower, bitsPerSecond, latency }) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  if (slower) await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
  if (bitsPerSecond) {
    const bytes = bitsPerSecond / 8;
    await session.send("Network.emulateNetworkConditions", { offline: false, latency, downloadThroughput: bytes, uploadThroughput: bytes });
  }
  const loaded = { script: 0, all: 0 }, kinds = new Map();
  session.on("Network.responseReceived", ({ requestId, type }) => kinds.set(requestId, type));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    loaded.all += encodedDataLength;
    if (kinds.get(requestId) === "Script") loaded.script += encodedDataLength;
  });
  return loaded;
}

// In the page, before its own scripts.
function observe() {
  globalThis.seen = { lcp: 0, tasks: [], firstPaint: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.lcp = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") seen.firstPaint = startTime;
  }).observe({ type: "paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) seen.tasks.push({ end: startTime + duration, duration });
  }).observe({ type: "longtask", buffered: true });
}

async function open(context, address, device) {
  const page = await context.newPage();
  await page.addInitScript(observe);
  const loaded = await emulate(page, device);
  await page.goto(address, { waitUntil: "networkidle" });
  await page.waitForTimeout(500); // for what follows the last answer
  const { lcp, tasks, firstPaint } = await page.evaluate("seen");
  await page.close();
  const tbt = tasks.filter(({ end }) => end > firstPaint)
    .reduce((sum, { end, duration }) => sum + Math.max(0, Math.min(duration, end - firstPaint) - 50), 0);
  return { lcp_ms: lcp, tbt_ms: tbt, script_kb: loaded.script / 1000, all_kb: loaded.all / 1000 };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function measure({ server, pages }) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", chromiumSandbox: process.getuid() !== 0 });
  const results = [];
  for (const [name, device] of Object.entries(devices)) {
    const context = await browser.newContext({ viewport: device.viewport, serviceWorkers: "block", locale: "en-GB" });
    for (const [page, address] of Object.entries(pages)) {
      if (page === "profile") await logIn(context, server);
      const runs = [];
      for (let i = 0; i < Number(options.runs); i++) runs.push(await open(context, new URL(address, server.url).href, device));
      results.push({ page, device: name, ...Object.fromEntries(Object.keys(runs[0]).map((key) => [key, Math.round(median(runs.map((run) => run[key])))])) });
    }
    await context.close();
  }
  await browser.close();
  return results;
}

let world;
try {
  world = await prepare();
  const results = await measure(world);
  if (options.json) console.log(JSON.stringify(results, null, 2));
  else console.table(results);
} finally {
  world?.server.child.kill("SIGTERM");
  await world?.server.ended;
  await rm(scratch, { recursive: true, force: true });
}
