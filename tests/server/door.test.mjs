// What is decided before any handler: heads that mean two things, names, proxies, security headers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, exchange, formBody, phantom, serve, storedFiles, upload } from "./harness.mjs";

const server = await serve("--trusted-proxy", "127.0.0.0/8");
const image = await phantom("--size", "96");
const get = (path, ...lines) => [`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
const statuses = (text) => [...text.matchAll(/HTTP\/1\.1 (\d+) [A-Z]/g)].map((found) => Number(found[1]));

// Heads after which another server might look for the next request elsewhere. "GET /nothing" behind
// them must never be answered.
const host = "Host: localhost";
const smuggled = get("/nothing", host);
const hostile = {
  "two lengths": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nContent-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n`,
  "a length twice": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n`,
  "lengths in a list": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nContent-Length: 0, 0\r\n\r\n`,
  "a signed length": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nContent-Length: +5\r\n\r\n`,
  "a length in base 16": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nContent-Length: 0x5\r\n\r\n`,
  "length and chunks": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "chunks and length": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
  "another coding": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  "two codings": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  "chunks of an old client": `POST /api/v1/predict HTTP/1.0\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "a blank before the colon": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nContent-Length : 5\r\n\r\n`,
  "a blank before the name": `POST /api/v1/predict HTTP/1.1\r\n Content-Length: 5\r\n${host}\r\n\r\n`,
  "a folded coding": `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
  "a folded value": `GET /healthz HTTP/1.1\r\n${host}\r\nX: a\r\n\tb\r\nY: c\r\n\r\n`,
  "a line ended by LF": `GET /healthz HTTP/1.1\r\n${host}\nX: a\r\n\r\n`,
  "a head ended by LF": `GET /healthz HTTP/1.1\r\n${host}\n\n`,
  "a first line ended by LF": `GET /healthz HTTP/1.1\n${host}\r\n\r\n`,
  "a CR in a value": `GET /healthz HTTP/1.1\r\n${host}\r\nX: a\rContent-Length: 5\r\n\r\n`,
  "a zero byte in a value": `GET /healthz HTTP/1.1\r\n${host}\r\nX: a\0b\r\n\r\n`,
  "a zero byte in a name": `GET /healthz HTTP/1.1\r\n${host}\r\nX\0: a\r\n\r\n`,
  "two blanks in the first line": `GET  /healthz HTTP/1.1\r\n${host}\r\n\r\n`,
  "a method that is none": `G\x01T /healthz HTTP/1.1\r\n${host}\r\n\r\n`,
  "two hosts": `GET /healthz HTTP/1.1\r\n${host}\r\nHost: example.com\r\n\r\n`,
  "no host": "GET /healthz HTTP/1.1\r\n\r\n",
  "a host that is none": "GET / HTTP/1.1\r\nHost: local host\r\n\r\n",
  "a host with a user": "GET / HTTP/1.1\r\nHost: a@localhost\r\n\r\n",
  "two answers to who asks": `GET / HTTP/1.1\r\n${host}\r\nAuthorization: Token a\r\nAuthorization: Token b\r\n\r\n`,
};

for (const [what, head] of Object.entries(hostile)) {
  test(`${what}: 400, and the connection ends`, async () => {
    const reply = await exchange(server, head + smuggled);
    // libmicrohttpd 0.9.75 says some of its own 400s twice, in one reply.
    assert.deepEqual(new Set(statuses(reply)), new Set([400]), reply);
  });
}

test("heads with too many or too large fields are refused", async () => {
  const many = Array.from({ length: 200 }, (_, i) => `X-${i}: y`);
  assert.deepEqual(statuses(await exchange(server, get("/healthz", host, ...many) + smuggled)), [431]);
  const large = `X: ${"y".repeat(20_000)}`;
  assert.deepEqual(statuses(await exchange(server, get("/healthz", host, large) + smuggled)), [431]);
  const some = Array.from({ length: 90 }, (_, i) => `X-${i}: y`);
  assert.deepEqual(statuses(await exchange(server, get("/healthz", host, "Connection: close", ...some))), [200]);
});

test("what cannot be expected is refused", async () => {
  assert.deepEqual(statuses(await exchange(server, get("/healthz", host, "Expect: wonders"))), [417]);
});

test("a request in chunks is the last of its connection", async () => {
  const chunked = `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n` +
    `${image.length.toString(16)}\r\n`;
  const reply = await exchange(server, chunked, image, "\r\n0\r\n\r\n" + smuggled);
  assert.deepEqual(statuses(reply), [200]);
  assert.match(reply, /\r\nConnection: close\r\n/);
});

test("broken chunks are refused", async () => {
  const head = `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n`;
  for (const body of ["x\r\n", "-1\r\nx\r\n", "5\r\nabcdefgh\r\n0\r\n\r\n", ";\r\n", "ffffffffffffffffff\r\n", "0x5\r\nabcde\r\n0\r\n\r\n"]) {
    const reply = await exchange(server, head + body + smuggled);
    assert.ok(statuses(reply).length === 1 && Math.floor(statuses(reply)[0] / 100) === 4, JSON.stringify(body) + reply);
  }
});

test("a refused upload is told so before its body when it asks, and after it otherwise", async () => {
  const body = formBody(image);
  const post = (extra) => `POST /api/chexray/nothing/ HTTP/1.1\r\n${host}\r\n${extra}Content-Type: multipart/form-data; boundary=XyZ\r\n` +
    `Content-Length: ${body.length}\r\n\r\n`;
  const asking = await exchange(server, post("Expect: 100-continue\r\n"));
  assert.deepEqual(statuses(asking), [404]);
  assert.match(asking, /\r\nConnection: close\r\n/);
  const sending = await exchange(server, post(""), body, get("/healthz", host, "Connection: close"));
  assert.deepEqual(statuses(sending), [404, 200]);
});

test("an upload of a client that may not is refused before its body, or after it", async () => {
  const closed = await serve("--anonymous", "off");
  const post = (...lines) => ["POST /api/v1/xrays HTTP/1.1", host, "Content-Type: image/png", `Content-Length: ${image.length}`, ...lines, "", ""].join("\r\n");
  const asking = await exchange(closed, post("Expect: 100-continue"));
  assert.deepEqual(statuses(asking), [401]);
  assert.match(asking, /\r\nConnection: close\r\n/);
  const sending = await exchange(closed, post(), image, post("Content-Length: 0").replace(`Content-Length: ${image.length}\r\n`, ""),
    post("Authorization: Bearer none"), image, get("/healthz", host, "Connection: close"));
  assert.deepEqual(statuses(sending), [401, 401, 401, 200]);
  const chunked = await exchange(closed, post("Transfer-Encoding: chunked").replace(`Content-Length: ${image.length}\r\n`, ""), "5\r\nabcde\r\n0\r\n\r\n");
  assert.deepEqual(statuses(chunked), [401]);
  assert.deepEqual(await storedFiles(closed), []);
  assert.equal(await closed.stop(), 0);
});

test("an upload that waits for 100 Continue gets it, and is read", async () => {
  const connection = connect(server);
  connection.socket.write(`POST /api/v1/predict HTTP/1.1\r\n${host}\r\nConnection: close\r\nContent-Type: image/png\r\n` +
    `Content-Length: ${image.length}\r\nExpect: 100-continue\r\n\r\n`);
  await connection.until(/100 Continue\r\n\r\n/);
  connection.socket.write(image);
  assert.deepEqual(statuses(await connection.closed), [100, 200]);
});

test("empty bodies and HEAD are answered, and the connection goes on", async () => {
  const empty = `POST /api/v1/predict HTTP/1.1\r\n${host}\r\nContent-Length: 0\r\n\r\n`;
  const none = `POST /api/v1/predict HTTP/1.1\r\n${host}\r\n\r\n`;
  const head = `HEAD /api/v1/predict HTTP/1.1\r\n${host}\r\n\r\nHEAD /phantom.png?seed=1 HTTP/1.1\r\n${host}\r\n\r\n`;
  const reply = await exchange(server, empty + none + head + get("/healthz", host, "Connection: close"));
  assert.deepEqual(statuses(reply), [400, 400, 405, 200, 200]);
  assert.match(reply, /\r\n\r\nok\n$/);
});

test("names that are not this machine's are refused where only this machine is served", async () => {
  for (const name of ["localhost", "127.0.0.1:1", "[::1]:8000", "LOCALHOST"]) {
    assert.deepEqual(statuses(await exchange(server, get("/", `Host: ${name}`, "Connection: close"))), [200], name);
  }
  for (const name of ["attacker.example", "127.0.0.1.attacker.example", "localhost.attacker.example", "192.0.2.1", ""]) {
    const reply = await exchange(server, get("/", `Host: ${name}`, "Connection: close") + smuggled);
    assert.deepEqual(statuses(reply), [name ? 421 : 400], name);
  }
  assert.deepEqual(statuses(await exchange(server, get("/healthz", "Host: 192.0.2.1", "Connection: close"))), [200]);
  assert.deepEqual(statuses(await exchange(server, "GET / HTTP/1.0\r\n\r\n")), [421]);
});

test("names that are set are the only ones", async () => {
  const named = await serve("--host", "xray.example", "--host", "exact.example:8443");
  for (const [name, status] of [["xray.example", 200], ["XRAY.example:1", 200], ["exact.example:8443", 200],
    ["exact.example", 421], ["localhost", 421]]) {
    assert.deepEqual(statuses(await exchange(named, get("/", `Host: ${name}`, "Connection: close"))), [status], name);
  }
  assert.equal(await named.stop(), 0);
});

test("every reply has the security headers", async () => {
  const stored = await (await upload(server, image)).json();
  const replies = await Promise.all([
    fetch(server.url), fetch(`${server.url}healthz`), fetch(`${server.url}nothing`), fetch(`${server.url}api/v1/ensemble`),
    fetch(`${server.url}api/v1/predict`), fetch(new URL(stored.image, server.url)), upload(server, Buffer.from("no image")),
  ]);
  for (const { url, headers } of replies) {
    assert.match(headers.get("content-security-policy"), /^default-src 'none'; /, url);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
    assert.match(headers.get("permissions-policy"), /camera=\(\)/);
    assert.equal(headers.get("strict-transport-security"), null);
    assert.ok(headers.get("cache-control"));
  }
  assert.deepEqual(replies.map(({ headers }) => headers.get("cross-origin-resource-policy")),
    replies.map(({ url }) => (url.includes("/media/") ? "cross-origin" : "same-origin")));
  assert.equal(replies[3].headers.get("cache-control"), "no-store");
});

test("a trusted proxy may say that it spoke TLS, others may not", async () => {
  const asked = { headers: { "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.1" } };
  assert.ok((await fetch(server.url, asked)).headers.get("strict-transport-security"));
  const plain = await serve();
  assert.equal((await fetch(plain.url, asked)).headers.get("strict-transport-security"), null);
  assert.equal(await plain.stop(), 0);
});

test("it stops cleanly after all that", async () => {
  assert.equal(await server.stop(), 0);
});
