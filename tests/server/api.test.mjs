// The interfaces as clients use them: fields, order, messages, media, errors, CORS.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, readdir, symlink } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { connect, eventually, exchange, findings, form, formBody, phantom, serve, storedFiles, undecided, upload } from "./harness.mjs";

const server = await serve("--cors-origin", "https://app.example");
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
  assert.match(xray.image, /^\/media\/images\/[0-9a-f]{32}\.png$/);
  assert.equal(xray.heatmap_image, xray.image.replace("images/", "heatmaps/heatmap_").replace(".png", ".jpg"));
  assert.match(xray.date_posted, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(Math.abs(Date.parse(xray.date_posted) - Date.now()) < 60_000);
  assert.match(text, /"atelectasis":1\.0,"cardiomegaly":0\.0,"consolidation":1\.0,"edema":0\.0,"pleural_effusion":1\.0}$/);

  const stored = await fetch(new URL(xray.image, server.url));
  assert.equal(stored.headers.get("content-type"), "image/png");
  assert.equal(stored.headers.get("x-content-type-options"), "nosniff");
  assert.match(stored.headers.get("cache-control"), /private/);
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
  const before = await storedFiles(server);
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
  assert.deepEqual(await storedFiles(server), before);
  const nothing = await fetch(old, { method: "POST" });
  assert.deepEqual(await nothing.json(), { title: ["This field is required."], image: ["No file was submitted."] });
});

test("a title counts characters, not bytes", async () => {
  assert.equal((await upload(server, image, "ü".repeat(50))).status, 201);
  assert.equal((await upload(server, image, "ü".repeat(51))).status, 400);
});

test("what is not an image is refused with the reason, and not kept", async () => {
  const before = await storedFiles(server);
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
  assert.deepEqual(await storedFiles(server), before);
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

test("a client that hangs up loses its place", async () => {
  const before = (await storedFiles(server)).length;
  const waiting = Array.from({ length: 6 }, () => upload(server, image));
  const body = formBody(image);
  const gone = connect(server);
  gone.socket.write("POST /api/chexray/anonupload/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=XyZ\r\n" +
    `Content-Length: ${body.length}\r\n\r\n`);
  gone.socket.end(body);
  gone.socket.resume();
  gone.socket.destroySoon();
  await Promise.all(waiting);
  await eventually(() => /anonupload\/ 503/.test(server.log), "the job was dropped");
  assert.equal((await storedFiles(server)).length, before + 12);
});

test("browsers of allowed origins may call", async () => {
  const preflight = (origin) => fetch(old, {
    method: "OPTIONS", headers: { Origin: origin, "Access-Control-Request-Method": "POST" },
  });
  const allowed = await preflight("https://app.example");
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), "https://app.example");
  assert.match(allowed.headers.get("access-control-allow-methods"), /POST/);
  assert.equal(allowed.headers.get("vary"), "Origin");
  const foreign = await preflight("https://other.example");
  assert.equal(foreign.headers.get("access-control-allow-origin"), null);
  const post = async (headers) => (await fetch(old, { method: "POST", headers })).status;
  assert.equal(await post({ Origin: "https://other.example", "Sec-Fetch-Site": "cross-site" }), 403);
  assert.equal(await post({ Origin: "https://app.example", "Sec-Fetch-Site": "cross-site" }), 400);
  assert.equal(await post({ Origin: server.url.slice(0, -1), "Sec-Fetch-Site": "same-origin" }), 400);
  assert.equal(await post({ Origin: "https://other.example" }), 403);
  assert.equal(await post({ Origin: "null" }), 403);
  assert.equal(await post({ Origin: server.url.slice(0, -1) }), 400);
  const local = await serve();
  const old2020 = await fetch(`${local.url}api/chexray/anonupload/`, {
    method: "POST", headers: { Origin: "http://localhost:4200" },
  });
  assert.equal(old2020.headers.get("access-control-allow-origin"), "http://localhost:4200");
  assert.equal(await local.stop(), 0);
});

test("predict answers with scores and heat maps, and keeps nothing", async () => {
  const before = await storedFiles(server);
  const url = `${server.url}api/v1/predict`;
  const raw = await (await fetch(url, { method: "POST", body: image, headers: { "Content-Type": "image/png" } })).json();
  const sent = await (await fetch(`${url}?heatmaps=1`, { method: "POST", body: form({ image }) })).json();
  assert.equal(raw.sha256, createHash("sha256").update(image).digest("hex"));
  assert.equal(raw.notice, "untrained weights: demonstration only");
  assert.deepEqual(raw.ensemble.members, ["member1", "member2"]);
  assert.deepEqual([raw.width, raw.height], [96, 96]);
  assert.deepEqual(raw.findings.map(({ id }) => id), findings);
  for (const [i, finding] of raw.findings.entries()) {
    assert.ok(finding.score > 0 && finding.score < 1);
    const { member1, member2 } = finding.members;
    assert.ok(Math.abs(finding.score - (member1 + 2 * member2) / 3) < 1e-6);
    assert.equal(finding.decision, i % 2 === 0);
    assert.equal(finding.heatmap, undefined);
    assert.equal(sent.findings[i].score, finding.score);
    assert.match(sent.findings[i].heatmap, /^data:image\/png;base64,iVBORw0KGgo/);
  }
  assert.deepEqual(await storedFiles(server), before);
});

test("predict's problems follow RFC 9457", async () => {
  const post = (body, type) => fetch(`${server.url}api/v1/predict`, { method: "POST", body, headers: { "Content-Type": type } });
  const huge = Buffer.from(image.subarray(0, 33));
  huge.writeUInt32BE(50000, 16);
  huge.writeUInt32BE(50000, 20);
  huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29);
  const wrong = [["x", "image/png", 400], ["", "image/png", 400], [huge, "image/png", 400], ["x", "text/plain", 415]];
  for (const [body, type, status] of wrong) {
    const response = await post(body, type);
    const problem = await response.json();
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal(problem.status, status);
    assert.equal(problem.request_id, response.headers.get("x-request-id"));
    assert.ok(problem.title && problem.detail);
  }
});

test("media serves its own files and nothing else", async () => {
  const { image: link } = await (await upload(server, image)).json();
  const name = path.basename(link);
  const linked = "0".repeat(32);
  await symlink("/etc/passwd", path.join(server.data, `media/images/${linked}.png`));
  const bad = ["", "images", "images/", `images/${linked}.png`, `heatmaps/${name}`, `images/${name}/`, `images/${name}%00.jpg`,
    `images/${name}.jpg`, `images/%2e%2e/images/${name}`, "..%2f..%2flast_id", "images/..%2f..%2f..%2flock",
    `images/${name.toUpperCase()}`, `images//${name}`, "%2e%2e/last_id", `images/${"a".repeat(5000)}`];
  for (const tail of bad) {
    const reply = await exchange(server, `GET /media/${tail} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(reply, /^HTTP\/1\.1 404 /, tail);
  }
  assert.equal((await readdir(path.join(server.data, "tmp"))).length, 0);
});

test("the log names no file, title or media", async () => {
  const { image: link } = await (await upload(server, image, "Jane Doe 1970")).json();
  await fetch(new URL(link, server.url));
  assert.match(server.log, /info server \[[0-9a-f]{16}\]: POST \/api\/chexray\/anonupload\/ 201/);
  for (const secret of ["Jane", "patient name", path.basename(link, ".png")]) assert.ok(!server.log.includes(secret));
});

test("the page comes whole, with a strict policy and no foreign address", async () => {
  const page = await fetch(server.url);
  const policy = page.headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:/);
  const html = await page.text();
  assert.doesNotMatch(html, /<script(?![^>]*src=)|style=|\son\w+=/);
  for (const [file, type] of [["page.css", "text/css"], ["page.js", "text/javascript"], ["icon.svg", "image/svg+xml"]]) {
    assert.ok(html.includes(`/${file}`));
    const response = await fetch(server.url + file);
    assert.equal(response.status, 200);
    assert.ok(response.headers.get("content-type").startsWith(type));
    const source = await readFile(path.join(import.meta.dirname, "../../src/server/page", file));
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), source);
  }
  const sample = await fetch(`${server.url}phantom.png?seed=3`);
  assert.equal(sample.headers.get("content-type"), "image/png");
  assert.equal((await (await fetch(`${server.url}healthz`)).text()).trim(), "ok");
  const { notice } = await (await fetch(`${server.url}api/v1/ensemble`)).json();
  assert.equal(notice, "untrained weights: demonstration only");
});

test("it stops cleanly after all that", async () => {
  assert.equal(await server.stop(), 0);
});
