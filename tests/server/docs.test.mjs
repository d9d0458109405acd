// The documentation page in a browser: everything of the description is on it, under its strict
// policy, for the keyboard too.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { browserPath, openPage } from "./browser.mjs";
import { serve } from "./harness.mjs";

const server = await serve();
const description = await (await fetch(new URL("/api/v1/openapi.json", server.url))).json();
const operations = () => Object.entries(description.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })));

describe("the page", { skip: browserPath ? false : "no Chromium here" }, () => {
  let browser, page;
  before(async () => {
    browser = await openPage(new URL("/api/v1/docs", server.url).href);
    page = browser.page;
    await page.locator("#schemas").waitFor();
  });
  after(() => browser?.close());

  test("every operation is there with its path, and in the index", async () => {
    for (const { path, method, operation } of operations()) {
      const section = page.locator(`section#${operation.operationId}`);
      const text = await section.innerText();
      for (const part of [operation.summary, `/api/v1${path}`, method.toUpperCase(), "curl "])
        assert.ok(text.includes(part), `${operation.operationId}: ${part}`);
      assert.equal(await section.locator("summary .status").count(), Object.keys(operation.responses).length);
      assert.equal(await page.locator(`nav a[href="#${operation.operationId}"]`).count(), 1);
    }
    assert.ok(!(await page.locator("main").innerText()).includes("[object"));
  });

  test("every kind of problem has the place that its type links to", async () => {
    for (const kind of description.components.schemas.Problem.properties.type.oneOf)
      assert.equal(await page.locator(`tr[id="${kind.const.split("#")[1]}"]`).count(), 1, kind.const);
  });

  test("every schema can be opened to its fields, also those within others", async () => {
    await page.locator("#schema-XRay > summary").click();
    const findings = page.locator("#schema-XRay > ul > li", { hasText: "findings" }).locator("details").first();
    await findings.locator("summary").first().click();
    await findings.getByText("disagreement", { exact: true }).waitFor();
  });

  test("the filter keeps what fits, and says when nothing does", async () => {
    const shown = () => page.locator(".operation:visible").count();
    const all = await shown();
    await page.getByLabel("Filter").fill("heat map");
    const some = await shown();
    assert.ok(some > 0 && some < all, `${some} of ${all}`);
    assert.equal(await page.locator("nav a:visible", { hasText: "A heat map" }).count(), 1);
    await page.getByLabel("Filter").fill("nosuchthing");
    assert.equal(await shown(), 0);
    assert.ok(await page.getByText("Nothing fits.").isVisible());
    await page.getByLabel("Filter").fill("");
    assert.equal(await shown(), all);
  });

  test("the keyboard gets past the index, and to each operation", async () => {
    await page.goto("about:blank");
    await page.goto(new URL("/api/v1/docs", server.url).href);
    await page.locator("#schemas").waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "content");
    await page.locator('nav a[href="#getReport"]').focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => {
      const { top } = document.getElementById("getReport").getBoundingClientRect();
      return top >= 0 && top < 200;
    });
  });

  test("a link to a kind of problem leads there", async () => {
    await page.goto("about:blank");
    await page.goto(new URL("/api/v1/docs#conflict", server.url).href);
    await page.waitForFunction(() => {
      const { top, bottom } = document.getElementById("conflict")?.getBoundingClientRect() ?? {};
      return top >= 0 && bottom <= innerHeight;
    });
  });

  test("nothing was refused by the policy, and nothing failed", () => {
    assert.deepEqual(browser.complaints, []);
    for (const url of browser.requests)
      assert.ok(url.startsWith(server.url) || url.startsWith("about:"), url);
  });
});

test("who has the files already gets 304", async () => {
  for (const path of ["/api/v1/openapi.json", "/api/v1/docs", "/docs.css", "/docs.js", "/docs.svg"]) {
    const first = await fetch(new URL(path, server.url));
    const etag = first.headers.get("etag");
    const again = await fetch(new URL(path, server.url), { headers: { "If-None-Match": etag } });
    assert.equal(again.status, 304, path);
    assert.equal(await again.text(), "");
    const other = await fetch(new URL(path, server.url), { headers: { "If-None-Match": '"other"' } });
    assert.equal(other.status, 200);
    assert.equal((await other.text()), await first.text());
  }
});
