// The reports on an evaluation and on a training in Chromium: nothing that axe-core finds, nothing fetched, nothing wider
// than a phone, no label cut off or written over another, and light on paper.
// With SCREENSHOTS=FOLDER it is drawn there.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { browserPath } from "../server/browser.mjs";

const axe = await readFile(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const pictures = process.env.SCREENSHOTS;

// Labels of plots that are cut off by their plot's edge, or lie over one another.
function badLabels() {
  const bad = [];
  for (const svg of document.querySelectorAll("figure svg[role=img]")) {
    const frame = svg.getBoundingClientRect();
    const labels = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    labels.forEach(([words, box], i) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        bad.push(`${svg.getAttribute("aria-label")}: "${words}" is cut off`);
      for (const [others, other] of labels.slice(i + 1)) {
        const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
        const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
        if (across > 1 && down > 4) // boxes are higher than their letters by more
           bad.push(`${svg.getAttribute("aria-label")}: "${words}" lies over "${others}"`);
      }
    });
  }
  return bad;
}

for (const name of ["report", "training"]) describe(`${name}.html`, { skip: browserPath ? false : "no Chromium here" }, () => {
  let folder, browser;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "report-"));
    execFileSync(process.env.REPORT_TOOL, [folder]);
    browser = await chromium.launch({ executablePath: browserPath, chromiumSandbox: false });
    if (pictures) await mkdir(pictures, { recursive: true });
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(t, colorScheme, width, height = 900) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height }, reducedMotion: "reduce" });
    t.after(() => context.close());
    const page = await context.newPage();
    const requests = [], complaints = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    const url = pathToFileURL(path.join(folder, `${name}.html`)).href;
    await page.goto(url);
    assert.deepEqual(requests, [url]);
    assert.deepEqual(complaints, []);
    return page;
  }

  for (const [scheme, width] of [["light", 1200], ["dark", 360]])
    test(`${scheme}, ${width} pixels`, async (t) => {
      const page = await open(t, scheme, width);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      assert.deepEqual(await page.evaluate(badLabels), []);
      if (pictures) await page.screenshot({ path: path.join(pictures, `${name}-${scheme}.png`) });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      }));
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`), []);
    });

  test("paper is light and nothing is cut off", async (t) => {
    const page = await open(t, "dark", 688, 1009); // A4 within its margins
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).color), "rgb(27, 42, 51)");
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 688);
    assert.deepEqual(await page.evaluate(badLabels), []);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
    assert.match(pdf.toString("latin1"), /\/MediaBox \[0 0 59[45][\d.]* 84[12]/);
  });
});
