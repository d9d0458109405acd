// A server with people and X-rays in it, and browsers in which they use the web app.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { browserPath } from "../server/browser.mjs";
import { person } from "../server/client.mjs";
import { phantom, program, serve, storeOptions } from "../server/harness.mjs";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
// Passwords are hashed cheaply, and nobody has to wait for a minute.
export const cheap = ["--password-memory-mib", "1", "--password-passes", "1", "--requests-per-minute", "0",
  "--readings-per-minute", "0", "--logins-per-minute", "0"];

export { browserPath };

// What is read of a page becomes what is expected, as soon as the page is drawn again.
export async function becomes(read, expected) {
  const check = expected instanceof RegExp ? assert.match : assert.deepEqual;
  for (let left = 500; ; left--) {
    const value = await read();
    try {
      return check(value, expected);
    } catch (error) {
      if (left === 0) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const serveApp = (...options) => serve(...cheap, ...options);

// Mina has X-rays, some of one patient; Ada is an admin; an anonymous upload has a link.
export async function makeWorld(...options) {
  const server = await serveApp(...options);
  const mina = await person(server, "mina"), ada = await person(server, "ada");
  await run(program, ["user", "set-role", "--role", "admin", "ada", ...storeOptions(server)]);
  const titles = [["Admission", "P-1042"], ["Follow-up, seated", "P-1042"], ["Before surgery", "P-2077"], ["Control", ""]];
  const xrays = [];
  for (const [i, [title, patient_reference]] of titles.entries())
    xrays.push(await mina.upload(await phantom("--seed", `${i + 3}`), { title, patient_reference }));
  await mina.expect(201, "POST", "/api-keys", { json: { name: "Ward 3", scopes: ["read", "predict"] } });
  const stranger = new mina.constructor(server);
  const anonymous = await stranger.upload(await phantom("--seed", "9"));
  return { server, mina, ada, xrays, anonymous };
}

// The app as `client` sees it (none: a stranger). Everything that a page asks for or complains of is
// kept, whatever page it is on.
export async function openApp(server, { client, theme, language = "en-GB", viewport = { width: 1280, height: 800 }, ...more } = {}) {
  const browser = await chromium.launch({
    executablePath: browserPath, chromiumSandbox: false,
    args: ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"],
  });
  const context = await browser.newContext({ viewport, locale: language, baseURL: server.url, ...more });
  if (client) {
    const [name, value] = client.credentials.Cookie.split("=");
    await context.addCookies([{ name, value, url: server.url, httpOnly: true, sameSite: "Lax" }]);
  }
  await context.addInitScript(([loggedIn, theme]) => {
    if (location.protocol === "about:") return; // has no storage
    if (loggedIn && !sessionStorage.getItem("begun")) localStorage.setItem("loggedIn", "1");
    if (theme) localStorage.setItem("theme", theme);
    sessionStorage.setItem("begun", "1");
  }, [client !== undefined, theme]);
  const page = await context.newPage();
  const requests = [], complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  return { browser, context, page, requests, complaints, close: () => browser.close() };
}
