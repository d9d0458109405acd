// The page in a real browser: a sample is read, findings and heat maps are shown, errors are said.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { browserPath, openPage } from "./browser.mjs";
import { findings, scratchFolder, serve } from "./harness.mjs";

describe("the page", { skip: browserPath ? false : "no Chromium here" }, () => {
  let server, browser, page;
  before(async () => {
    server = await serve();
    browser = await openPage(server.url);
    page = browser.page;
    await page.locator("#ensemble", { hasText: "2 networks" }).waitFor();
  });
  after(async () => {
    await browser?.close();
    assert.equal(await server.stop(), 0);
  });

  const readSample = async () => {
    await page.locator("#sample").click();
    await page.locator(".finding").first().waitFor();
  };

  // Red, green and blue in the middle of the picture shown.
  const middle = () => page.locator("#canvas").evaluate((canvas) =>
    [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data]);

  test("warns of untrained weights before anything is read", async () => {
    assert.match(await page.locator("#notice").innerText(), /untrained weights: demonstration only/i);
  });

  test("reads a sample and shows each finding with score, threshold and decision", async () => {
    await readSample();
    const rows = await page.locator(".finding").allInnerTexts();
    assert.equal(rows.length, findings.length);
    rows.forEach((row, i) => {
      assert.ok(row.includes(findings[i].replace("_", " ")));
      assert.match(row, i % 2 ? /Not suspected/ : /Suspected/);
      assert.match(row, i % 2 ? /threshold 100.0 %/ : /threshold 0.0 %/);
      assert.match(row, /score \d+\.\d %/);
    });
    assert.equal(await page.locator("#members tbody tr").count(), 2);
  });

  test("shows the heat map of the finding chosen, as strong as wanted", async () => {
    const setOpacity = (value) => page.locator("#opacity").fill(String(value));
    const picture = () => page.locator("#canvas").evaluate((canvas) => canvas.toDataURL());
    await page.locator("#box").click();
    await setOpacity(0);
    const [red, green, blue] = await middle();
    assert.ok(red === green && green === blue, "without a heat map the radiograph is grey");
    const pictures = [await picture()];
    await setOpacity(100);
    for (const finding of [0, 3]) {
      await page.locator(".finding").nth(finding).click();
      pictures.push(await picture());
    }
    assert.ok(new Set(pictures).size === 3, "bare, and two heat maps");
    assert.match(await page.locator("#canvas").getAttribute("aria-label"), /heat map of edema/);
  });

  test("says why a file cannot be read, and recovers", async () => {
    const file = path.join(await scratchFolder(), "notes.png");
    await writeFile(file, "no image");
    await page.locator("#file").setInputFiles(file);
    await page.locator("#error").waitFor();
    assert.match(await page.locator("#error").innerText(), /Not an image that can be read/);
    assert.equal(await page.locator(".finding").count(), 0);
    await readSample();
    assert.ok(await page.locator("#error").isHidden());
  });

  test("asks nobody but its server and breaks none of its own rules", async () => {
    for (const url of browser.requests) assert.match(url, new RegExp(`^(${server.url}|data:|blob:|about:)`));
    assert.deepEqual(browser.complaints.filter((text) => !text.includes("400 (Bad Request)")), []);
  });

  test("fits a phone without scrolling sideways", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360);
  });
});
