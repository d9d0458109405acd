// Debian's Chromium without a window, driven by Playwright.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

// A page that records what it asked for and what it complained about.
export async function openPage(url) {
  const browser = await chromium.launch({ executablePath: browserPath, chromiumSandbox: false });
  const page = await browser.newPage();
  const requests = [];
  const complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, requests, complaints, close: () => browser.close() };
}
