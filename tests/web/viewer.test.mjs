// Reading a radiograph as people do: the viewer's picture, findings and their heat maps, reviews,
// downloads, comparing; by mouse, and by keyboard alone.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { eventually, phantom } from "../server/harness.mjs";
import { becomes, browserPath, makeWorld, openApp, serveApp } from "./world.mjs";

describe("reading a radiograph", { skip: browserPath ? false : "no Chromium here" }, () => {
  let world, app, page;
  before(async () => {
    world = await makeWorld();
    app = await openApp(world.server, {
      client: world.mina, viewport: { width: 1400, height: 1000 }, reducedMotion: "reduce", acceptDownloads: true,
    });
    page = app.page;
  });
  after(async () => {
    await app?.close();
    assert.equal(await world?.server.stop(), 0);
  });

  const image = () => page.getByRole("application").first();
  const button = (name) => page.getByRole("button", { name, exact: true });
  const heading = (name) => page.getByRole("heading", { level: 1, name });
  const field = (name) => page.getByRole("spinbutton", { name });
  const numberIn = (text) => Number(text.match(/[\d.]+/)[0]);
  const zooms = async () => (await page.getByText(/^Zoom [\d.]+%$/).allInnerTexts()).map(numberIn);
  const windows = async () => [await field("Width").inputValue(), await field("Level").inputValue()].map(Number);
  const windowIs = (width, level) => becomes(windows, [width, level]);

  // What is seen of the image, once it has come to rest.
  async function picture() {
    await page.mouse.move(1, 1);
    let last = await image().screenshot();
    for (;;) {
      await page.waitForTimeout(100);
      const now = await image().screenshot();
      if (now.equals(last)) return now;
      last = now;
    }
  }

  const pictureIs = (one) => eventually(async () => (await picture()).equals(one), "the same picture as then");

  // What is seen once it is none of the others.
  async function newPicture(...others) {
    const isNew = async () => {
      const now = await picture();
      return others.every((one) => !now.equals(one)) && now;
    };
    let found;
    await eventually(async () => (found = await isNew()), "another picture");
    return found;
  }

  // Opened, with the heat map drawn.
  async function open(xray) {
    await page.goto("about:blank");
    await page.goto(`/xrays/${xray.id}`);
    await page.getByRole("application", { name: /heat map of/ }).waitFor();
  }

  async function drag(from, to, options = {}) {
    const { x, y, width, height } = await image().boundingBox();
    const at = ([right, down]) => [x + width / 2 + right, y + height / 2 + down];
    await page.mouse.move(...at(from));
    await page.mouse.down(options);
    await page.mouse.move(...at(to), { steps: 5 });
    await page.mouse.up(options);
  }

  test("window and level change the picture, and reset brings it back", async () => {
    await open(world.xrays[0]);
    const before = await picture();
    await button("Window by dragging: width sideways, level up and down").click();
    await drag([0, 0], [-120, 40]);
    await windowIs(136, 168);
    await newPicture(before);
    await button("Reset the view").click();
    await windowIs(256, 128);
    await pictureIs(before);
  });

  test("the window is set by Shift and by the secondary button in any mode, and in numbers", async () => {
    await button("Move by dragging").click();
    await page.keyboard.down("Shift");
    await drag([0, 0], [20, 0]);
    await page.keyboard.up("Shift");
    await windowIs(276, 128);
    await drag([0, 0], [0, -28], { button: "right" });
    await windowIs(276, 100);
    await field("Width").fill("9999");
    await field("Width").press("Tab");
    await windowIs(512, 100); // kept within its bounds
    await button("Reset the view").click();
  });

  test("inverted twice it is the same picture", async () => {
    const before = await picture();
    await button("Invert black and white").click();
    await page.getByRole("button", { name: "Invert black and white", pressed: true }).waitFor();
    await newPicture(before);
    await button("Invert black and white").click();
    await pictureIs(before);
  });

  test("zooms by wheel and buttons, moves by dragging, turns and mirrors", async () => {
    const pictures = [await picture()];
    const [before] = await zooms();
    const { x, y } = await image().boundingBox();
    await page.mouse.move(x + 200, y + 200);
    await page.mouse.wheel(0, -300);
    pictures.push(await newPicture(...pictures));
    assert.ok((await zooms())[0] > before);
    await drag([0, 0], [60, 40]);
    pictures.push(await newPicture(...pictures));
    await button("Show the whole image").click();
    await pictureIs(pictures[0]);
    await button("Actual pixels, 1:1").click();
    await becomes(zooms, [100]);
    await button("Show the whole image").click();
    for (const name of ["Rotate to the right", "Exchange left and right"]) {
      await button(name).click();
      pictures.push(await newPicture(...pictures));
    }
    await button("Exchange left and right").click();
    await button("Rotate to the left").click();
    await pictureIs(pictures[0]);
  });

  test("each finding has its heat map, as strong and in the colours that are wanted", async () => {
    // Random networks find no evidence at all for some findings: that is told in words.
    const hot = ({ box }) => box[2] > 0;
    const xray = world.xrays.find(({ findings }) => findings.filter(hot).length >= 2);
    const choose = async ({ id }) => {
      const radio = page.getByRole("radio", { name: new RegExp(`^${id.replace("_", " ")}`, "i") });
      await radio.click();
      await becomes(() => radio.isChecked(), true);
    };
    const [one, other] = xray.findings.filter(hot);
    await open(xray);
    await button("Box around the hottest region").click();
    const pictures = [];
    for (const finding of [one, other]) {
      await choose(finding);
      await page.getByRole("application", { name: /heat map of/ }).waitFor();
      pictures.push(await newPicture(...pictures));
    }
    for (const finding of xray.findings.filter((finding) => !hot(finding))) {
      await choose(finding);
      await page.getByText("No region speaks for this finding.").waitFor();
    }
    await choose(one);
    await page.getByRole("button", { name: /^Colour map/ }).click();
    await page.getByRole("menuitemradio", { name: "Viridis" }).click();
    pictures.push(await newPicture(...pictures));
    await page.getByRole("slider", { name: "Opacity" }).fill("0.2");
    pictures.push(await newPicture(...pictures));
    await button("Heat map").first().click();
    pictures.push(await newPicture(...pictures));
    await page.getByRole("application", { name: "Radiograph", exact: true }).waitFor();
    await page.getByRole("slider", { name: "Opacity" }).fill("0");
    await button("Heat map").first().click();
    await pictureIs(pictures.at(-1)); // opacity 0 is the radiograph alone
  });

  test("tells each network’s score", async () => {
    await page.getByText("Scores of the 2 networks").click();
    for (const member of ["member1", "member2"])
      await page.getByRole("region", { name: "The chosen finding" }).getByText(member).waitFor();
  });

  test("a verdict and a note are kept", async () => {
    await open(world.xrays[1]);
    await button("Accept").click();
    await page.getByLabel("Note on this finding").fill("Seen on the left, as before.");
    await page.getByText("Saved", { exact: true }).waitFor();
    await page.reload();
    await becomes(() => page.getByLabel("Note on this finding").inputValue(), "Seen on the left, as before.");
    await page.getByRole("button", { name: "Accept", pressed: true }).waitFor();
  });

  test("what is typed stays when it cannot be saved, and is saved at another try", async () => {
    await page.route("**/review", (route) => route.abort());
    await page.getByLabel("Note on this finding").fill("Changed.");
    await button("Try again").waitFor();
    assert.equal(await page.getByLabel("Note on this finding").inputValue(), "Changed.");
    await page.unroute("**/review");
    await button("Try again").click();
    await page.getByText("Saved", { exact: true }).waitFor();
    app.complaints.splice(0); // the browser tells of what was cut off
  });

  test("a note is saved when the page is left in the middle of typing", async () => {
    await page.getByLabel("Note on this finding").pressSequentially("!");
    await page.getByRole("link", { name: "Compare" }).last().click();
    await heading("Compare two X-rays").waitFor();
    const { findings } = await world.mina.get(`/xrays/${world.xrays[1].id}`);
    assert.deepEqual(findings.map(({ review }) => review?.note).filter(Boolean), ["Changed.!"]);
  });

  test("title and patient reference are changed in place", async () => {
    await open(world.xrays[3]);
    await button("Change the title").click();
    await page.getByRole("textbox", { name: "Title" }).fill("Control after a week");
    await page.keyboard.press("Enter");
    await heading("Control after a week").waitFor();
    await button("Change the patient reference").click();
    await page.getByRole("textbox", { name: "Patient reference" }).fill("P-3001");
    await button("Save").click();
    await page.getByText("P-3001").waitFor();
    await page.reload();
    await heading("Control after a week").waitFor();
    await page.getByText("P-3001").waitFor();
  });

  test("image, heat map, report and numbers are downloaded", async () => {
    await open(world.xrays[0]);
    const download = async (name) => {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name, exact: true }).last().click(),
      ]);
      return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
    };
    const id = world.xrays[0].id;
    const image = await download("Image"), heat = await download("Heat map");
    assert.ok(image.bytes.equals(await phantom("--seed", "3")));
    assert.match(heat.name, new RegExp(`^xray-${id}-\\w+\\.png$`));
    assert.deepEqual([...heat.bytes.subarray(16, 24)], [...image.bytes.subarray(16, 24)], "as wide and high as the image");
    const report = await download("Report (PDF)");
    assert.equal(report.name, `xray-${id}.pdf`);
    assert.equal(report.bytes.subarray(0, 4).toString(), "%PDF");
    const numbers = JSON.parse((await download("Numbers (JSON)")).bytes);
    assert.equal(numbers.id, id);
    assert.equal(numbers.findings.length, 5);
    assert.equal(numbers.links, undefined);
  });

  test("everything is done by keyboard alone", async () => {
    await open(world.xrays[0]);
    const bare = await picture();
    const findings = page.getByRole("radio");
    const chosenIs = (number) => becomes(() => findings.nth(number).isChecked(), true);
    await page.keyboard.press("j");
    await chosenIs(1);
    await page.keyboard.press("k");
    await chosenIs(0);
    await findings.first().focus();
    await page.keyboard.press("ArrowUp");
    await chosenIs(4);
    await page.keyboard.press("ArrowDown");
    await chosenIs(0);
    await pictureIs(bare);

    await image().focus();
    await page.keyboard.press("+");
    const zoomed = await newPicture(bare);
    await page.keyboard.press("ArrowRight");
    const moved = await newPicture(bare, zoomed);
    await page.keyboard.press("w");
    await page.keyboard.press("ArrowLeft");
    await windowIs(248, 128);
    await page.keyboard.press("ArrowDown");
    await windowIs(248, 136);
    await page.keyboard.press("i");
    await newPicture(bare, zoomed, moved);
    await page.keyboard.press("z");
    await findings.first().focus();
    await pictureIs(bare);

    await page.keyboard.press("?");
    const list = page.getByRole("dialog");
    await list.getByText("Invert black and white").waitFor();
    await list.getByText("Next finding").waitFor();
    await page.keyboard.press("Escape");
    await list.waitFor({ state: "detached" });
  });

  test("two X-rays are compared: linked, and on their own", async () => {
    await page.goto(`/compare?left=${world.xrays[0].id}`);
    await heading("Compare two X-rays").waitFor();
    const offered = page.getByRole("listitem").getByRole("button");
    await page.getByText("Of the same patient").waitFor();
    await becomes(() => offered.first().innerText(), /Follow-up, seated/);
    await page.getByRole("searchbox").fill("surgery");
    await page.getByText("Of the same patient").waitFor({ state: "detached" });
    await offered.filter({ hasText: "Before surgery" }).waitFor();
    await page.getByRole("searchbox").fill("");
    await offered.filter({ hasText: "Follow-up, seated" }).click();
    await page.getByRole("application", { name: /^Right: .*heat map of/ }).waitFor();
    await becomes(() => page.getByRole("row").count(), 6); // a head and five findings

    const whole = await zooms();
    await image().focus();
    await page.keyboard.press("+");
    await eventually(async () => (await zooms()).every((zoom) => zoom > 1.2 * whole[0]), "both are larger");
    const [left, right] = await zooms();
    assert.equal(left, right);
    await page.getByRole("checkbox", { name: "Move together" }).uncheck();
    await page.keyboard.press("0");
    await becomes(zooms, [whole[0], right]); // the left one alone fits again
    await field("Width").last().fill("100");
    await page.keyboard.press("Tab");
    await becomes(() => field("Width").first().inputValue(), "100"); // the window is linked still
    await page.getByRole("radio").nth(2).check();
    const name = (await page.getByRole("row").nth(3).getByRole("rowheader").innerText()).trim();
    await page.getByRole("application", { name: new RegExp(`^Left: .*${name}$`) }).waitFor();
    await page.getByRole("application", { name: new RegExp(`^Right: .*${name}$`) }).waitFor();
  });

  test("an X-ray is deleted when that is confirmed", async () => {
    await open(world.xrays[2]);
    await button("Delete").click();
    await page.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
    await heading("Before surgery").waitFor();
    await button("Delete").click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.waitForURL(`/users/${world.mina.user.id}`);
    await world.mina.expect(404, "GET", `/xrays/${world.xrays[2].id}`);
  });

  test("breaks none of the page's rules and asks nobody but its server", () => {
    assert.deepEqual(app.complaints, []);
    for (const url of app.requests) assert.match(url, new RegExp(`^(${world.server.url}|data:|blob:|about:)`));
  });

  test("a stranger with the link sees an anonymous X-ray, and until when", async (t) => {
    const { id, capability } = world.anonymous;
    const stranger = await openApp(world.server, { language: "de-DE" });
    t.after(() => stranger.close());
    await stranger.page.goto(`/xrays/${id}#${capability}`);
    await stranger.page.getByRole("application", { name: /Heatmap zu/ }).waitFor();
    await stranger.page.getByText(/wird am .* gelöscht/).waitFor();
    assert.equal(await stranger.page.getByRole("button", { name: "Titel ändern" }).count(), 0);
    assert.equal(await stranger.page.getByLabel("Notiz zu diesem Befund").count(), 0);
    await stranger.page.goto("about:blank");
    await stranger.page.goto(`/xrays/${id}`);
    await stranger.page.getByRole("alert").waitFor();
    assert.equal(await stranger.page.getByRole("application").count(), 0);
  });

  test("a reading that is not stored is shown the same, without report and review, until the page is left", async (t) => {
    const server = await serveApp("--anonymous", "read");
    t.after(() => server.stop());
    const { page, close } = await openApp(server, { acceptDownloads: true });
    t.after(close);
    await page.goto("/anonupload");
    await page.locator("input[type=file]:not([capture])").setInputFiles({ name: "a.png", mimeType: "image/png", buffer: await phantom() });
    await page.getByRole("button", { name: /^Read/ }).last().click();
    await page.getByRole("application", { name: /heat map of/ }).waitFor();
    await page.getByText("Nothing was stored").waitFor();
    const names = await page.getByRole("heading", { name: "Download" }).locator("xpath=..").getByRole("button").allInnerTexts();
    assert.deepEqual(names.map((name) => name.trim()), ["Image", "Heat map", "Numbers (JSON)"]);
    assert.equal(await page.getByLabel("Note on this finding").count(), 0);
    await page.reload();
    await page.getByText("There are no results here.").waitFor();
  });
});
