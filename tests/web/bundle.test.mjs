// The web app as it was built: how much a first visit loads, and that all is there in each language.

import assert from "node:assert/strict";
import { readFile, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { describe, test } from "node:test";
import { program } from "../server/harness.mjs";

const folder = path.join(path.dirname(program), "web");
const most = 250_000; // bytes of JavaScript that a first visit loads, compressed
const languages = (await readdir(folder, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory()).map(({ name }) => name);

// What a browser would get: gzip where there is such a copy.
const sizeOf = (file) => stat(`${file}.gz`).catch(() => stat(file)).then(({ size }) => size);

for (const language of languages)
  describe(`the app in ${language}`, async () => {
    const page = await readFile(path.join(folder, language, "index.html"), "utf8");

    test("loads little at first", async () => {
      const scripts = [...page.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map(([, name]) => name);
      assert.ok(scripts.length > 2, "the scripts are found");
      const sizes = await Promise.all(scripts.map((name) => sizeOf(path.join(folder, language, name))));
      const sum = sizes.reduce((a, b) => a + b);
      assert.ok(sum < most, `${sum} bytes`);
    });

    test("has no script or style of the page's own, and asks nobody else", () => {
      assert.doesNotMatch(page, /<style|<script(?![^>]* src=)[^>]*>|https?:/);
      assert.match(page, new RegExp(`<html lang="${language}".*<base href="/${language}/">`, "s"));
      assert.match(page, /ngcspnonce="CSP_NONCE"/i);
    });

    test("has the same files as the others", async () => {
      assert.deepEqual((await readdir(path.join(folder, language))).sort(), (await readdir(path.join(folder, "en"))).sort());
    });
  });

test("there are two languages or more, and the licences", async () => {
  assert.ok(languages.length >= 2, languages.join());
  const licences = await readFile(path.join(folder, "3rdpartylicenses.txt"), "utf8");
  for (const name of ["@angular/core", "@angular/material", "openseadragon", "@fontsource-variable/inter", "@material-symbols/svg-400"])
    assert.ok(licences.includes(`Package: ${name}\n`), name);
});
