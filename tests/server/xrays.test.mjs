// X-rays over the new interface: uploads of every kind of image, what is refused, lists, pictures,
// retries, capabilities, and what a second try of the same upload gives.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { deflateSync, crc32 } from "node:zlib";
import { Client, person } from "./client.mjs";
import {
  blobFiles, brokenEnsemble, check, connect, eventually, findings, form, formBody, keptFiles, metricsOf, phantom, scratchFolder, serve, serveIn, sql,
} from "./harness.mjs";

const cheap = ["--password-memory-mib", "1", "--password-passes", "1",
  "--requests-per-minute", "0", "--readings-per-minute", "0", "--logins-per-minute", "0"];
const server = await serve(...cheap, "--max-upload-mib", "4");
const owner = await person(server, "owner");
const other = await person(server, "other");
const anyone = new Client(server);
const image = await phantom("--size", "96");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function picture(client, path, status = 200) {
  const response = await client.send("GET", path);
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, status, `${path}: ${bytes.subarray(0, 300)}`);
  return { bytes, type: response.headers.get("content-type"), headers: response.headers };
}

// What Poppler reads on a PDF's page, its lines joined.
async function pdfText(bytes) {
  const file = path.join(await scratchFolder(), "report.pdf");
  await writeFile(file, bytes);
  const { stdout } = await promisify(execFile)("pdftotext", [file, "-"]);
  return stdout.replace(/\s+/g, " ");
}

const sizeOfPng = (png) => [png.readUInt32BE(16), png.readUInt32BE(20)];
// Width, height and channels of a baseline JPEG, as its frame's head has them.
const shapeOfJpeg = (jpeg) => {
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  return [jpeg.readUInt16BE(frame + 7), jpeg.readUInt16BE(frame + 5), jpeg[frame + 9]];
};

async function wrongFields(method, path, options, client = owner) {
  const problem = await client.expect(400, method, path, options);
  assert.equal(problem.type, "/api/v1/docs#invalid-request");
  return problem.errors.map(({ field }) => field);
}

// ---- Uploading ----

test("an upload is described whole", async () => {
  const fields = { title: "Follow-up, seated ☂", patient_reference: "P-1042", consent: "true" };
  const response = await owner.send("POST", "/xrays", { body: form({ ...fields, image }) });
  assert.equal(response.status, 201);
  const xray = await response.json();
  assert.equal(response.headers.get("location"), `/api/v1/xrays/${xray.id}`);
  assert.deepEqual(Object.keys(xray), ["id", "title", "patient_reference", "consent", "status", "failure", "created",
    "updated", "expires", "width", "height", "bytes", "media_type", "sha256", "ensemble", "notice", "findings", "links"]);
  assert.deepEqual({ title: xray.title, patient_reference: xray.patient_reference, consent: `${xray.consent}` }, fields);
  assert.deepEqual([xray.status, xray.failure, xray.expires, xray.media_type], ["done", null, null, "image/png"]);
  assert.deepEqual([xray.width, xray.height, xray.bytes, xray.sha256], [96, 96, image.length, sha256(image)]);
  assert.equal(xray.notice, "untrained weights: demonstration only");
  assert.deepEqual(xray.ensemble.members.map(({ name }) => name), ["member1", "member2"]);
  assert.deepEqual(xray.findings.map(({ id }) => id), findings);
  const models = await anyone.get("/models");
  assert.equal(models.version, xray.ensemble.version);
  assert.deepEqual(models.members.map(({ name, sha256: hash }) => ({ name, sha256: hash })), xray.ensemble.members);
  assert.deepEqual(await owner.get(`/xrays/${xray.id}`), xray);
  assert.deepEqual(Object.keys(xray.findings[0]), ["id", "name", "score", "threshold", "decision", "members", "disagreement", "box", "review", "links"]);
});

test("the image itself as the body", async () => {
  const post = (query, type, body = image) => owner.send("POST", `/xrays${query}`, { body, headers: { "Content-Type": type } });
  for (const [query, type, consent] of [["", "image/png", false], ["?consent=true", "application/octet-stream", true], ["?consent=false", "image/jpeg", false]]) {
    const response = await post(query, type);
    assert.equal(response.status, 201);
    const xray = await response.json();
    assert.deepEqual([xray.title, xray.patient_reference, xray.consent, xray.media_type], ["Chest X-ray", null, consent, "image/png"]);
  }
  assert.equal((await post("?consent=maybe", "image/png")).status, 400);
  assert.equal((await post("", "image/png", "")).status, 400);
  for (const type of ["application/json", "application/x-www-form-urlencoded", "text/plain"])
    assert.equal((await post("", type, "{}")).status, 415, type);
});

test("fields that are wrong are all named", async () => {
  const before = await keptFiles(server);
  const wrong = (fields) => wrongFields("POST", "/xrays", { body: form(fields) });
  assert.deepEqual(await wrong({}), ["title", "image"]);
  assert.deepEqual(await wrong({ title: "x", image: "text" }), ["image"]);
  assert.deepEqual(await wrong({ title: "x", image: Buffer.alloc(0) }), ["image"]);
  assert.deepEqual(await wrong({ title: "", image }), ["title"]);
  assert.deepEqual(await wrong({ title: "a\nb", image }), ["title"]);
  assert.deepEqual(await wrong({ title: "a\0b", patient_reference: "c\0d", consent: "true\0", image }), ["title", "patient_reference", "consent"]);
  assert.deepEqual(await wrong({ title: "☂".repeat(201), patient_reference: "☂".repeat(101), image }), ["title", "patient_reference"]);
  assert.deepEqual(await wrong({ title: "x", consent: "yes", image }), ["consent"]);
  assert.deepEqual(await wrong({ titel: "x", title: "x", image }), ["titel"]);
  for (const key of ["k".repeat(256), " "])
    assert.deepEqual(await wrongFields("POST", "/xrays", { body: form({ title: "x", image }), headers: { "Idempotency-Key": key } }).catch(() => ["Idempotency-Key"]), ["Idempotency-Key"]);
  const longest = await owner.upload(image, { title: "☂".repeat(200), patient_reference: "☂".repeat(100) });
  assert.equal(longest.title.length, 200);
  await owner.expect(204, "DELETE", `/xrays/${longest.id}`);
  assert.deepEqual(await keptFiles(server), before);
});

// ---- Images of every kind ----

// An APP1 segment that says how the picture is turned (EXIF 2.32, tag 0x0112).
const exif = (orientation) =>
  Buffer.from(`ffe1002245786966000049492a0008000000010012010300010000000${orientation}00000000000000`, "hex");
const cmyk = Buffer.from("/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAbEhQXFBEbFxYXHhwbIChCKyglJShROj0wQmBVZWRfVV1baniZgWpxkHNbXYW1hpCeo6utq2eAvMm6" +
  "pseZqKuk/8AAFAgAGAAgBEMRAE0RAFkRAEsRAP/EABcAAQEBAQAAAAAAAAAAAAAAAAAEBQb/xAAVEAEBAAAAAAAAAAAAAAAAAAAAA//aAA4EQwBNAFkASwAAPwDpnTOmYU5A" +
  "KpyAUzkAqnIBnTkAqnIBTOQCqcgGdOQCqcgFM5AKpyf/2Q==", "base64");

test("every kind of image is read as it should be seen", async () => {
  const jpeg = await phantom("--size", "96", "--format", "jpeg");
  const deep = await phantom("--size", "80", "--depth", "16");
  const kinds = [
    ["16 bits", deep, "image/png", [80, 80]],
    ["JPEG", jpeg, "image/jpeg", [96, 96]],
    ["CMYK JPEG", cmyk, "image/jpeg", [32, 24]],
    ["turned by EXIF", Buffer.concat([cmyk.subarray(0, 2), exif(6), cmyk.subarray(2)]), "image/jpeg", [24, 32]],
    ["upside down by EXIF", Buffer.concat([cmyk.subarray(0, 2), exif(3), cmyk.subarray(2)]), "image/jpeg", [32, 24]],
  ];
  for (const [what, bytes, type, size] of kinds) {
    const xray = await owner.upload(bytes, { title: what });
    assert.deepEqual([xray.width, xray.height, xray.media_type, xray.status], [...size, type, "done"], what);
    const back = await picture(owner, `/xrays/${xray.id}/image`);
    assert.deepEqual(back.bytes, bytes, what);
    assert.equal(back.type, type);
    const heat = await picture(owner, `/xrays/${xray.id}/heatmaps/edema`);
    assert.deepEqual(sizeOfPng(heat.bytes), size, `${what}: the heat map has the upright size`);
    const small = await picture(owner, `/${xray.links.thumbnail}`);
    assert.deepEqual(shapeOfJpeg(small.bytes).slice(0, 2), size, `${what}: and so has the thumbnail`);
    for (const [x, y, width, height] of xray.findings.map(({ box }) => box))
      assert.ok(x + width <= size[0] && y + height <= size[1], what);
  }
});

// A PNG of these rows: filter byte and samples.
function makePng(width, height, depth, colourType, rows) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [head, tail] = [Buffer.alloc(4), Buffer.alloc(4)];
    head.writeUInt32BE(data.length);
    tail.writeUInt32BE(crc32(body));
    return Buffer.concat([head, body, tail]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType], 8);
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

test("images of every shape", async () => {
  for (const [width, height, depth, colourType, channels] of [[1, 1, 8, 0, 1], [65_000, 1, 8, 0, 1], [1, 3000, 16, 2, 3], [3, 2, 8, 6, 4]]) {
    const row = 1 + (width * channels * depth) / 8;
    const rows = Buffer.alloc(row * height).map((_, i) => (i % row ? i * 7 : 0));
    const { status, links, findings: found } = await owner.upload(makePng(width, height, depth, colourType, rows));
    assert.equal(status, "done");
    assert.deepEqual(sizeOfPng((await picture(owner, `/${found[0].links.heatmap}`)).bytes), [width, height]);
    assert.equal((await picture(owner, `/${links.report}`)).type, "application/pdf");
  }
});

// A PNG that unpacks to far more than it is.
const bomb = (side) => makePng(side, side, 1, 0, Buffer.alloc(1 << 20));

test("what is no image is refused with the reason, and not stored", async () => {
  const before = await keptFiles(server);
  const bad = [Buffer.from("GIF89a"), Buffer.from("%PDF-1.5"), Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"),
    Buffer.from("<html>"), bomb(30_000), bomb(65_000), Buffer.concat([Buffer.from("x"), image]), image.subarray(0, 8),
    Buffer.concat([image, Buffer.from("<script>alert(1)</script>")]), Buffer.concat([cmyk, Buffer.from("PK\x05\x06" + "\0".repeat(18), "latin1")]),
    ...[...Array(15).keys()].flatMap((i) => [image, cmyk].map((whole) => whole.subarray(0, Math.floor((whole.length * (i + 1)) / 16) - 1)))];
  for (const bytes of bad) {
    const problem = await owner.expect(400, "POST", "/xrays", { body: form({ title: "x", image: bytes }) });
    assert.match(problem.errors[0].message, /^Not an image that can be read: .+\.$/);
    assert.equal(problem.errors[0].field, "image");
  }
  const huge = await owner.send("POST", "/xrays", { body: form({ title: "x", image: Buffer.alloc((4 << 20) + 1) }) });
  assert.equal(huge.status, 413);
  assert.deepEqual(await keptFiles(server), before);
});

// ---- Sending again ----

const again = (key, bytes = image, client = owner) => client.send("POST", "/xrays",
  { body: form({ title: key, image: bytes }), headers: { "Idempotency-Key": key } });

test("the same upload twice is one X-ray", async () => {
  const first = await again("once");
  assert.equal(first.status, 201);
  assert.equal(first.headers.get("idempotent-replayed"), null);
  const xray = await first.json();
  const second = await again("once");
  assert.equal(second.status, 201);
  assert.equal(second.headers.get("idempotent-replayed"), "true");
  assert.equal(second.headers.get("location"), `/api/v1/xrays/${xray.id}`);
  assert.deepEqual(await second.json(), xray);
  const conflict = await again("once", cmyk);
  assert.equal(conflict.status, 409);
  assert.equal((await conflict.json()).type, "/api/v1/docs#conflict");
  const others = await again("once", image, other);
  assert.notEqual((await others.json()).id, xray.id, "keys are each account's own");
  await owner.expect(204, "DELETE", `/xrays/${xray.id}`);
  const anew = await again("once");
  assert.equal(anew.headers.get("idempotent-replayed"), null);
  assert.notEqual((await anew.json()).id, xray.id);
});

test("an upload with a key is an account's: where a session has ended it is not kept as a stranger's", async () => {
  const before = await keptFiles(server);
  await anyone.expect(401, "POST", "/xrays", { body: form({ title: "x", image }), headers: { "Idempotency-Key": "x" } });
  assert.deepEqual(await keptFiles(server), before);
});

test("the same upload at the same time is one X-ray", async () => {
  const before = (await blobFiles(server)).length;
  const answers = await Promise.all(Array.from({ length: 6 }, () => again("race")));
  assert.deepEqual(answers.map(({ status }) => status), Array(6).fill(201));
  assert.equal(new Set(await Promise.all(answers.map(async (answer) => (await answer.json()).id))).size, 1);
  assert.equal((await blobFiles(server)).length, before + 1);
  const mixed = await Promise.all([again("mixed"), again("mixed", cmyk), again("mixed"), again("mixed", cmyk)]);
  const statuses = mixed.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [201, 201, 409, 409]);
  assert.equal((await blobFiles(server)).length, before + 2);
});

test("a client that hangs up while it waits leaves nothing", async () => {
  const before = (await owner.upload(image)).id;
  const slow = makePng(5000, 5000, 8, 0, Buffer.alloc(5001 * 5000)); // received faster than read
  const waiting = Array.from({ length: 8 }, () => owner.upload(slow, { title: "before it" }));
  await eventually(async () => (await metricsOf(server)).perxeptron_queue_length >= 4, "they wait");
  const gone = connect(server);
  const body = formBody(image);
  gone.socket.write(`POST /api/v1/xrays HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nContent-Type: multipart/form-data; boundary=XyZ\r\n` +
    `Cookie: ${owner.credentials.Cookie}\r\nOrigin: ${owner.credentials.Origin}\r\nContent-Length: ${body.length}\r\n\r\n`);
  gone.socket.end(body);
  gone.socket.resume();
  gone.socket.destroySoon();
  await Promise.all(waiting);
  await eventually(() => /xrays 503/.test(server.log), "the job was dropped");
  const fresh = (await owner.get("/xrays?limit=100")).items.filter(({ id }) => id > before);
  assert.deepEqual(fresh.map(({ title }) => title), Array(8).fill("before it"));
});

// ---- Pictures ----

test("pictures are private, have a version and a name that tells nothing", async () => {
  const { id, links, findings: found } = await owner.upload(image, { title: "Secret title", patient_reference: "Secret" });
  for (const [link, name] of [[links.image, `xray-${id}.png`], [links.report, `xray-${id}.pdf`], [links.thumbnail, `xray-${id}-thumbnail.jpg`],
    [found[3].links.heatmap, `xray-${id}-edema.png`], [`${found[3].links.heatmap}?layer=map`, `xray-${id}-edema-map.png`]]) {
    const { headers, bytes } = await picture(owner, `/${link}`);
    assert.equal(headers.get("content-disposition"), `inline; filename="${name}"`);
    assert.equal(headers.get("cache-control"), "private, no-cache");
    assert.match(headers.get("content-security-policy"), /(png|jpg)$/.test(name) ? /default-src 'none'; sandbox/ : /default-src 'none'/);
    const etag = headers.get("etag");
    const known = (value) => owner.send("GET", `/${link}`, { headers: { "If-None-Match": value } });
    for (const value of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const same = await known(value);
      assert.equal(same.status, 304, value);
      assert.equal((await same.arrayBuffer()).byteLength, 0);
      assert.equal(same.headers.get("etag"), etag);
    }
    assert.equal((await known('"x"')).status, 200);
    const head = await owner.send("HEAD", `/${link}`);
    assert.equal(Number(head.headers.get("content-length")), bytes.length);
    assert.equal((await other.send("GET", `/${link}`, { headers: { "If-None-Match": etag } })).status, 404, "a version opens nothing");
  }
  const before = (await picture(owner, `/${links.report}`)).headers.get("etag");
  await owner.expect(200, "PATCH", `/xrays/${id}`, { json: { title: "Another" } });
  assert.notEqual((await picture(owner, `/${links.report}`)).headers.get("etag"), before);
});

test("heat maps in colours and strengths", async () => {
  const { id } = await owner.upload(image);
  const heat = async (query) => (await picture(owner, `/xrays/${id}/heatmaps/edema${query}`)).bytes;
  const usual = await heat("");
  assert.deepEqual(await heat("?colour_map=turbo&opacity=0.5"), usual);
  const all = await Promise.all(["?opacity=0", "?opacity=1", "?opacity=.25", ...["viridis", "inferno", "grey"].map((name) => `?colour_map=${name}`)].map(heat));
  assert.equal(new Set([usual, ...all].map((bytes) => sha256(bytes))).size, 7);
  assert.deepEqual(await heat("?opacity=0&colour_map=viridis"), all[0], "without heat the colours do not matter");
  const wrong = (query) => wrongFields("GET", `/xrays/${id}/heatmaps/edema${query}`);
  for (const value of ["-0.1", "1.01", "x", "", "nan", "inf", "1e-1", "0x1", "0.5 ", "1..0"])
    assert.deepEqual(await wrong(`?opacity=${encodeURIComponent(value)}`), ["opacity"], value);
  assert.deepEqual(await wrong("?colour_map=jet&opacity=2"), ["colour_map", "opacity"]);
  for (const finding of ["pneumonia", "edemaa", "Edema", "x".repeat(100)])
    assert.equal((await owner.send("GET", `/xrays/${id}/heatmaps/${finding}`)).status, 404, finding);
});

test("the heat map alone is the one that a reading without storing gives", async () => {
  const large = await phantom("--size", "700");
  const { id } = await owner.upload(large);
  const reading = await owner.expect(200, "POST", "/predict?heatmaps=1", { body: large, headers: { "Content-Type": "image/png" } });
  for (const { id: finding, heatmap } of reading.findings) {
    const { bytes, type } = await picture(owner, `/xrays/${id}/heatmaps/${finding}?layer=map`);
    assert.equal(type, "image/png");
    assert.deepEqual(sizeOfPng(bytes), [512, 512]);
    assert.equal(bytes[25], 0, "grey");
    assert.deepEqual(bytes, Buffer.from(heatmap.split(",")[1], "base64"), finding);
  }
  const heat = (query) => picture(owner, `/xrays/${id}/heatmaps/edema${query}`);
  assert.deepEqual((await heat("?layer=overlay")).bytes, (await heat("")).bytes);
  assert.notEqual((await heat("?layer=map")).headers.get("etag"), (await heat("")).headers.get("etag"));
  const wrong = (query) => wrongFields("GET", `/xrays/${id}/heatmaps/edema${query}`);
  assert.deepEqual(await wrong("?layer=map&colour_map=turbo"), ["colour_map"]);
  assert.deepEqual(await wrong("?layer=map&opacity=0.5&colour_map=grey"), ["colour_map", "opacity"]);
  for (const layer of ["", "Map", "both"]) assert.deepEqual(await wrong(`?layer=${layer}`), ["layer"], layer);
  await owner.expect(404, "GET", `/xrays/${id}/heatmaps/pneumonia?layer=map`);
});

test("a thumbnail is small, in the image's own shape and colours", async () => {
  const grey = (width, height) => makePng(width, height, 8, 0, Buffer.concat(Array.from({ length: height }, (_, y) =>
    Buffer.concat([Buffer.from([0]), Buffer.alloc(width, y % 256)]))));
  for (const [bytes, shape] of [[await phantom("--size", "700"), [320, 320, 1]], [grey(1200, 300), [320, 80, 1]], [grey(90, 640), [45, 320, 1]],
    [await phantom("--size", "700", "--depth", "16"), [320, 320, 1]], [cmyk, [32, 24, 3]]]) {
    const { links } = await owner.upload(bytes);
    const small = await picture(owner, `/${links.thumbnail}`);
    assert.equal(small.type, "image/jpeg");
    assert.deepEqual(shapeOfJpeg(small.bytes), shape);
  }
});

test("a report is one PDF", async () => {
  const { id } = await owner.upload(image);
  const { bytes, type } = await picture(owner, `/xrays/${id}/report.pdf`);
  assert.equal(type, "application/pdf");
  assert.equal(bytes.subarray(0, 5).toString(), "%PDF-");
  assert.match(bytes.subarray(-8).toString(), /%%EOF/);
});

// ---- Changing, deleting, listing ----

test("changes, and what no change may be", async () => {
  const xray = await owner.upload(image, { title: "Before", patient_reference: "P-1" });
  const change = (json) => owner.expect(200, "PATCH", `/xrays/${xray.id}`, { json });
  const after = await change({ title: "After" });
  assert.deepEqual({ ...after, updated: 0 }, { ...xray, title: "After", updated: 0 });
  assert.ok(after.updated > xray.updated);
  assert.equal((await change({ patient_reference: null, consent: true })).patient_reference, null);
  const last = await change({ consent: false, patient_reference: "P-2" });
  assert.deepEqual(await owner.get(`/xrays/${xray.id}`), last);
  const wrong = (json) => wrongFields("PATCH", `/xrays/${xray.id}`, { json });
  assert.deepEqual(await wrong({}), ["title"]);
  assert.deepEqual(await wrong({ title: null }), ["title"]);
  assert.deepEqual(await wrong({ title: "", consent: "true", patient_reference: 7, status: "done" }), ["status", "title", "patient_reference", "consent"]);
  assert.deepEqual(await wrong({ title: "x".repeat(201), patient_reference: "x".repeat(101) }), ["title", "patient_reference"]);
  assert.equal((await owner.send("PATCH", `/xrays/${xray.id}`, { body: form({ title: "x" }) })).status, 415);
  await other.expect(404, "PATCH", `/xrays/${xray.id}`, { json: { title: "x" } });
  assert.equal((await owner.get(`/xrays/${xray.id}`)).title, "After");
});

test("a finding is accepted or rejected, with a note, and the report tells", async () => {
  const { id, updated } = await owner.upload(image, { title: "Second look" }, { "Idempotency-Key": "reviewed" });
  const put = (finding, json, client = owner) => client.send("PUT", `/xrays/${id}/findings/${finding}/review`, { json });
  const reviews = async () => Object.fromEntries((await owner.get(`/xrays/${id}`)).findings.map((one) => [one.id, one.review]));
  const unreviewed = Object.fromEntries(findings.map((one) => [one, null]));
  const report = async () => {
    const { bytes, headers } = await picture(owner, `/xrays/${id}/report.pdf`);
    return { etag: headers.get("etag"), text: await pdfText(bytes) };
  };
  assert.deepEqual(await reviews(), unreviewed);
  const before = await report();
  assert.doesNotMatch(before.text, /Review/);

  const edema = await (await put("edema", { verdict: "rejected", note: "Skin fold,\nnot fluid ☂" })).json();
  assert.deepEqual(edema, { verdict: "rejected", note: "Skin fold,\nnot fluid ☂", updated: edema.updated });
  const cardiomegaly = await (await put("cardiomegaly", { verdict: "accepted" })).json();
  assert.deepEqual([cardiomegaly.verdict, cardiomegaly.note], ["accepted", ""]);
  assert.deepEqual(await reviews(), { ...unreviewed, edema, cardiomegaly });
  const { items } = await owner.expect(200, "POST", "/xrays/search", { json: { text: "second look" } });
  assert.deepEqual(items, [await owner.get(`/xrays/${id}`)]);
  assert.equal(items[0].updated, updated);
  const again = await owner.upload(image, { title: "Second look" }, { "Idempotency-Key": "reviewed" });
  assert.deepEqual(again, items[0], "also where the upload is sent again");
  assert.deepEqual((await owner.expect(200, "PATCH", `/xrays/${id}`, { json: { consent: false } })).findings, items[0].findings);

  const told = await report();
  assert.notEqual(told.etag, before.etag);
  assert.match(told.text, /Review: rejected/);
  assert.match(told.text, /Skin fold, not fluid/);
  assert.match(told.text, /Review: accepted/);
  await put("edema", { verdict: null, note: "x".repeat(2000) });
  const noted = await report();
  assert.notEqual(noted.etag, told.etag);
  assert.doesNotMatch(noted.text, /rejected|fold/);
  const { id: another } = await owner.upload(image);
  assert.deepEqual((await owner.get(`/xrays/${another}`)).findings.map(({ review }) => review), findings.map(() => null));

  for (const json of [{}, { verdict: null }, { verdict: null, note: "" }, { note: "" }, { verdict: "maybe" }, { verdict: 1 }, { verdict: true, note: "N" }])
    assert.deepEqual(await wrongFields("PUT", `/xrays/${id}/findings/edema/review`, { json }), ["verdict"], JSON.stringify(json));
  for (const note of ["x".repeat(2001), "a\u0000b", "a\u001bb", 5, null])
    assert.deepEqual(await wrongFields("PUT", `/xrays/${id}/findings/edema/review`, { json: { verdict: "accepted", note } }), ["note"]);
  for (const finding of ["fracture", "EDEMA", "%ff", "x".repeat(63)])
    assert.equal((await put(finding, { verdict: "accepted" })).status, 404, finding);
  assert.equal((await put("edema", { verdict: "accepted" }, other)).status, 404);
  assert.equal((await put("edema", { verdict: "accepted" }, anyone)).status, 401);

  await other.expect(404, "DELETE", `/xrays/${id}/findings/edema/review`);
  await owner.expect(204, "DELETE", `/xrays/${id}/findings/edema/review`);
  await owner.expect(404, "DELETE", `/xrays/${id}/findings/edema/review`);
  assert.deepEqual(await reviews(), { ...unreviewed, cardiomegaly });
  await owner.expect(204, "DELETE", `/xrays/${id}/findings/cardiomegaly/review`);
  assert.doesNotMatch((await report()).text, /Review/);
  assert.equal(await sql(server, `SELECT COUNT(*) FROM audit WHERE action = 'xray.review' AND object = 'xray:${id}'`), "5");
  assert.equal(await sql(server, "SELECT COUNT(*) FROM audit WHERE object LIKE '%fold%' OR action LIKE '%fold%'"), "0");
});

test("a review leaves heat maps in browsers", async () => {
  const { id } = await owner.upload(image);
  const heat = (await picture(owner, `/xrays/${id}/heatmaps/edema`)).headers.get("etag");
  await owner.expect(200, "PUT", `/xrays/${id}/findings/edema/review`, { json: { verdict: "accepted" } });
  const again = await owner.send("GET", `/xrays/${id}/heatmaps/edema`, { headers: { "If-None-Match": heat } });
  assert.equal(again.status, 304);
});

test("a deleted X-ray is gone with its image", async () => {
  const { id, links } = await owner.upload(image);
  const before = (await blobFiles(server)).length;
  await other.expect(404, "DELETE", `/xrays/${id}`);
  await anyone.expect(401, "DELETE", `/xrays/${id}`);
  await owner.expect(204, "DELETE", `/xrays/${id}`);
  await owner.expect(404, "DELETE", `/xrays/${id}`);
  for (const link of Object.values(links)) await owner.expect(404, "GET", `/${link}`);
  assert.equal((await blobFiles(server)).length, before - 1);
  for (const name of ["0", "-1", "01", "1e3", "x", "9".repeat(30)]) await owner.expect(404, "GET", `/xrays/${name}`);
});

test("lists have their own X-rays alone, by filter and order", async () => {
  const lister = await person(server, "lister");
  const xrays = [];
  for (const title of ["bravo", "Alpha", "charlie 100%", "delta_x"]) xrays.push(await lister.upload(image, { title, patient_reference: `ref ${title}` }));
  const titles = async (query) => (await lister.get(`/xrays${query}`)).items.map(({ title }) => title);
  assert.deepEqual(await titles(""), ["delta_x", "charlie 100%", "Alpha", "bravo"]);
  assert.deepEqual(await titles("?sort=oldest"), ["bravo", "Alpha", "charlie 100%", "delta_x"]);
  assert.deepEqual(await titles("?sort=title"), ["Alpha", "bravo", "charlie 100%", "delta_x"]);
  assert.deepEqual(await titles("?text=ALPHA"), ["Alpha"]);
  assert.deepEqual(await titles("?text=ref&limit=2"), ["delta_x", "charlie 100%"]);
  assert.deepEqual(await titles("?text=%25"), ["charlie 100%"]);
  assert.deepEqual(await titles("?text=_"), ["delta_x"]);
  assert.deepEqual(await titles("?text=%27%20OR%201=1%20--"), []);
  assert.deepEqual(await titles("?status=failed"), []);
  assert.equal((await titles("?status=done&finding=atelectasis&sort=score")).length, 4);
  assert.deepEqual(await titles("?finding=edema"), []);
  assert.deepEqual(await titles("?finding=unknown"), []);
  assert.deepEqual(await titles(`?since=${xrays[1].created}&until=${xrays[3].created}`), ["charlie 100%", "Alpha"]);
  assert.deepEqual((await lister.get("/xrays?limit=4")).next, null);
  assert.deepEqual((await lister.get("/xrays?sort=oldest")).items, xrays);
  const first = await lister.get("/xrays?limit=3");
  const second = await lister.get(`/xrays?limit=3&cursor=${encodeURIComponent(first.next)}`);
  assert.deepEqual([...first.items, ...second.items].map(({ id }) => id), xrays.map(({ id }) => id).reverse());
  const wrong = (query) => wrongFields("GET", `/xrays${query}`, {}, lister);
  assert.deepEqual(await wrong("?limit=0&since=yesterday&until=2026-02-30T00:00:00Z&sort=best&status=x"),
    ["status", "since", "until", "sort", "limit"]);
  assert.deepEqual(await wrong("?sort=score"), ["sort"]);
  assert.deepEqual(await wrong("?finding=Edema"), ["finding"]);
  assert.deepEqual(await wrong(`?text=${"x".repeat(201)}`), ["text"]);
  for (const malformed of ["?text=%ff", "?text=%00", "?cursor=%00", "/%00"]) await lister.expect(400, "GET", `/xrays${malformed}`);
  for (const cursor of ["x", "", `${first.next}x`]) assert.deepEqual(await wrong(`?cursor=${cursor}`), ["cursor"], cursor);
});

// ---- Failures and retries ----

test("a reading that fails is stored with the reason, and can be tried again", async () => {
  const broken = await serve(...cheap, "--ensemble", await brokenEnsemble());
  let client = await person(broken, "unlucky");
  const failed = await client.upload(image, { title: "Unlucky" });
  assert.deepEqual([failed.status, failed.ensemble, failed.findings, failed.links.report], ["failed", null, [], null]);
  assert.match(failed.failure, /^Reading it failed: /);
  assert.deepEqual([failed.width, failed.sha256], [96, sha256(image)]);
  assert.deepEqual((await client.get("/xrays?status=failed")).items, [failed]);
  assert.deepEqual((await picture(client, `/xrays/${failed.id}/image`)).bytes, image);
  await client.expect(409, "GET", `/xrays/${failed.id}/report.pdf`);
  await client.expect(404, "GET", `/xrays/${failed.id}/heatmaps/edema`);
  assert.equal((await client.expect(200, "POST", `/xrays/${failed.id}/reading`)).status, "failed");
  assert.equal((await client.send("POST", "/predict", { body: image, headers: { "Content-Type": "image/png" } })).status, 500);
  assert.equal(await broken.stop(), 0);
  const mended = await serveIn(broken.data, cheap);
  client = await person(mended, "unlucky", { register: false });
  const done = await client.expect(200, "POST", `/xrays/${failed.id}/reading`);
  assert.deepEqual([done.status, done.failure, done.findings.length], ["done", null, findings.length]);
  assert.deepEqual(await client.get(`/xrays/${failed.id}`), done);
  assert.equal((await client.get("/xrays?status=done&finding=atelectasis")).items.length, 1);
  assert.equal((await picture(client, `/${done.links.report}`)).type, "application/pdf");
  assert.equal((await picture(client, `/${done.findings[0].links.heatmap}`)).type, "image/png");
  await client.expect(409, "POST", `/xrays/${failed.id}/reading`);
  await client.expect(404, "POST", "/xrays/999/reading");
  assert.equal(await mended.stop(), 0);
});

test("an X-ray whose image is damaged on disk is an error of ours, and nobody's picture", async () => {
  const hurt = await serve(...cheap);
  const client = await person(hurt, "hurt");
  const { id, links } = await client.upload(image);
  await sql(hurt, `UPDATE blobs SET sha256 = '${"0".repeat(64)}'`);
  for (const link of [links.image, links.thumbnail, links.report, `${links.self}/heatmaps/edema`]) {
    const problem = await client.expect(500, "GET", `/${link}`);
    assert.doesNotMatch(problem.detail, /\/|blob/);
  }
  await sql(hurt, "UPDATE xrays SET reading = '{}'");
  await client.expect(500, "GET", `/xrays/${id}`);
  assert.equal(await hurt.stop(), 0);
});

test("encrypted images are shown to their owner, and are nothing on disk", async () => {
  const key = path.join(await scratchFolder(), "key");
  await writeFile(key, "0f".repeat(32), { mode: 0o600 });
  const sealed = await serve(...cheap, "--key-file", key);
  const client = await person(sealed, "sealed");
  const { id, sha256: hash, bytes } = await client.upload(image);
  assert.deepEqual([hash, bytes], [sha256(image), image.length]);
  assert.ok(!(await readFile((await blobFiles(sealed))[0])).includes(image.subarray(0, 24)));
  assert.deepEqual((await picture(client, `/xrays/${id}/image`)).bytes, image);
  assert.deepEqual(sizeOfPng((await picture(client, `/xrays/${id}/heatmaps/edema`)).bytes), [96, 96]);
  assert.deepEqual(shapeOfJpeg((await picture(client, `/xrays/${id}/thumbnail`)).bytes), [96, 96, 1]);
  assert.equal((await picture(client, `/xrays/${id}/report.pdf`)).type, "application/pdf");
  assert.equal(await sealed.stop(), 0);
});

test("networks without heat maps leave their place empty", async () => {
  const plain = await serve(...cheap);
  const client = await person(plain, "plain");
  const { id } = await client.upload(image);
  const reading = JSON.parse(await sql(plain, `SELECT reading FROM xrays WHERE id = ${id}`));
  for (const finding of reading.findings) {
    delete finding.map;
    delete finding.box;
  }
  await sql(plain, `UPDATE xrays SET reading = '${JSON.stringify(reading)}' WHERE id = ${id}`);
  const xray = await client.get(`/xrays/${id}`);
  for (const finding of xray.findings) {
    assert.deepEqual([finding.links.heatmap, finding.box], [null, undefined]);
    await client.expect(404, "GET", `/xrays/${id}/heatmaps/${finding.id}`);
  }
  assert.equal((await picture(client, `/xrays/${id}/report.pdf`)).type, "application/pdf");
  const token = await person(plain, "plain", { register: false, kind: "token" });
  const old = await token.expect(200, "POST", "//api/chexray/xray/", { json: { xray_id: id },
    headers: { Authorization: token.credentials.Authorization.replace("Bearer", "Token") } });
  assert.equal((await fetch(new URL(old.heatmap_image, plain.url))).status, 200, "the radiograph alone");
  assert.equal(await plain.stop(), 0);
});

// ---- Anonymous uploads ----

test("an anonymous upload is opened by its capability, for a while", async () => {
  const xray = await anyone.expect(201, "POST", "/xrays", { body: form({ title: "Anonymous", image }) });
  assert.match(xray.capability, /^[0-9a-f]{64}$/);
  const lasts = (Date.parse(xray.expires) - Date.parse(xray.created)) / 3_600_000;
  assert.ok(lasts > 23.9 && lasts <= 24, `${lasts} hours`);
  const links = [...Object.values(xray.links), ...xray.findings.map((finding) => finding.links.heatmap)];
  for (const link of links) {
    assert.equal(new URL(link, server.url).searchParams.get("capability"), xray.capability);
    assert.equal((await anyone.send("GET", `/${link}`)).status, 200, link);
    assert.equal((await other.send("GET", `/${link}`)).status, 200, "whoever holds it");
    await anyone.expect(401, "GET", `/${link.split("?")[0]}`);
    await other.expect(404, "GET", `/${link.split("?")[0]}`);
  }
  const { capability, ...rest } = xray;
  assert.deepEqual(await anyone.get(`/xrays/${xray.id}?capability=${capability}`), rest, "shown once");
  assert.equal(await sql(server, `SELECT COUNT(*) FROM xrays WHERE capability_hash = '${capability}'`), "0", "stored as a hash");
  await anyone.expect(401, "PATCH", `/xrays/${xray.id}?capability=${capability}`, { json: { title: "x" } });
  await sql(server, `UPDATE xrays SET expires = 1 WHERE id = ${xray.id}`);
  await anyone.expect(404, "GET", `/xrays/${xray.id}?capability=${capability}`);
});

test("where nothing is stored a reading is all there is", async () => {
  const reads = await serve(...cheap, "--anonymous", "read");
  const client = new Client(reads);
  const reading = await client.expect(200, "POST", "/xrays", { body: form({ title: "x", image }) });
  assert.deepEqual(Object.keys(reading), ["sha256", "width", "height", "ensemble", "notice", "findings"]);
  assert.ok(!("map" in reading.findings[0]) && reading.findings[0].box.length === 4);
  assert.deepEqual(await keptFiles(reads), []);
  assert.equal(await sql(reads, "SELECT COUNT(*) FROM xrays"), "0");
  assert.equal(await reads.stop(), 0);
});

test("what has expired is swept away at the start", async () => {
  const first = await serve(...cheap);
  const client = new Client(first);
  for (let i = 0; i < 2; i++) await client.expect(201, "POST", "/xrays", { body: form({ title: "x", image }) });
  await sql(first, "UPDATE xrays SET expires = 1 WHERE id = 1");
  assert.equal(await first.stop(), 0);
  const second = await serveIn(first.data, cheap);
  await eventually(async () => (await sql(second, "SELECT COUNT(*) FROM xrays")) === "1", "swept");
  await eventually(async () => (await blobFiles(second)).length === 1, "with its image");
  assert.equal(await second.stop(), 0);
});

// ---- The audit trail ----

test("who saw what is noted, once for each time it was shown", async () => {
  const { id, findings: found, links } = await owner.upload(image);
  await owner.get(`/xrays/${id}`);
  await picture(owner, `/${links.image}`);
  await picture(owner, `/${links.report}`);
  await picture(owner, `/${found[0].links.heatmap}`);
  await picture(owner, `/${found[0].links.heatmap}?layer=map`);
  await picture(owner, `/${links.thumbnail}`);
  await other.expect(404, "GET", `/xrays/${id}`);
  await owner.expect(200, "PATCH", `/xrays/${id}`, { json: { consent: true } });
  await owner.expect(204, "DELETE", `/xrays/${id}`);
  const rows = await sql(server, `SELECT action, user_id FROM audit WHERE object = 'xray:${id}' ORDER BY number`);
  assert.deepEqual(rows.split("\n"), ["add", "view", "image", "report", "heatmap", "heatmap", "thumbnail", "change", "delete"].map((action) => `xray.${action}|${owner.user.id}`));
  await check(server);
});

test("it stops cleanly after all that", async () => {
  assert.equal(await server.stop(), 0);
  assert.doesNotMatch(server.log, /Secret|Follow-up|capability=|patient name/);
});
