// Every page of the web app, in both themes: no violation that axe-core finds, nothing the browser
// complains of, nothing asked of anybody else, nothing wider than a phone.
// With SCREENSHOTS=FOLDER each page is drawn there, in three sizes; ENSEMBLE names another ensemble.

import assert from "node:assert/strict";
import { readFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { browserPath, makeWorld, openApp } from "./world.mjs";

const axe = await readFile(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const folder = process.env.SCREENSHOTS;
const sizes = { phone: { width: 390, height: 844 }, tablet: { width: 820, height: 1180 }, desktop: { width: 1920, height: 1080 } };

// What each kind of person sees, by name of the picture.
const pagesOf = ({ mina, ada, xrays, anonymous }) => ({
  stranger: {
    home: "/", upload: "/anonupload", login: "/login", register: "/register", about: "/about", results: "/results",
    settings: "/settings", "not-found": "/no/such/page",
    offline: "/offline.html", "anonymous-xray": `/xrays/${anonymous.id}#${anonymous.capability}`,
  },
  mina: {
    "home-user": "/", profile: `/users/${mina.user.id}`, "upload-user": `/users/${mina.user.id}/upload`,
    xray: `/xrays/${xrays[0].id}`, compare: `/compare?left=${xrays[0].id}&right=${xrays[1].id}`,
    developer: "/developer", "settings-user": "/settings",
  },
  ada: {
    "admin-users": "/admin/users", "admin-state": "/admin/state", "admin-audit": "/admin/audit", "admin-model": "/admin/model",
    "profile-empty": `/users/${ada.user.id}`,
  },
});

// Drawn, with everything that was asked for.
async function settle(page) {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => document.fonts.ready.then(() => null));
}

async function violations(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
}

async function draw(page, name) {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    await page.waitForTimeout(300); // until what moves has come to rest
    await page.screenshot({ path: path.join(folder, `${name}-${size}.png`) });
  }
}

describe("every page", { skip: browserPath ? false : "no Chromium here" }, () => {
  let world;
  before(async () => {
    if (folder) await mkdir(folder, { recursive: true });
    world = await makeWorld(...(process.env.ENSEMBLE ? ["--ensemble", process.env.ENSEMBLE] : []));
  });
  after(async () => assert.equal(await world?.server.stop(), 0));

  for (const theme of ["light", "dark"])
    for (const who of ["stranger", "mina", "ada"])
      test(`as ${who}, ${theme}`, async (t) => {
        const app = await openApp(world.server, { client: world[who], theme, reducedMotion: "reduce", colorScheme: theme });
        t.after(() => app.close());
        for (const [name, address] of Object.entries(pagesOf(world)[who]))
          await t.test(name, async () => {
            await app.page.setViewportSize(sizes.desktop);
            await app.page.goto("about:blank"); // a fragment alone would not load the page anew
            await app.page.goto(address);
            await settle(app.page);
            assert.deepEqual(await violations(app.page), []);
            await app.page.setViewportSize(sizes.phone);
            await app.page.waitForFunction((width) => document.documentElement.scrollWidth <= width, sizes.phone.width, { timeout: 5000 });
            if (folder) await draw(app.page, `${name}-${theme}`);
          });
        await t.test("shortcuts", async () => {
          await app.page.keyboard.press("?");
          await app.page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
          assert.deepEqual(await violations(app.page), []);
          if (folder) await draw(app.page, `shortcuts-${who}-${theme}`);
        });
        for (const url of app.requests) assert.match(url, new RegExp(`^(${world.server.url}|data:|blob:|about:)`));
        assert.deepEqual(app.complaints.filter((text) => !text.includes("404 (Not Found)")), []);
      });
});
