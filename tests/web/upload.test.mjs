// Uploading as people do it: files chosen, dropped and pasted; one or several; what cannot be read;
// cancelled; a server that goes away, a session that ends, a phone, no server at all.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { browserPath, cheap, openApp, serveApp } from "./world.mjs";
import { password, person } from "../server/client.mjs";
import { eventually, phantom, serveIn, sql } from "../server/harness.mjs";

const png = (name, buffer) => ({ name, mimeType: "image/png", buffer });

describe("uploading", { skip: browserPath ? false : "no Chromium here" }, () => {
  let server, image, other;
  before(async () => {
    server = await serveApp();
    [image, other] = [await phantom("--seed", "3"), await phantom("--seed", "4")];
  });
  after(async () => assert.equal(await server.stop(), 0));

  // The app at an address, closed with the test.
  async function open(t, address, options = {}) {
    const app = await openApp(options.server ?? server, options);
    t.after(() => app.close());
    await app.page.goto(address);
    await app.page.getByRole("heading", { level: 1 }).waitFor();
    return app;
  }

  async function choose(page, ...files) {
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: /Choose files|Add more files/ }).click();
    await (await chooser).setFiles(files);
  }

  const start = (page) => page.getByRole("button", { name: /^Read (the radiograph|\d+ radiographs)$/ }).click();
  const card = (page, name) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, level: 3 }) });
  const count = async (from) => Number(await sql(from, "SELECT count(*) FROM xrays"));

  // A file as it comes from another program, in an event of the page.
  const hand = (page, type, bytes, name = "dropped.png") => page.evaluate(([type, base64, name]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type: "image/png" }));
    const options = { bubbles: true, cancelable: true };
    document.body.dispatchEvent(type === "paste"
      ? new ClipboardEvent(type, { ...options, clipboardData: data })
      : new DragEvent(type, { ...options, dataTransfer: data }));
  }, [type, bytes.toString("base64"), name]);

  test("a stranger's radiograph is read, and its result opens by itself", async (t) => {
    const { page, requests, complaints } = await open(t, "/");
    await page.getByRole("link", { name: "Upload a radiograph" }).click();
    await choose(page, png("Doe, Jane.png", image));
    await start(page);
    await page.waitForURL(/\/xrays\/\d+#[0-9a-f]{64}$/);
    await page.getByRole("heading", { level: 1, name: "Chest X-ray" }).waitFor();
    assert.ok(requests.every((url) => url.startsWith(server.url) || url.startsWith("blob:")), "asks nobody else");
    assert.deepEqual(complaints, []);
  });

  test("a file's name is not sent, unless it is chosen as title", async (t) => {
    const mina = await person(server, "names");
    const { page } = await open(t, `/users/${mina.user.id}/upload`, { client: mina });
    await choose(page, png("Doe, Jane.png", image), png("Thorax pa.png", other));
    const sent = [];
    page.on("request", (request) => request.method() === "POST" && sent.push(request.postDataBuffer()?.toString("latin1")));
    await card(page, "Thorax pa.png").getByRole("button", { name: "Use the file name as title" }).click();
    await card(page, "Doe, Jane.png").getByLabel("Patient reference").fill("P-1042");
    await page.getByRole("checkbox", { name: /may be used/ }).check();
    await start(page);
    await page.getByRole("button", { name: "Open Thorax pa.png" }).waitFor();
    const { items } = await mina.get("/xrays");
    assert.deepEqual(items.map(({ title, patient_reference, consent }) => [title, patient_reference, consent]),
      [["Thorax pa", null, true], ["Chest X-ray", "P-1042", true]]);
    assert.ok(sent.length >= 2 && sent.every((body) => !body?.includes("Doe")));
  });

  test("several files are read one after the other; those that cannot be are told apart", async (t) => {
    const { page } = await open(t, "/anonupload");
    const broken = Buffer.concat([image.subarray(0, 400), Buffer.alloc(100)]);
    await choose(page, png("first.png", image), png("notes.png", Buffer.from("text")),
      png("animation.png", Buffer.from("GIF89a")), png("photo.png", Buffer.from("RIFF\x10\0\0\0WEBPVP8 ", "latin1")),
      png("broken.png", broken), png("second.png", other));
    await card(page, "notes.png").getByText("neither a PNG nor a JPEG").waitFor();
    await card(page, "animation.png").getByText("This is a GIF file").waitFor();
    await card(page, "photo.png").getByText("This is a WebP file").waitFor();
    await start(page);
    await card(page, "broken.png").getByText("Not an image that can be read").waitFor();
    for (const name of ["first.png", "second.png"])
      assert.match(await card(page, name).getByRole("list").innerText(), /: (Suspected|Not suspected)/);
    await page.getByRole("button", { name: "Open second.png" }).click();
    await page.waitForURL(/\/xrays\/\d+#/);
  });

  test("a synthetic radiograph is at hand for who has none", async (t) => {
    const { page } = await open(t, "/");
    await page.getByRole("button", { name: "Try it with a synthetic radiograph" }).click();
    await page.waitForURL(/\/xrays\/\d+#/);
    await page.getByRole("heading", { level: 1, name: "Synthetic radiograph" }).waitFor();
  });

  test("files are dropped on the home page, and pasted", async (t) => {
    const { page } = await open(t, "/");
    await hand(page, "dragenter", image);
    await page.getByText("Drop the radiographs here").waitFor();
    await hand(page, "drop", image);
    await card(page, "dropped.png").waitFor();
    assert.match(page.url(), /\/anonupload$/);
    await page.getByText("Drop the radiographs here").waitFor({ state: "hidden" });
    await hand(page, "paste", other, "pasted.png");
    await card(page, "pasted.png").waitFor();
    await page.getByRole("button", { name: "Read 2 radiographs" }).waitFor();
    await page.getByRole("button", { name: "Remove dropped.png" }).click();
    await page.getByRole("button", { name: "Read the radiograph" }).waitFor();
  });

  test("an upload is cancelled, and sent after all", async (t) => {
    const { page, context } = await open(t, "/anonupload");
    await context.route("**/api/v1/xrays", () => {}, { times: 1 }); // never answered
    const stored = await count(server);
    await choose(page, png("a.png", image));
    await start(page);
    await page.getByRole("button", { name: "Cancel a.png" }).click();
    await card(page, "a.png").getByText("Cancelled").waitFor();
    assert.equal(await count(server), stored);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.waitForURL(/\/xrays\/\d+#/);
    assert.equal(await count(server), stored + 1);
  });

  test("where strangers' images are not stored, they are read alone", async (t) => {
    const reading = await serveApp("--anonymous", "read");
    t.after(() => reading.stop());
    const { page } = await open(t, "/anonupload", { server: reading });
    await choose(page, png("a.png", image));
    await page.getByText("Read and not stored").waitFor();
    await start(page);
    await page.waitForURL(/\/results$/);
    assert.equal(await count(reading), 0);
  });

  test("where strangers may do nothing, they are sent to log in", async (t) => {
    const closed = await serveApp("--anonymous", "off", "--sign-up", "off");
    t.after(() => closed.stop());
    const { page } = await open(t, "/anonupload", { server: closed });
    const main = page.getByRole("main");
    await main.getByRole("link", { name: "Log in" }).waitFor();
    assert.equal(await main.getByRole("button", { name: "Choose files" }).count(), 0);
    assert.equal(await main.getByRole("link", { name: "Sign up" }).count(), 0);
    await page.goto("/");
    await main.getByRole("link", { name: "Log in" }).waitFor();
    assert.equal(await main.getByRole("link", { name: "Upload a radiograph" }).count(), 0);
  });

  test("a server that is stopped in the middle and started again has the upload once", async (t) => {
    let brief = await serveApp();
    t.after(() => brief.stop());
    const mina = await person(brief, "mina");
    const { page } = await open(t, `/users/${mina.user.id}/upload`, { client: mina, server: brief });
    // The first answer is lost after the server has stored the image.
    await page.route("**/api/v1/xrays", async (route) => {
      await route.fetch();
      await brief.stop();
      await route.abort("connectionreset");
    }, { times: 1 });
    await choose(page, png("a.png", image));
    await start(page);
    await card(page, "a.png").getByText("The server does not answer").waitFor();
    brief = await serveIn(brief.data, [...cheap, "--listen", `127.0.0.1:${brief.port}`]);
    // It may have gone on by itself already.
    await page.getByRole("button", { name: "Try now" }).click({ timeout: 2000 }).catch(() => {});
    await page.waitForURL(/\/xrays\/\d+$/);
    assert.equal(await count(brief), 1);
  });

  test("an upload outlives its session: the user logs in where they are, and it goes on", async (t) => {
    const name = "mueller";
    const mueller = await person(server, name);
    const { page } = await open(t, `/users/${mueller.user.id}/upload`, { client: mueller });
    await choose(page, png("a.png", image), png("b.png", other));
    await mueller.expect(204, "DELETE", "/session");
    await start(page);
    const dialog = page.getByRole("dialog", { name: "Log in to go on" });
    await dialog.getByText(name).waitFor();
    await dialog.getByLabel("Password").fill("not the password");
    await dialog.getByRole("button", { name: "Log in", exact: true }).click();
    await dialog.getByText("This is not the password.").waitFor();
    await dialog.getByLabel("Password").fill(password);
    await dialog.getByLabel("Password").press("Enter");
    await page.getByRole("button", { name: "Open b.png" }).waitFor();
    const again = await person(server, name, { register: false });
    assert.equal((await again.get("/xrays")).items.length, 2);
  });

  test("whoever does not log in again keeps the files, and may log in as somebody else", async (t) => {
    const mina = await person(server, "leaver");
    const { page } = await open(t, `/users/${mina.user.id}/upload`, { client: mina });
    await choose(page, png("a.png", image));
    await mina.expect(204, "DELETE", "/session");
    await start(page);
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await card(page, "a.png").getByText("your session has ended").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("button", { name: "Log in as somebody else" }).click();
    await page.waitForURL(/\/login$/);
  });

  test("going to another page does not stop an upload; its end is told there", async (t) => {
    const { page } = await open(t, "/anonupload");
    await choose(page, png("a.png", image), png("b.png", other));
    await page.route("**/api/v1/xrays", async (route) => {
      await eventually(() => !page.url().endsWith("/anonupload"), "the user is on another page");
      await route.continue();
    });
    await start(page);
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "About" }).click();
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.waitForURL(/\/xrays\/\d+#/);
  });

  test("on a phone there is the camera, and nothing scrolls sideways", async (t) => {
    const viewport = { width: 390, height: 844 };
    const { page } = await open(t, "/anonupload", { viewport, hasTouch: true, isMobile: true });
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Take a photograph" }).click();
    const camera = (await chooser).element();
    assert.equal(await camera.getAttribute("capture"), "environment");
    await choose(page, png("a rather long name of a file that a hospital's archive made up 0001.png", image));
    await page.getByRole("button", { name: "Read the radiograph" }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
  });

  test("without a server, what was installed says so in both languages, and nothing of patients is kept", async (t) => {
    const brief = await serveApp();
    const { page, context } = await open(t, "/", { server: brief });
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
    await page.reload();
    const kept = await page.evaluate(async () => {
      const names = await caches.keys();
      return (await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat();
    });
    assert.deepEqual(kept.sort(), ["/icon.svg", "/offline.css", "/offline.html"]);
    assert.equal(await brief.stop(), 0);
    await page.goto("/about").catch(() => {});
    await page.getByRole("heading", { name: "The server does not answer" }).waitFor();
    await page.getByRole("heading", { name: "Der Server antwortet nicht" }).waitFor();
    const standIn = createServer((request, response) => response.end("back")).listen(brief.port, "127.0.0.1");
    t.after(() => standIn.close());
    await once(standIn, "listening");
    await page.getByRole("link", { name: "Try again" }).click();
    await page.getByText("back").waitFor();
    await context.close();
  });
});
