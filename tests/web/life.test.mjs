// A day with the web app from the first look to logging out, as on three devices: a phone in German and
// dark, a tablet in English and light, a reading room's monitor in English and dark.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { password } from "../server/client.mjs";
import { eventually, phantom } from "../server/harness.mjs";
import { becomes, browserPath, openApp, serveApp } from "./world.mjs";

const english = {
  "home.synthetic": "Try it with a synthetic radiograph", "account.username": "User name", "account.password": "Password",
  "account.signUp": "Sign up", "account.logIn": "Log in", "upload.choose": "Choose files", 
  "profile.search": "Search title or patient reference", "profile.undo": "Undo", "nav.account": "Account", "nav.logOut": "Log out",
  "nav.signUp": "Sign up", "nav.logIn": "Log in", "nav.menu": "Menu", "nav.profile": "My X-rays", "viewer.zoomIn": "Zoom in", "viewer.width": "Width", "reading.report": "Report (PDF)",
  "review.note": "Note on this finding", "review.saved": "Saved", "viewer.nothing": "No region speaks for this finding.",
};
const folder = new URL("../../web/src/locale/de/", import.meta.url);
const files = await Promise.all(["shell", "viewer", "flows", "account"].map((name) => readFile(new URL(`${name}.json`, folder), "utf8")));
const german = Object.assign({}, ...files.map((text) => JSON.parse(text).translations));

const devices = {
  phone: { language: "de-DE", words: german, theme: "dark", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  tablet: { language: "en-GB", words: english, theme: "light", viewport: { width: 820, height: 1180 }, hasTouch: true },
  monitor: { language: "en-US", words: english, theme: "dark", viewport: { width: 1920, height: 1080 } },
};

describe("a day with the web app", { skip: browserPath ? false : "no Chromium here" }, () => {
  let server, images;
  before(async () => {
    server = await serveApp();
    images = await Promise.all([3, 4, 5].map((seed) => phantom("--seed", `${seed}`)));
  });
  after(async () => assert.equal(await server?.stop(), 0));

  for (const [device, { words, ...options }] of Object.entries(devices))
    test(`on a ${device}`, async (t) => {
      const app = await openApp(server, { reducedMotion: "reduce", acceptDownloads: true, ...options });
      t.after(() => app.close());
      const { page } = app;
      const narrow = options.viewport.width < 960;
      const main = page.getByRole("main");
      const button = (id) => main.getByRole("button", { name: words[id], exact: true });
      const image = page.getByRole("application").first();
      const name = (xray) => new RegExp(`^${xray}$`);
      // Main pages are behind a menu where there is little room.
      const go = async (id, role = "link") => {
        if (narrow) await page.getByRole("button", { name: words["nav.menu"], exact: true }).click();
        await (narrow ? page.getByRole("menuitem", { name: words[id], exact: true }) : page.getByRole("banner").getByRole(role, { name: words[id], exact: true })).click();
      };
      const changes = async (act) => {
        const before = await image.screenshot();
        await act();
        await eventually(async () => !(await image.screenshot()).equals(before), "the picture changes");
      };

      await t.test("a stranger tries it, and sees what was found and where", async () => {
        await page.goto("/");
        assert.equal(await page.locator("html").getAttribute("lang"), options.language.slice(0, 2));
        await page.getByRole("button", { name: words["home.synthetic"] }).click();
        await page.waitForURL(/\/xrays\/\d+#/);
        await page.getByRole("radio").first().waitFor();
        await becomes(() => page.getByRole("radio").count(), 5);
        await page.getByRole("application", { name: /heat map|Heatmap/ }).or(main.getByText(words["viewer.nothing"])).first().waitFor();
      });

      await t.test("signs up", async () => {
        await go("nav.signUp");
        await page.getByLabel(words["account.username"]).fill(`user-${device}`);
        await page.getByLabel(words["account.password"], { exact: true }).fill(password);
        await button("account.signUp").click();
        await page.waitForURL(/\/users\/\d+$/);
      });

      await t.test("uploads three", async () => {
        await page.goto(`${page.url()}/upload`);
        const chooser = page.waitForEvent("filechooser");
        await button("upload.choose").click();
        await (await chooser).setFiles(images.map((buffer, i) => ({ name: `${i}.png`, mimeType: "image/png", buffer })));
        const titles = main.getByLabel(device === "phone" ? "Titel" : "Title", { exact: true });
        for (const [i, title] of ["First", "Second", "Third"].entries()) await titles.nth(i).fill(title);
        await main.getByRole("button", { name: /^(Read|.*auswerten).*3|3.*auswerten/ }).click();
        await becomes(() => main.getByRole("button", { name: /^Open |öffnen$/ }).count(), 3);
      });

      await t.test("finds one and opens it", async () => {
        await go("nav.profile");
        await main.getByRole("link", { name: "Third" }).waitFor();
        await main.getByLabel(words["profile.search"]).fill("sec");
        await main.getByRole("link", { name: "First" }).waitFor({ state: "detached" });
        await main.getByRole("link", { name: "Second" }).click();
        await page.getByRole("radio").first().waitFor();
        await page.getByRole("heading", { level: 1, name: name("Second") }).waitFor();
      });

      await t.test("reads it: window, zoom, findings, a note, the report", async () => {
        const width = main.getByRole("spinbutton", { name: words["viewer.width"] });
        await width.fill("90");
        await changes(() => width.press("Tab"));
        await changes(() => button("viewer.zoomIn").click());
        await page.getByRole("radio").nth(1).click();
        await becomes(() => page.getByRole("radio").nth(1).isChecked(), true);
        await main.getByLabel(words["review.note"]).fill("Wie zuvor – as before.");
        await main.getByText(words["review.saved"], { exact: true }).waitFor();
        const [file] = await Promise.all([page.waitForEvent("download"), button("reading.report").click()]);
        assert.equal((await readFile(await file.path())).subarray(0, 4).toString(), "%PDF");
      });

      await t.test("deletes one by mistake, and logs out", async () => {
        await go("nav.profile");
        await main.getByLabel(words["profile.search"]).fill("");
        await main.getByRole("button", { name: device === "phone" ? "First löschen" : "Delete First" }).click();
        await page.getByRole("button", { name: words["profile.undo"] }).click();
        await main.getByRole("link", { name: "First" }).waitFor();
        await page.getByRole("button", { name: words["nav.account"], exact: true }).click();
        await page.getByRole("menuitem", { name: words["nav.logOut"] }).click();
        await page.waitForURL(new URL("/", server.url).href);
        await main.getByRole("link", { name: words["account.logIn"] }).first().waitFor();
      });

      assert.deepEqual(app.complaints, []);
      assert.ok(app.requests.every((url) => url.startsWith(server.url) || /^(blob|data):/.test(url)), "asks nobody else");
    });
});
