// The 2020 interface's X-rays: fields, order, messages, signed links.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { brokenEnsemble, exchange, findings, form, keptFiles, phantom, serve, undecided, upload } from "./harness.mjs";

const unlimited = ["--requests-per-minute", "0", "--readings-per-minute", "0", "--logins-per-minute", "0"];
const server = await serve(...unlimited);
const image = await phantom("--size", "96");
const old = `${server.url}api/chexray/anonupload/`;

async function problems(fields) {
  const response = await fetch(old, { method: "POST", body: form(fields) });
  assert.equal(response.status, 400);
  return response.json();
}

test("an upload gives the X-ray object of 2020, and its links work", async () => {
  const response = await upload(server, image, "  Chest-X-Ray ");
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.match(response.headers.get("x-perxeptron-notice"), /untrained weights/);
  const text = await response.text();
  const xray = JSON.parse(text);
  assert.deepEqual(Object.keys(xray),
    ["id", "title", "image", "date_posted", "userperson", "heatmap_image", ...findings]);
  assert.equal(xray.id, 1);
  assert.equal(xray.title, "Chest-X-Ray");
  assert.equal(xray.userperson, 1);
  assert.match(xray.image, /^\/media\/images\/1\.png\?expires=\d+&signature=[0-9a-f]{64}$/);
  assert.match(xray.heatmap_image, /^\/media\/heatmaps\/heatmap_1\.jpg\?expires=\d+&signature=[0-9a-f]{64}$/);
  const lasts = Number(new URL(xray.image, server.url).searchParams.get("expires")) - Date.now() / 1000;
  assert.ok(lasts > 3500 && lasts <= 3601, `${lasts} s`);
  assert.match(xray.date_posted, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(Math.abs(Date.parse(xray.date_posted) - Date.now()) < 60_000);
  assert.match(text, /"atelectasis":1\.0,"cardiomegaly":0\.0,"consolidation":1\.0,"edema":0\.0,"pleural_effusion":1\.0}$/);

  const stored = await fetch(new URL(xray.image, server.url));
  assert.equal(stored.headers.get("content-type"), "image/png");
  assert.equal(stored.headers.get("x-content-type-options"), "nosniff");
  assert.match(stored.headers.get("cache-control"), /private, no-cache/);
  assert.match(stored.headers.get("content-security-policy"), /sandbox/);
  assert.equal(stored.headers.get("cross-origin-resource-policy"), "cross-origin", "other pages show it");
  assert.deepEqual(Buffer.from(await stored.arrayBuffer()), image);
  const heatMap = await fetch(new URL(xray.heatmap_image, server.url));
  assert.equal(heatMap.headers.get("content-type"), "image/jpeg");
  assert.equal(Buffer.from(await heatMap.arrayBuffer()).subarray(0, 3).toString("hex"), "ffd8ff");

  const etag = stored.headers.get("etag");
  const again = await fetch(new URL(xray.image, server.url), { headers: { "If-None-Match": etag } });
  assert.equal(again.status, 304);
  const other = await fetch(new URL(xray.image, server.url), { headers: { "If-None-Match": '"x"' } });
  assert.equal(other.status, 200);
  const head = await fetch(new URL(xray.image, server.url), { method: "HEAD" });
  assert.equal(Number(head.headers.get("content-length")), image.length);
  assert.equal((await (await upload(server, image)).json()).id, 2);
});

test("a radiograph larger than the maps that are made for it", async () => {
  const large = await phantom("--size", "1500");
  const { heatmap_image: link } = await (await upload(server, large)).json();
  const jpeg = Buffer.from(await (await fetch(new URL(link, server.url))).arrayBuffer());
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  assert.deepEqual([jpeg.readUInt16BE(frame + 5), jpeg.readUInt16BE(frame + 7)], [1500, 1500]);
  const predict = `${server.url}api/v1/predict?heatmaps=1`;
  const reading = await (await fetch(predict, { method: "POST", body: large, headers: { "Content-Type": "image/png" } })).json();
  for (const { box: [x, y, width, height], heatmap } of reading.findings) {
    assert.ok(x >= 0 && y >= 0 && x + width <= 1500 && y + height <= 1500);
    const png = Buffer.from(heatmap.split(",")[1], "base64");
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [512, 512]);
  }
  assert.ok(reading.findings.some(({ box }) => box[0] + box[2] > 1024 || box[1] + box[3] > 1024));
});

test("without operating points nothing is decided, and that is said", async () => {
  const other = await serve("--ensemble", undecided);
  const response = await upload(other, image);
  assert.match(response.headers.get("x-perxeptron-notice"), /untrained weights.*; no operating points/);
  const xray = await response.json();
  assert.deepEqual(findings.map((id) => xray[id]), [0, 0, 0, 0, 0]);
  const reading = await fetch(`${other.url}api/v1/predict`, { method: "POST", body: image, headers: { "Content-Type": "image/png" } });
  for (const finding of (await reading.json()).findings) {
    assert.ok(finding.score > 0 && !("decision" in finding) && !("threshold" in finding));
  }
  assert.equal(await other.stop(), 0);
});

test("what is missing or wrong is said in the old words", async () => {
  const before = await keptFiles(server);
  assert.deepEqual(await problems({}), { title: ["This field is required."], image: ["No file was submitted."] });
  assert.deepEqual(await problems({ image }), { title: ["This field is required."] });
  assert.deepEqual(await problems({ title: "x" }), { image: ["No file was submitted."] });
  assert.deepEqual(await problems({ title: " \t ", image }), { title: ["This field may not be blank."] });
  assert.deepEqual(await problems({ title: "x".repeat(51), image }),
    { title: ["Ensure this field has no more than 50 characters."] });
  assert.deepEqual(await problems({ title: "x".repeat(5000), image }),
    { title: ["Ensure this field has no more than 50 characters."] });
  assert.deepEqual(await problems({ title: "a\0b", image }), { title: ["Null characters are not allowed."] });
  assert.deepEqual(await problems({ title: "x", image: Buffer.alloc(0) }), { image: ["The submitted file is empty."] });
  assert.deepEqual(await problems({ title: "x", image: "text" }),
    { image: ["The submitted data was not a file. Check the encoding type on the form."] });
  assert.deepEqual(await keptFiles(server), before);
  const nothing = await fetch(old, { method: "POST" });
  assert.deepEqual(await nothing.json(), { title: ["This field is required."], image: ["No file was submitted."] });
});

test("a title counts characters, not bytes", async () => {
  assert.equal((await upload(server, image, "ü".repeat(50))).status, 201);
  assert.equal((await upload(server, image, "ü".repeat(51))).status, 400);
});

test("what is not an image is refused with the reason, and not kept", async () => {
  const before = await keptFiles(server);
  const huge = Buffer.from(image);
  huge.writeUInt32BE(50000, 16);
  huge.writeUInt32BE(50000, 20);
  const bad = [Buffer.from("not an image"), huge, ...[...Array(15).keys()].map((i) =>
    image.subarray(0, Math.floor((image.length * (i + 1)) / 16)))];
  for (const bytes of bad) {
    const [message, reason] = (await problems({ title: "x", image: bytes })).image;
    assert.equal(message, "Upload a valid image. The file you uploaded was either not an image or a corrupted image.");
    assert.ok(reason.length > 5, reason);
  }
  assert.deepEqual(await keptFiles(server), before);
});

test("other body types, methods and paths", async () => {
  const text = await fetch(old, { method: "POST", body: "x", headers: { "Content-Type": "text/plain" } });
  assert.equal(text.status, 415);
  assert.deepEqual(await text.json(), { detail: 'Unsupported media type "text/plain" in request.' });
  const get = await fetch(old);
  assert.equal(get.status, 405);
  assert.equal(get.headers.get("allow"), "POST, OPTIONS");
  assert.deepEqual(await get.json(), { detail: 'Method "GET" not allowed.' });
  const unknown = await fetch(`${server.url}api/chexray/nothing/`);
  assert.equal(unknown.status, 404);
  assert.deepEqual(await unknown.json(), { detail: "Not found." });
  const slash = old.slice(0, -1);
  const redirected = await fetch(slash, { redirect: "manual" });
  assert.equal(redirected.status, 301);
  assert.equal(redirected.headers.get("location"), "/api/chexray/anonupload/");
  const posted = await fetch(slash, { method: "POST", redirect: "manual" });
  assert.equal(posted.status, 308);
  const broken = await fetch(old, { method: "POST", body: "x", headers: { "Content-Type": "multipart/form-data" } });
  assert.equal(broken.status, 400);
  assert.match((await broken.json()).detail, /^Multipart form parse error - /);
});

test("fields may come URL-encoded or as JSON, though a file cannot", async () => {
  const post = async (type, body) => {
    const response = await fetch(old, { method: "POST", body, headers: { "Content-Type": type } });
    assert.equal(response.status, 400);
    return response.json();
  };
  const encoded = "application/x-www-form-urlencoded";
  const notAFile = "The submitted data was not a file. Check the encoding type on the form.";
  assert.deepEqual(await post(encoded, "title=a+b"), { image: ["No file was submitted."] });
  assert.deepEqual(await post(encoded, "image=x&title=+"), { title: ["This field may not be blank."], image: [notAFile] });
  assert.deepEqual(await post("application/json", '{"title":"x","image":"y"}'), { image: [notAFile] });
  assert.match((await post("application/json", '{"title":')).detail, /^JSON parse error - /);
  assert.match((await post(encoded, `title=${"x".repeat(70_000)}`)).detail, /parse error/);
});

test("media is for signed links, and nothing else is told", async () => {
  const { image: link, heatmap_image: heat } = await (await upload(server, image)).json();
  const { pathname, search } = new URL(link, server.url);
  const answers = new Set();
  const bad = ["", "images", "images/", path.basename(pathname), `images/${path.basename(pathname)}`, `images/1.png${search}`,
    `images/999999.png${search}`, `heatmaps/heatmap_2.jpg${search}`, `images/../images/${path.basename(pathname)}${search}`,
    `images/%2e%2e/images/${path.basename(pathname)}${search}`, `images//${path.basename(pathname)}${search}`,
    `images/0${path.basename(pathname)}${search}`,
    `..%2f..%2fperxeptron.db${search}`, "images/..%2f..%2f..%2flock", `images/${"a".repeat(5000)}`];
  for (const query of [search.replace(/expires=\d+/, "expires=9999999999"), search.replace(/expires=\d+/, "expires=1"), search.replace(/signature=./, "signature=x"),
    search.replace(/expires=\d+&/, ""), search.replace(/&signature.*/, ""), `${search}0`, search.toUpperCase(), new URL(heat, server.url).search])
    bad.push(pathname.slice("/media/".length) + query);
  for (const tail of bad) {
    const reply = await exchange(server, `GET /media/${tail} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(reply, /^HTTP\/1\.1 404 /, tail);
    answers.add(JSON.parse(reply.slice(reply.indexOf("\r\n\r\n"))).detail);
  }
  assert.equal(answers.size, 1, "forged, expired and missing look the same");
  assert.equal((await fetch(new URL(link, server.url))).status, 200);
});

// ---- With an account ----

const post = (name, token, options) => fetch(`${server.url}api/chexray/${name}/`, {
  method: "POST", ...options, headers: { ...(token ? { Authorization: `Token ${token}` } : {}), ...options?.headers },
});
const json = (value) => ({ body: JSON.stringify(value), headers: { "Content-Type": "application/json" } });

async function signUp(username, to = server) {
  const secret = "a password of 2020";
  const response = await fetch(`${to.url}api/chexray/signup/`, { method: "POST", ...json({ username, password: secret, password2: secret }) });
  return (await response.json()).token;
}

const [owner, other] = [await signUp("owner"), await signUp("other")];

test("an upload of an account is found again, by it alone", async () => {
  const response = await post("upload", owner, { body: form({ title: "Mine", image }) });
  assert.equal(response.status, 201);
  const xray = await response.json();
  assert.ok(xray.userperson > 1);
  const again = await post("xray", owner, json({ xray_id: xray.id }));
  assert.equal(again.status, 200);
  assert.deepEqual({ ...await again.json(), image: 0, heatmap_image: 0 }, { ...xray, image: 0, heatmap_image: 0 });
  const refused = await post("xray", other, json({ xray_id: xray.id }));
  assert.equal(refused.status, 200);
  assert.equal(await refused.text(), '{"response":"You don\'t have permission to view this."}');
  assert.equal((await post("upload", undefined, { body: form({ title: "Mine", image }) })).status, 401);
  assert.equal((await post("xray", undefined, json({ xray_id: xray.id }))).status, 401);
});

test("xray_id is a number, however it is sent", async () => {
  const { id } = await (await post("upload", owner, { body: form({ title: "Mine", image }) })).json();
  const ask = async (options) => {
    const response = await post("xray", owner, options);
    return [response.status, await response.json()];
  };
  for (const value of [id, `${id}`, ` ${id} `, `+${id}`, `${id}.0`, id + 0.0])
    assert.equal((await ask(json({ xray_id: value })))[1].id, id, JSON.stringify(value));
  assert.equal((await ask({ body: form({ xray_id: `${id}` }) }))[1].id, id);
  assert.equal((await ask({ body: new URLSearchParams({ xray_id: id }) }))[1].id, id);
  const invalid = { xray_id: ["A valid integer is required."] };
  for (const value of ["", "x", "1x", "0x1", "1.5", 1.5, true, [1], { a: 1 }, "1\0", "9".repeat(40) + "x"])
    assert.deepEqual(await ask(json({ xray_id: value })), [400, invalid], JSON.stringify(value));
  assert.deepEqual(await ask(json({})), [400, { xray_id: ["This field is required."] }]);
  assert.deepEqual(await ask({}), [400, { xray_id: ["This field is required."] }]);
  assert.deepEqual(await ask(json({ xray_id: null })), [400, { xray_id: ["This field may not be null."] }]);
  for (const value of [0, -1, 999_999, "9".repeat(40), 1e14])
    assert.deepEqual(await ask(json({ xray_id: value })), [404, { detail: "Not found." }], JSON.stringify(value));
});

test("what could not be read is stored, and never passes for one without findings", async () => {
  const broken = await serve("--ensemble", await brokenEnsemble(), ...unlimited);
  const headers = { Authorization: `Token ${await signUp("owner", broken)}` };
  const failed = await fetch(`${broken.url}api/chexray/upload/`, { method: "POST", headers, body: form({ title: "x", image }) });
  assert.equal(failed.status, 503);
  assert.match((await failed.json()).detail, /^X-ray 1 is stored, but could not be read\.$/);
  const seen = await fetch(`${broken.url}api/chexray/xray/`, { method: "POST", body: JSON.stringify({ xray_id: 1 }), headers: { ...headers, "Content-Type": "application/json" } });
  const xray = await seen.json();
  assert.match(seen.headers.get("x-perxeptron-notice"), /could not be read/);
  for (const id of findings) assert.equal(xray[id], null);
  assert.equal((await fetch(new URL(xray.heatmap_image, broken.url))).status, 200, "the radiograph alone");
  assert.equal(await broken.stop(), 0);
});

test("where anonymous uploads are not stored they are refused", async () => {
  const [reads, off] = [await serve("--anonymous", "read"), await serve("--anonymous", "off")];
  const refused = await upload(reads, image);
  assert.equal(refused.status, 403);
  assert.deepEqual(await refused.json(), { detail: "This server stores no anonymous uploads." });
  const unknown = await upload(off, image);
  assert.equal(unknown.status, 401);
  assert.deepEqual(await unknown.json(), { detail: "Authentication credentials were not provided." });
  assert.deepEqual(await keptFiles(reads), []);
  assert.equal(await reads.stop(), 0);
  assert.equal(await off.stop(), 0);
});

test("it stops cleanly after all that", async () => {
  assert.equal(await server.stop(), 0);
});
