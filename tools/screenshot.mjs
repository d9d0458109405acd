// Takes a picture of a web page with Chromium, driven by the tests' Playwright.
// Usage: node screenshot.mjs URL OUT.png WIDTH HEIGHT
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../tests/package.json", import.meta.url))("playwright-core");
const [url, out, width, height] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: process.getuid() !== 0, // Chromium's sandbox refuses root
});
try {
  const page = await browser.newPage({ viewport: { width: Number(width), height: Number(height) } });
  await page.goto(url);
  await page.screenshot({ path: out });
} finally {
  await browser.close();
}
