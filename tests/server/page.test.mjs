// The page in a real browser: a sample is read, findings and heat maps are shown, errors are said.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { findBrowser, openPage } from "./browser.mjs";
import { findings, scratchFolder, serve } from "./harness.mjs";

const browser = await findBrowser();

describe("the page", { skip: browser ? false : "no Chromium here" }, () => {
  let server, page;
  before(async () => {
    server = await serve();
    page = await openPage(browser, server.url);
    await page.until('document.querySelector("#ensemble")?.textContent.includes("2 networks")');
  });
  after(async () => {
    await page?.close();
    assert.equal(await server.stop(), 0);
  });

  const choose = async (file) => {
    const { root } = await page.send("DOM.getDocument");
    const { nodeId } = await page.send("DOM.querySelector", { nodeId: root.nodeId, selector: "#file" });
    await page.send("DOM.setFileInputFiles", { nodeId, files: [file] });
  };

  // Red, green and blue in the middle of the picture shown.
  const middle = () => page.run(`(() => {
    const canvas = document.querySelector("#canvas");
    return [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data];
  })()`);

  test("warns of untrained weights before anything is read", async () => {
    assert.match(await page.run('document.querySelector("#notice:not([hidden])").textContent'), /untrained weights: demonstration only/i);
  });

  test("reads a sample and shows each finding with score, threshold and decision", async () => {
    await page.run('document.querySelector("#sample").click()');
    await page.until('document.querySelectorAll(".finding").length > 0');
    const rows = await page.run('[...document.querySelectorAll(".finding")].map((row) => row.innerText)');
    assert.equal(rows.length, findings.length);
    rows.forEach((row, i) => {
      assert.ok(row.includes(findings[i].replace("_", " ")));
      assert.match(row, i % 2 ? /Not suspected/ : /Suspected/);
      assert.match(row, i % 2 ? /threshold 100.0 %/ : /threshold 0.0 %/);
      assert.match(row, /score \d+\.\d %/);
    });
    assert.equal(await page.run('document.querySelectorAll("#members tbody tr").length'), 2);
  });

  test("shows the heat map of the finding chosen, as strong as wanted", async () => {
    const setOpacity = (value) => page.run(`(() => {
      const range = document.querySelector("#opacity");
      range.value = ${value};
      range.dispatchEvent(new Event("input"));
    })()`);
    const whole = 'document.querySelector("#canvas").toDataURL()';
    await page.run('document.querySelector("#box").click()');
    await setOpacity(0);
    const [red, green, blue] = await middle();
    assert.ok(red === green && green === blue, "without a heat map the radiograph is grey");
    const pictures = [await page.run(whole)];
    await setOpacity(100);
    for (const finding of [0, 3]) {
      await page.run(`document.querySelectorAll(".finding input")[${finding}].click()`);
      pictures.push(await page.run(whole));
    }
    assert.ok(new Set(pictures).size === 3, "bare, and two heat maps");
    assert.match(await page.run('document.querySelector("#canvas").ariaLabel'), /heat map of edema/);
  });

  test("says why a file cannot be read, and recovers", async () => {
    const file = path.join(await scratchFolder(), "notes.png");
    await writeFile(file, "no image");
    await choose(file);
    await page.until('!document.querySelector("#error").hidden');
    assert.match(await page.run('document.querySelector("#error").textContent'), /Not an image that can be read/);
    assert.equal(await page.run('document.querySelectorAll(".finding").length'), 0);
    await page.run('document.querySelector("#sample").click()');
    await page.until('document.querySelectorAll(".finding").length > 0');
    assert.ok(await page.run('document.querySelector("#error").hidden'));
  });

  test("asks nobody but its server and breaks none of its own rules", async () => {
    for (const url of page.requests()) assert.match(url, new RegExp(`^(${server.url}|data:|blob:|about:)`));
    assert.deepEqual(page.complaints().filter((text) => !text.includes("400 (Bad Request)")), []);
  });

  test("fits a phone without scrolling sideways", async () => {
    await page.send("Emulation.setDeviceMetricsOverride", { width: 360, height: 740, deviceScaleFactor: 1, mobile: true });
    assert.equal(await page.run("document.documentElement.scrollWidth"), 360);
  });
});
