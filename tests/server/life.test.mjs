// A whole life of an account: from registering to the last byte deleted.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Client, password, person } from "./client.mjs";
import { blobFiles, check, findings, phantom, serve, sql } from "./harness.mjs";

const server = await serve();
const images = await Promise.all(Array.from({ length: 20 }, (_, i) => phantom("--size", `${80 + i}`)));
let radiologist, uploaded;

test("register and log in", async () => {
  radiologist = await person(server, "röntgen");
  assert.equal(radiologist.user.username, "röntgen");
  assert.equal((await radiologist.get("/me")).id, radiologist.user.id);
  assert.deepEqual((await radiologist.get("/xrays")).items, []);
});

test("upload 20 phantoms", async () => {
  uploaded = [];
  for (const [i, image] of images.entries())
    uploaded.push(await radiologist.upload(image, { title: `Chest ${i}`, patient_reference: `ward-${i % 3}` }));
  for (const [i, xray] of uploaded.entries()) {
    assert.equal(xray.status, "done");
    assert.equal(xray.title, `Chest ${i}`);
    assert.equal(xray.sha256, createHash("sha256").update(images[i]).digest("hex"));
    assert.deepEqual(xray.findings.map(({ id }) => id), findings);
  }
  assert.equal(new Set(uploaded.map(({ id }) => id)).size, 20);
});

async function pages(query) {
  const items = [];
  let cursor = "";
  do {
    const page = await radiologist.get(`/xrays?${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    assert.ok(page.items.length <= 7);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return items.map(({ id }) => id);
}

test("list, filter and sort, page by page", async () => {
  const ids = uploaded.map(({ id }) => id);
  assert.deepEqual(await pages("limit=7&sort=oldest"), ids);
  assert.deepEqual(await pages("limit=7"), ids.toReversed());
  assert.deepEqual(await pages("limit=7&sort=title"),
    uploaded.toSorted((a, b) => (a.title < b.title ? -1 : 1)).map(({ id }) => id));
  assert.deepEqual(await pages("limit=7&sort=oldest&text=WARD-1"), ids.filter((_, i) => i % 3 === 1));
  const positive = uploaded.filter((xray) => xray.findings[0].decision);
  assert.equal(positive.length, 20, "the threshold of the first finding is 0");
  assert.deepEqual(await pages(`limit=7&sort=oldest&finding=${findings[0]}`), ids);
  assert.deepEqual(await pages(`limit=7&finding=${findings[1]}`), [], "that of the second is 1");
  const score = new Map(uploaded.map((xray) => [xray.id, xray.findings[0].score]));
  const byScore = await pages(`limit=7&sort=score&finding=${findings[0]}`);
  assert.deepEqual(byScore.map((id) => score.get(id)), [...score.values()].toSorted((a, b) => b - a));
  const middle = encodeURIComponent(uploaded[10].created);
  assert.deepEqual(await pages(`limit=7&sort=oldest&since=${middle}`), ids.slice(10));
  assert.deepEqual(await pages(`limit=7&sort=oldest&until=${middle}`), ids.slice(0, 10));
});

test("search by what must not stand in an address", async () => {
  const search = (json) => radiologist.expect(200, "POST", "/xrays/search", { json });
  const first = await search({ text: "Ward-2", sort: "title", limit: 4 });
  const second = await search({ text: "Ward-2", sort: "title", limit: 4, cursor: first.next });
  const expected = uploaded.filter((_, i) => i % 3 === 2).toSorted((a, b) => (a.title < b.title ? -1 : 1));
  assert.deepEqual([...first.items, ...second.items].map(({ id }) => id), expected.map(({ id }) => id));
  assert.equal(second.next, null);
  assert.deepEqual((await search({ since: uploaded[18].created, finding: findings[0], status: "done" })).items.length, 2);
  const { errors } = await radiologist.expect(400, "POST", "/xrays/search", { json: { limit: 101, sort: "best", until: "now", name: "x" } });
  assert.deepEqual(errors.map(({ field }) => field).toSorted(), ["limit", "name", "sort", "until"]);
  await radiologist.expect(400, "POST", "/xrays/search", { json: { cursor: "x" } });
});

test("view an X-ray, its image, heat maps and report", async () => {
  const { id } = uploaded[3];
  const xray = await radiologist.get(`/xrays/${id}`);
  assert.deepEqual(xray, uploaded[3]);
  const image = await radiologist.send("GET", `/xrays/${id}/image`);
  assert.deepEqual(Buffer.from(await image.arrayBuffer()), images[3]);
  const maps = await Promise.all(findings.map(async (finding) => {
    const map = await radiologist.send("GET", `/xrays/${id}/heatmaps/${finding}?opacity=0.4`);
    assert.equal(map.headers.get("content-type"), "image/png");
    return Buffer.from(await map.arrayBuffer()).toString("base64");
  }));
  assert.ok(new Set(maps).size > 1, "findings have maps of their own");
  const report = await radiologist.send("GET", `/xrays/${id}/report.pdf`);
  assert.equal(report.headers.get("content-type"), "application/pdf");
  assert.match(Buffer.from(await report.arrayBuffer()).toString("latin1"), /^%PDF-/);
  assert.equal((await radiologist.send("GET", `/xrays/${id}/heatmaps/nothing`)).status, 404);
});

test("change an X-ray", async () => {
  const { id } = uploaded[4];
  const changed = await radiologist.expect(200, "PATCH", `/xrays/${id}`, { json: { title: "Renamed", patient_reference: null } });
  assert.equal(changed.title, "Renamed");
  assert.equal(changed.patient_reference, null);
  assert.deepEqual(changed.findings, uploaded[4].findings);
});

test("a program predicts with a key and sees what it may", async () => {
  const program = await radiologist.withKey(["predict"]);
  const prediction = await program.expect(200, "POST", "/predict", { body: images[0], headers: { "Content-Type": "image/png" } });
  assert.deepEqual(prediction.findings.map(({ score }) => score), uploaded[0].findings.map(({ score }) => score),
    "the same image gives the same scores everywhere");
  assert.equal((await program.send("GET", "/xrays")).status, 403);
  const keys = await radiologist.get("/api-keys");
  assert.equal(keys.items.length, 1);
  assert.ok(!JSON.stringify(keys).includes(program.key.key), "a key is shown once");
});

test("an upload sent again is not stored again", async () => {
  const headers = { "Idempotency-Key": "retry-1" };
  const first = await radiologist.upload(images[5], {}, headers);
  const again = await radiologist.upload(images[5], {}, headers);
  assert.equal(again.id, first.id);
  assert.equal((await radiologist.send("POST", "/xrays", { body: images[6], headers: { ...headers, "Content-Type": "image/png" } })).status, 409);
  await radiologist.expect(204, "DELETE", `/xrays/${first.id}`);
  assert.equal((await radiologist.send("GET", `/xrays/${first.id}`)).status, 404);
});

test("a new password ends the other sessions", async () => {
  const elsewhere = await person(server, "röntgen", { register: false });
  const token = await person(server, "röntgen", { register: false, kind: "token" });
  const secret = "another horse battery staple";
  assert.equal((await radiologist.send("PATCH", "/me", { json: { current_password: "wrong", new_password: secret } })).status, 403);
  await radiologist.get("/me");
  const changed = await radiologist.send("PATCH", "/me", { json: { current_password: password, new_password: secret } });
  assert.equal(changed.status, 200);
  await radiologist.get("/me");
  assert.equal((await elsewhere.send("GET", "/me")).status, 401);
  assert.equal((await token.send("GET", "/me")).status, 401);
  const refused = await new Client(server).send("POST", "/session", { json: { username: "röntgen", password } });
  assert.equal(refused.status, 401);
  await person(server, "röntgen", { register: false, secret });
  radiologist.secret = secret;
});

test("deleting the account deletes everything of it", async () => {
  const bystander = await person(server, "bystander");
  const kept = await bystander.upload(images[0]);
  assert.equal((await blobFiles(server)).length, 21);
  assert.equal((await radiologist.send("DELETE", "/me", { json: { password } })).status, 403);
  await radiologist.expect(204, "DELETE", "/me", { json: { password: radiologist.secret } });
  assert.equal((await radiologist.send("GET", "/me")).status, 401);
  assert.equal((await blobFiles(server)).length, 1, "only the bystander's image is left");
  const id = radiologist.user.id;
  for (const [table, column] of [["users", "id"], ["sessions", "user_id"], ["api_keys", "user_id"], ["xrays", "user_id"]])
    assert.equal(await sql(server, `SELECT COUNT(*) FROM ${table} WHERE ${column} = ${id}`), "0", table);
  const tables = ["users", "sessions", "api_keys", "xrays", "audit", "settings"];
  for (const table of tables)
    assert.ok(!(await sql(server, `SELECT * FROM ${table}`)).includes("röntgen"), table);
  assert.equal((await bystander.get(`/xrays/${kept.id}`)).id, kept.id);
  await check(server);
});

test("nothing personal is in the log", () => {
  assert.match(server.log, /POST \/api\/v1\/xrays 201/);
  assert.doesNotMatch(server.log, /röntgen|bystander|Chest \d|ward-\d|Renamed|horse|patient name|127\.0\.0\.1/);
});
