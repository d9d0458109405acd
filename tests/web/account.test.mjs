// Accounts in the web app, as people use them: signing up, finding and deleting X-rays, keys, settings,
// administration; and logging in by keyboard alone.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { browserPath } from "../server/browser.mjs";
import { password, person } from "../server/client.mjs";
import { eventually, phantom } from "../server/harness.mjs";
import { becomes, makeWorld, openApp } from "./world.mjs";

const titles = (page) => page.getByRole("article").getByRole("heading").allInnerTexts();
const isFocused = (element) => element.evaluate((node) => node === document.activeElement);
const card = (page, title) => page.getByRole("article").filter({ hasText: title });

async function fillLogIn(page, username, secret) {
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(secret);
  await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
}

describe("accounts in the web app", { skip: browserPath ? false : "no Chromium here" }, () => {
  let world, server;
  before(async () => {
    world = await makeWorld();
    server = world.server;
  });
  after(async () => assert.equal(await server?.stop(), 0));

  const open = async (t, client, address, options) => {
    const app = await openApp(server, { client, reducedMotion: "reduce", ...options });
    t.after(() => app.close());
    await app.page.goto(address);
    return app.page;
  };

  // Somebody with an account of their own, logged in, and X-rays of these titles, oldest first.
  const someone = async (name, ...xrayTitles) => {
    const client = await person(server, name);
    for (const title of xrayTitles) await client.upload(await phantom(), { title });
    return client;
  };

  test("somebody signs up, told what is wrong with name and password beside them, and is logged in", async (t) => {
    const page = await open(t, undefined, "/register");
    await page.getByLabel("User name").fill("mina");
    await page.getByLabel("Password", { exact: true }).fill("password12");
    await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
    await page.getByText("This password is too common").waitFor();
    await becomes(() => page.getByLabel("Password", { exact: true }).getAttribute("aria-invalid"), "true");

    await page.getByLabel("Password", { exact: true }).fill("nine");
    const rule = page.getByRole("listitem").filter({ hasText: "At least" });
    await becomes(() => rule.innerText(), /^(?!.*\(met\))/s);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await becomes(() => rule.innerText(), /\(met\)/);
    await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
    await page.getByText("This user name is taken").waitFor();
    await becomes(() => isFocused(page.getByLabel("User name")), true);

    await page.getByLabel("User name").fill("noor");
    await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
    await page.waitForURL(/\/users\/\d+$/);
    await page.getByRole("heading", { name: "No X-rays yet" }).waitFor();
  });

  test("logging in refuses a wrong password, then leads to the page that was wanted, and out again", async (t) => {
    const page = await open(t, undefined, "/developer");
    await page.waitForURL(/\/login\?next=%2Fdeveloper$/);
    await fillLogIn(page, "mina", "not her password");
    await page.getByText("The user name or the password is wrong.").waitFor();
    await fillLogIn(page, "mina", password);
    await page.waitForURL(/\/developer$/);
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await page.getByRole("banner").getByRole("link", { name: "Log in" }).waitFor();
    await page.goto("/developer");
    await page.waitForURL(/\/login/);
  });

  test("logging in does not lead to another site", async (t) => {
    const page = await open(t, undefined, "/login?next=//elsewhere.example/");
    await fillLogIn(page, "mina", password);
    await page.waitForURL(/\/users\/\d+$/);
    assert.equal(new URL(page.url()).origin, new URL(server.url).origin);
  });

  test("logging in goes by keyboard alone", async (t) => {
    const page = await open(t, undefined, "/login");
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    const focused = () => page.evaluate(() => document.activeElement.autocomplete ?? "");
    for (let i = 0; i < 20 && (await focused()) !== "username"; i++) await page.keyboard.press("Tab");
    assert.equal(await focused(), "username");
    await page.keyboard.type("mina");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "current-password");
    await page.keyboard.type(password);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/users\/\d+$/);
  });

  test("X-rays are found by text and by finding, and nothing searched for stands in the address", async (t) => {
    const page = await open(t, world.mina, `/users/${world.mina.user.id}`);
    await page.getByText("4 X-rays", { exact: true }).first().waitFor();
    await page.getByLabel("Search title or patient reference").fill("p-1042");
    await page.getByText("2 X-rays", { exact: true }).first().waitFor();
    await becomes(() => titles(page), ["Follow-up, seated", "Admission"]);
    assert.doesNotMatch(page.url(), /1042/);

    await page.getByRole("link", { name: "Admission" }).click();
    await page.waitForURL(/\/xrays\/\d+$/);
    await page.goBack();
    await page.getByText("2 X-rays", { exact: true }).first().waitFor();
    await becomes(() => page.getByLabel("Search title or patient reference").inputValue(), "p-1042");

    await page.getByLabel("Search title or patient reference").fill("");
    await page.getByText("4 X-rays", { exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Filters" }).click();
    await page.getByLabel("Suspected finding").selectOption("Cardiomegaly"); // its threshold is 1
    await page.getByRole("heading", { name: "No X-ray is like that" }).waitFor();
    await page.getByLabel("Suspected finding").selectOption("Atelectasis"); // and this one's 0
    await page.getByText("4 X-rays", { exact: true }).first().waitFor();
    await page.getByLabel("Order").selectOption("By title");
    await becomes(async () => (await titles(page))[0], "Admission");
    await page.getByLabel("To").fill("2020-01-01");
    await page.getByRole("heading", { name: "No X-ray is like that" }).waitFor();
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await page.getByText("4 X-rays", { exact: true }).first().waitFor();
  });

  test("two X-rays are chosen to be compared", async (t) => {
    const page = await open(t, world.mina, `/users/${world.mina.user.id}`);
    for (const title of ["Admission", "Control"]) await card(page, title).getByRole("checkbox").check();
    await becomes(() => card(page, "Before surgery").getByRole("checkbox").getAttribute("aria-disabled"), "true");
    const link = page.getByRole("region", { name: "Chosen to compare" }).getByRole("link", { name: "Compare" });
    const [admission, , , control] = world.xrays;
    await becomes(() => link.getAttribute("href"), `/compare?left=${admission.id}&right=${control.id}`);
  });

  test("a deletion is undone by keyboard; one that is not is carried out when the page is left", async (t) => {
    const owner = await someone("olga", "First", "Second", "Third");
    const page = await open(t, owner, `/users/${owner.user.id}`);
    await page.getByRole("button", { name: "Delete Second" }).click();
    await page.getByText("2 X-rays", { exact: true }).first().waitFor();
    await becomes(() => isFocused(page.getByRole("link", { name: "First" })), true);
    await page.keyboard.press("z");
    await page.getByText("3 X-rays", { exact: true }).first().waitFor();
    await becomes(() => titles(page), ["Third", "Second", "First"]);

    await page.getByRole("button", { name: "Delete Third" }).click();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("link", { name: "Third" }).waitFor();
    assert.equal((await owner.get("/xrays")).items.length, 3);

    await page.getByRole("button", { name: "Delete Third" }).click();
    await page.getByRole("banner").getByRole("link", { name: "About" }).click();
    await eventually(async () => (await owner.get("/xrays")).items.length === 2, "the deletion is carried out");
    await page.goBack();
    await page.getByRole("link", { name: "Second" }).waitFor();
    await page.getByRole("button", { name: "Delete Second" }).click();
    await page.getByText("One X-ray", { exact: true }).first().waitFor();
    await page.goto("/api/v1/docs");
    await eventually(async () => (await owner.get("/xrays")).items.length === 1, "also when the app is left");
  });

  test("a deletion is carried out when its time is up", async (t) => {
    const owner = await someone("otto", "Only one");
    const app = await openApp(server, { client: owner, reducedMotion: "reduce" });
    t.after(() => app.close());
    await app.page.clock.install();
    await app.page.goto(`/users/${owner.user.id}`);
    await app.page.getByRole("button", { name: "Delete Only one" }).click();
    await app.page.getByText("X-ray deleted").waitFor();
    assert.equal((await owner.get("/xrays")).items.length, 1);
    await app.page.clock.runFor(9000);
    await eventually(async () => (await owner.get("/xrays")).items.length === 0, "the X-ray is deleted");
    await app.page.getByRole("heading", { name: "No X-rays yet" }).waitFor();
  });

  test("the list goes on when its end is scrolled to, and has nothing twice", async (t) => {
    const names = Array.from({ length: 23 }, (_, i) => `Image ${i}`);
    const owner = await someone("petra", ...names);
    const page = await open(t, owner, `/users/${owner.user.id}`);
    await page.getByRole("article").first().waitFor();
    await eventually(async () => {
      await page.keyboard.press("End");
      return (await page.getByRole("article").count()) === names.length;
    }, "all are shown");
    assert.deepEqual((await titles(page)).sort(), [...names].sort());
  });

  test("a key is shown once, works, and is revoked", async (t) => {
    const owner = await someone("karim");
    const page = await open(t, owner, "/developer");
    await page.getByRole("button", { name: "New key" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("What it is for").fill("Night import");
    await dialog.getByLabel("See X-rays").check();
    await dialog.getByLabel("Requests a minute").fill("12");
    await dialog.getByRole("button", { name: "Make the key" }).click();
    const key = await dialog.getByRole("textbox", { name: "The key" }).innerText();
    assert.match(key, /^pxk_[0-9a-f]{64}$/);
    const program = new owner.constructor(server, { Authorization: `Bearer ${key}` });
    assert.equal((await program.get("/xrays")).items.length, 0);

    await dialog.getByRole("button", { name: "I have kept it" }).click();
    await page.getByText("12 requests a minute").waitFor();
    assert.ok(!(await page.content()).includes(key));
    await page.getByRole("button", { name: "Revoke Night import" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByText("None yet.").waitFor();
    await program.expect(401, "GET", "/xrays");
  });

  test("theme and language last, also for a stranger", async (t) => {
    const page = await open(t, undefined, "/settings");
    await page.getByRole("radiogroup", { name: "Theme" }).getByRole("radio", { name: "Dark" }).click();
    await page.getByRole("radiogroup", { name: "Language" }).getByRole("radio", { name: "Deutsch" }).click();
    await page.getByRole("heading", { name: "Einstellungen" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Einstellungen" }).waitFor();
    await becomes(() => page.getByRole("radio", { name: "Dunkel" }).isChecked(), true);
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
    assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  });

  test("sessions are listed and ended, and a new password keeps this one alone", async (t) => {
    const owner = await someone("samira");
    const elsewhere = await person(server, "samira", { register: false, kind: "token" });
    const page = await open(t, owner, "/settings");
    const sessions = page.getByRole("region", { name: "Where you are logged in" }).getByRole("listitem");
    await becomes(() => sessions.count(), 2);
    await becomes(() => sessions.filter({ hasText: "This one" }).count(), 1);
    await page.getByRole("button", { name: "Log out everywhere else" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Log out" }).click();
    await becomes(() => sessions.count(), 1);
    await elsewhere.expect(401, "GET", "/me");

    const third = await person(server, "samira", { register: false, kind: "token" });
    await page.getByLabel("Current password").fill("not that");
    await page.getByLabel("New password").fill("eight blue umbrellas");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByText("The password is wrong.").waitFor();
    await page.getByLabel("Current password").fill(password);
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByText("The password is changed.").waitFor();
    await third.expect(401, "GET", "/me");
    await owner.get("/me");
    await person(server, "samira", { register: false, secret: "eight blue umbrellas" });
  });

  test("an account is deleted behind its name and password", async (t) => {
    const owner = await someone("dora", "Hers");
    const page = await open(t, owner, "/settings");
    await page.getByRole("button", { name: "Delete my account" }).click();
    const remove = page.getByRole("button", { name: "Delete for good" });
    const deletion = page.getByRole("region", { name: "Delete the account" });
    await deletion.getByLabel("Password", { exact: true }).fill(password);
    await deletion.getByLabel("Your user name").fill("doris");
    await becomes(() => remove.isDisabled(), true);
    await deletion.getByLabel("Your user name").fill("dora");
    await remove.click();
    await page.getByText("Your account is deleted.").waitFor();
    await owner.expect(401, "GET", "/me");
    await new owner.constructor(server).expect(401, "POST", "/session", { json: { username: "dora", password } });
  });

  test("an administrator finds a user, disables them, and gives them a new password", async (t) => {
    const user = await someone("walter");
    const page = await open(t, world.ada, "/admin");
    await page.waitForURL(/\/admin\/users$/);
    await page.getByLabel("Find by name").fill("walt");
    await becomes(() => page.getByRole("row").count(), 2); // a heading and one user
    const row = page.getByRole("row").filter({ hasText: "walter" });
    const choose = async (action, agreed) => {
      await row.getByRole("button", { name: "Change walter" }).click();
      await page.getByRole("menuitem", { name: action }).click();
      if (agreed) await page.getByRole("dialog").getByRole("button", { name: agreed }).click();
    };
    await choose("Disable", "Disable");
    await row.getByText("Disabled").waitFor();
    await user.expect(401, "GET", "/me");
    await choose("Enable");
    await row.getByText("Active").waitFor();
    await choose("New password", "New password");
    const dialog = page.getByRole("dialog").filter({ hasText: "shown this once" });
    const secret = await dialog.locator("code").innerText();
    await dialog.getByRole("button", { name: "I have kept it" }).click();
    await person(server, "walter", { register: false, secret });
  });

  test("an administrator is not offered to disable themselves, and sees state, trail and ensemble", async (t) => {
    const page = await open(t, world.ada, "/admin/users");
    await page.getByRole("button", { name: "Change ada" }).click();
    await page.getByRole("menuitem", { name: "Your own settings" }).waitFor();
    assert.equal(await page.getByRole("menuitem").count(), 1);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "State" }).or(page.getByRole("tab", { name: "State" })).click();
    await page.getByText("places in the queue taken").waitFor();
    await page.getByRole("tab", { name: "Audit trail" }).click();
    await page.getByRole("cell", { name: "user.login" }).first().waitFor();
    await page.getByRole("tab", { name: "Ensemble" }).click();
    await page.getByRole("rowheader", { name: "member1" }).waitFor();
  });

  test("users who are no administrators do not get there, nor to others' X-rays", async (t) => {
    const page = await open(t, world.mina, "/admin/users");
    await page.waitForURL((url) => url.pathname === "/");
    await page.goto(`/users/${world.ada.user.id}`);
    await page.waitForURL((url) => url.pathname === "/");
  });
});
