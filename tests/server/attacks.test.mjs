// Requests of those who mean harm: each gets an answer of 400 to 499 and nothing else, nothing is
// stored, and the server answers normally afterwards.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import { Client, password, person } from "./client.mjs";
import { eventually, exchange, form, formBody, phantom, serve, storedFiles } from "./harness.mjs";

const server = await serve("--max-upload-mib", "2", "--password-memory-mib", "1", "--password-passes", "1",
  "--requests-per-minute", "0", "--readings-per-minute", "0", "--logins-per-minute", "0");
const image = await phantom("--size", "96");
const victim = await person(server, "victim");
const anyone = new Client(server);
const kept = await victim.upload(image, { title: "Kept" });
const stored = (await storedFiles(server)).sort();

// After each attack: what is stored is what was stored, and the server answers.
async function isUnharmed() {
  await eventually(async () => `${(await storedFiles(server)).sort()}` === `${stored}`, "only what was kept is there");
  const { items } = await victim.get("/xrays");
  assert.deepEqual(items.map(({ id, title }) => [id, title]), [[kept.id, "Kept"]]);
  assert.equal((await fetch(`${server.url}healthz`)).status, 200);
}
beforeEach(isUnharmed);


const isRefused = (status) => status >= 400 && status < 500;
const statusOf = (text) => Number(text.match(/^HTTP\/1\.1 (\d+)/)?.[1]);
const raw = (target, ...lines) =>
  exchange(server, [`GET ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...lines, "", ""].join("\r\n"));

async function refuses(what, response) {
  const text = await response.text();
  assert.ok(isRefused(response.status), `${what}: ${response.status} ${text.slice(0, 200)}`);
  assert.doesNotMatch(text, /sqlite|SELECT |postgres|\.c:\d+|errno/i, what);
}

test("paths that lead out of their folder, in every writing", async () => {
  const up = ["..", "%2e%2e", "%2E.", "..%2f", "%2e%2e%2f", "%252e%252e", "..%5c", "..\\", "..%c0%af", "%c0%ae%c0%ae",
    "%ef%bc%8e%ef%bc%8e", "....//", "..;", "%00", "..%00", "%u002e%u002e"];
  const targets = up.flatMap((dots) => ["etc/passwd", "perxeptron.db", "lock"].flatMap((file) => [
    `/media/${dots}/${dots}/${file}`, `/media/images/${`${dots}/`.repeat(8)}${file}`, `/${dots}/${dots}/${file}`,
    `/api/v1/xrays/${dots}/${file}`, `/api/v1/xrays/${kept.id}/heatmaps/${dots}${file}`]));
  targets.push("//etc/passwd", "/media//etc/passwd", "/media/", "/media/images/", "/media/C:\\boot.ini", `/media/${"A".repeat(8000)}`,
    "http://elsewhere.example/etc/passwd", "file:///etc/passwd", "*", "?", `/api/v1/xrays/${"9".repeat(400)}`, "/docs.css/../../lock",
    "/media/images/~root", "/media/images/%0d%0aSet-Cookie:x=1");
  for (const target of targets) {
    const reply = await raw(target, `Cookie: ${victim.credentials.Cookie}`);
    assert.ok(isRefused(statusOf(reply)), `${target}: ${reply.slice(0, 300)}`);
    assert.doesNotMatch(reply, /root:x:|SQLite format|\r\nSet-Cookie/, target);
  }
});

const post = (type, length, ...lines) => ["POST /api/v1/xrays HTTP/1.1", "Host: localhost", "Connection: close",
  `Content-Type: ${type}`, `Content-Length: ${length}`, ...lines, "", ""].join("\r\n");

test("forms of thousands of parts, nested, unnamed, or with huge part heads", async () => {
  const part = (head, body = "x") => `--XyZ\r\n${head}\r\n\r\n${body}\r\n`;
  const named = (name) => `Content-Disposition: form-data; name="${name}"`;
  const bodies = {
    "thousands of parts": Array.from({ length: 4000 }, (_, i) => part(named(`f${i}`))).join("") + "--XyZ--\r\n",
    "thousands of one name": part(named("title")).repeat(4000) + "--XyZ--\r\n",
    "a huge part head": `${part(`${named("title")}\r\nX: ${"y".repeat(50_000)}`)}--XyZ--\r\n`,
    "a form in a form": `${part(`${named("image")}\r\nContent-Type: multipart/mixed; boundary=in`, "--in\r\n\r\nx\r\n--in--")}--XyZ--\r\n`,
    "no names": `${part("Content-Type: image/png")}--XyZ--\r\n`,
    "no heads": "--XyZ\r\n\r\nx\r\n--XyZ--\r\n",
    "a huge preamble": `${"p".repeat(100_000)}\r\n${part(named("title"))}--XyZ--\r\n`,
    "no end": part(named("title")),
    "nothing": "",
    "two images": formBody(image).toString("latin1").replace("--XyZ--", "--XyZ") +
      `Content-Disposition: form-data; name="image"; filename="b.png"\r\n\r\n${image.toString("latin1")}\r\n--XyZ--\r\n`,
    "a name that leads elsewhere": `${part(`${named("image")}; filename="../../../etc/passwd"`, "no image")}--XyZ--\r\n`,
  };
  for (const [what, text] of Object.entries(bodies)) {
    const body = Buffer.from(text, "latin1");
    const reply = await exchange(server, post("multipart/form-data; boundary=XyZ", body.length), body);
    assert.ok(isRefused(statusOf(reply)), `${what}: ${reply.slice(0, 300)}`);
  }
  for (const type of ["multipart/form-data", "multipart/form-data; boundary=", `multipart/form-data; boundary=${"b".repeat(200)}`,
    "multipart/form-data; boundary=\"a", "multipart/mixed; boundary=XyZ", "text/html", "image/svg+xml", "application/xml"]) {
    const reply = await exchange(server, post(type, 10), "0123456789");
    assert.ok(isRefused(statusOf(reply)), `${type}: ${reply.slice(0, 300)}`);
  }
});

test("text that is not UTF-8, or not text", async () => {
  const bytes = (...values) => Buffer.from(values);
  const wrong = [bytes(0xff, 0xfe), bytes(0xc0, 0xaf), bytes(0xed, 0xa0, 0x80), bytes(0xf5, 0x80, 0x80, 0x80), bytes(0xe2, 0x82), bytes(0x61, 0)];
  for (const text of wrong) {
    const body = Buffer.concat([Buffer.from('{"username":"'), text, Buffer.from(`","password":"${password}"}`)]);
    await refuses(`sign-up ${text.toString("hex")}`, await anyone.send("POST", "/users", { body, headers: { "Content-Type": "application/json" } }));
    const marker = Buffer.from(formBody(image).toString("latin1").replace("\r\n\r\nT\r\n", `\r\n\r\n${text.toString("latin1")}\r\n`), "latin1");
    await refuses(`title ${text.toString("hex")}`, await victim.send("POST", "/xrays", { body: marker, headers: { "Content-Type": "multipart/form-data; boundary=XyZ" } }));
    const escaped = [...text].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    await refuses(`search ${escaped}`, await victim.send("GET", `/xrays?text=${escaped}`));
  }
  for (const body of ['{"username":"\\ud800"}', '{"username":"a\\u0000b"}', "{", "[]", "null", '{"a":1,"a":2}', `{"a":${"[".repeat(50_000)}`,
    '{"username":1e999,"password":{}}', `{"username":"${"u".repeat(60_000)}"}`]) {
    await refuses(body.slice(0, 40), await anyone.send("POST", "/users", { body, headers: { "Content-Type": "application/json" } }));
  }
});

test("SQL is text wherever it stands, and no number, word or cursor", async () => {
  const attempts = ["' OR '1'='1", "1; DROP TABLE users; --", "'); DELETE FROM xrays; --", "1 UNION SELECT password_hash FROM users", "$1", "?1", "%' --", "\\'; --"];
  for (const attempt of attempts) {
    const text = encodeURIComponent(attempt);
    for (const path of [`/xrays/${text}`, `/xrays/${kept.id}%20${text}/image`, `/xrays/${kept.id}/heatmaps/${text}`, `/xrays?finding=${text}`,
      `/xrays?cursor=${text}`, `/xrays?sort=${text}`, `/xrays?limit=${text}`, `/xrays?since=${text}`, `/xrays?status=${text}`]) {
      await refuses(path, await victim.send("GET", path));
    }
    await refuses("log-in", await anyone.send("POST", "/session", { json: { username: attempt, password: attempt } }));
    await refuses("sign-up", await anyone.send("POST", "/users", { json: { username: attempt, password } }));
    await refuses("key", await victim.send("DELETE", `/api-keys/${text}`));
    await refuses("bearer", await anyone.send("GET", "/me", { headers: { Authorization: `Bearer ${attempt}` } }));
    assert.equal((await victim.expect(200, "PATCH", `/xrays/${kept.id}`, { json: { title: attempt.slice(0, 50) } })).title, attempt.slice(0, 50));
    assert.equal((await victim.get(`/xrays?text=${text}`)).items.length, 1);
  }
  await victim.expect(200, "PATCH", `/xrays/${kept.id}`, { json: { title: "Kept" } });
});

test("credentials that are forged, cut, of another kind, or too many", async () => {
  const [name, token] = victim.credentials.Cookie.split("=");
  const flipped = (token[0] === "0" ? "1" : "0") + token.slice(1);
  const cookies = [flipped, token.slice(1), `${token}0`, token.toUpperCase(), "", "1", "admin", "../..", "%00", "a".repeat(7000), "' OR 1=1 --"];
  for (const value of cookies.filter((value) => value !== token)) {
    await refuses(`cookie ${value.slice(0, 40)}`, await anyone.send("GET", "/me", { headers: { Cookie: `${name}=${value}` } }));
  }
  for (const value of [`Bearer ${token}`, `Token ${token}`, `Bearer pxk_${token}`, "Bearer", "Bearer ", "Basic dmljdGltOng=", `Bearer ${"a".repeat(7000)}`, "Bearer null", "Digest x", "Bearer a b"]) {
    await refuses(value.slice(0, 40), await anyone.send("GET", "/me", { headers: { Authorization: value } }));
  }
  assert.ok(isRefused(statusOf(await raw("/api/v1/me", `Cookie: ${name}=${token}`, `Cookie: ${name}=${flipped}`))));
  assert.ok(isRefused(statusOf(await raw("/api/v1/me", `Cookie: ${name}=${flipped}; ${name}=${flipped}`))));
});

test("what other sites' pages send with the victim's cookie", async () => {
  const { Cookie } = victim.credentials;
  const foreign = [{}, { Origin: "https://attacker.example" }, { Origin: "null" }, { Origin: `${server.url}` },
    { Origin: new URL(server.url).origin, "Sec-Fetch-Site": "cross-site" }, { "Sec-Fetch-Site": "same-site" }, { Referer: server.url }];
  for (const headers of foreign) {
    const by = new Client(server, { Cookie, ...headers });
    const what = JSON.stringify(headers);
    await refuses(what, await by.send("POST", "/xrays", { body: form({ title: "x", image }) }));
    await refuses(what, await by.send("POST", "/api-keys", { json: { name: "x", scopes: ["read"] } }));
    await refuses(what, await by.send("DELETE", `/xrays/${kept.id}`));
    await refuses(what, await by.send("DELETE", "/me", { json: { password } }));
    await refuses(what, await by.send("PATCH", "/me", { json: { password, new_password: "another long pass phrase" } }));
  }
  const simple = new Client(server, { Cookie, Origin: "https://attacker.example" });
  await refuses("a form that needs no preflight", await simple.send("POST", "/api-keys", { body: '{"name":"x","scopes":["read"]}', headers: { "Content-Type": "text/plain" } }));
});

function chunk(type, body) {
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, "latin1");
  body.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}

function png(width, height, data) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

test("files that are two things, or none", async () => {
  const after = (...pieces) => Buffer.concat([image, ...pieces.map((piece) => Buffer.from(piece, "latin1"))]);
  const files = {
    "an archive behind the image": after("PK\x03\x04\x14\0\0\0\0\0", "PK\x05\x06" + "\0".repeat(18)),
    "a page behind the image": after("<html><script>alert(1)</script></html>"),
    "a PDF behind the image": after("%PDF-1.7\n1 0 obj\n"),
    "another PNG behind the image": after(image.toString("latin1")),
    "a page": Buffer.from("<!DOCTYPE html><script>alert(1)</script>"),
    "an SVG": Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "a GIF": Buffer.from("GIF89a/*\x01\0\x01\0*/=1;alert(1)", "latin1"),
    "a PDF before the image": Buffer.concat([Buffer.from("%PDF-1.7\n"), image]),
    "the image's first bytes": image.subarray(0, 8),
    "a JPEG's first bytes": Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
    "a JPEG's head before a PNG": Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), image]),
    "a DICOM file": Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")]),
    "zero bytes": Buffer.alloc(1000),
    "nothing": Buffer.alloc(0),
  };
  for (const [what, body] of Object.entries(files)) {
    await refuses(what, await victim.send("POST", "/xrays", { body: form({ title: "x", image: body }) }));
    await refuses(what, await victim.send("POST", "/xrays", { body, headers: { "Content-Type": "image/png" } }));
    await refuses(what, await victim.send("POST", "/predict", { body, headers: { "Content-Type": "image/jpeg" } }));
  }
});

test("files that unpack to more than there is", async () => {
  const zeros = deflateSync(Buffer.alloc(64 << 20), { level: 9 });
  const files = {
    "huge sides": png(60000, 60000, zeros), "more than the side allows": png(0x7fffffff, 1, zeros), "no width": png(0, 5, zeros),
    "all pixels and one more": png(10001, 10000, zeros), "text that unpacks": Buffer.concat([image.subarray(0, 33), chunk("zTXt", Buffer.concat([Buffer.from("a\0\0"), zeros])), image.subarray(33, 60)]),
  };
  for (const [what, body] of Object.entries(files)) {
    await refuses(what, await victim.send("POST", "/xrays", { body, headers: { "Content-Type": "image/png" } }));
  }
  await refuses("a packed body", await victim.send("POST", "/predict", { body: deflateSync(image), headers: { "Content-Type": "image/png", "Content-Encoding": "deflate" } }));
});

test("links that are forged", async () => {
  const image = await raw(`/media/images/${"0".repeat(32)}.png?expires=99999999999&signature=${"0".repeat(64)}`);
  assert.ok(isRefused(statusOf(image)));
  for (const path of [`/xrays/${kept.id}`, `/xrays/${kept.id}/image`, `/xrays/${kept.id}/thumbnail`, `/xrays/${kept.id}/report.pdf`, `/xrays/${kept.id}/heatmaps/edema`]) {
    for (const capability of ["", "0", "0".repeat(64), "' OR 1=1 --", "%00", "null"]) {
      await refuses(`${path} ${capability}`, await anyone.send("GET", `${path}?capability=${encodeURIComponent(capability)}`));
    }
    await refuses(path, await anyone.send("DELETE", path));
  }
});

test("it stops cleanly after all that", async () => {
  assert.equal(await server.stop(), 0);
});
