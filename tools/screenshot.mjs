// Takes a picture of a web page with Chromium, over its debugging pipe.
// Usage: node screenshot.mjs URL OUT.png WIDTH HEIGHT [CLICK-SELECTOR READY-SELECTOR]
// With selectors, clicks one and waits until the other matches.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [url, out, width, height, click, ready] = process.argv.slice(2);
const timeoutMs = 180_000;

function startBrowser(profile) {
  const flags = ["--headless", "--remote-debugging-pipe", "--hide-scrollbars", "--disable-gpu",
    "--no-first-run", `--user-data-dir=${profile}`];
  if (process.getuid() === 0) flags.push("--no-sandbox"); // Chromium's sandbox refuses root
  return spawn(process.env.CHROMIUM ?? "chromium", flags,
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
}

// Messages are JSON, each followed by a zero byte.
function connect(browser) {
  const waiting = new Map();
  let last = 0;
  let rest = "";
  browser.stdio[4].setEncoding("utf8").on("data", (chunk) => {
    const messages = (rest + chunk).split("\0");
    rest = messages.pop();
    for (const { id, result, error } of messages.map((text) => JSON.parse(text))) {
      const call = waiting.get(id);
      if (!call) continue;
      waiting.delete(id);
      if (error) call.reject(new Error(error.message));
      else call.resolve(result);
    }
  });
  return (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    browser.stdio[3].write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
  });
}

async function waitFor(evaluate, expression) {
  const end = Date.now() + timeoutMs;
  while (!(await evaluate(expression))) {
    if (Date.now() > end) throw new Error(`${url}: nothing after ${timeoutMs} ms: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function takePicture(send) {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const evaluate = async (expression) =>
    (await send("Runtime.evaluate", { expression, returnByValue: true }, sessionId)).result.value;
  await send("Emulation.setDeviceMetricsOverride",
    { width: Number(width), height: Number(height), deviceScaleFactor: 1, mobile: false }, sessionId);
  const { errorText } = await send("Page.navigate", { url }, sessionId);
  if (errorText) throw new Error(`${url}: ${errorText}`);
  await waitFor(evaluate, "document.readyState === 'complete' && location.href !== 'about:blank'");
  if (click) {
    await evaluate(`document.querySelector(${JSON.stringify(click)}).click()`);
    await waitFor(evaluate, `document.querySelector(${JSON.stringify(ready)}) !== null`);
  }
  const { data } = await send("Page.captureScreenshot", { format: "png" }, sessionId);
  writeFileSync(out, Buffer.from(data, "base64"));
}

const profile = mkdtempSync(join(tmpdir(), "screenshot-"));
const browser = startBrowser(profile);
browser.on("error", (error) => {
  console.error(`screenshot: cannot start Chromium: ${error.message}`);
  process.exit(4);
});
try {
  await takePicture(connect(browser));
} catch (error) {
  console.error(`screenshot: ${error.message}`);
  process.exitCode = 4;
} finally {
  browser.kill();
  await new Promise((resolve) => browser.once("exit", resolve));
  rmSync(profile, { recursive: true, force: true });
}
