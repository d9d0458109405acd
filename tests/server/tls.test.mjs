// HTTPS by certificate files: what is spoken, what is refused, and that waiting and hanging up work.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import https from "node:https";
import path from "node:path";
import { test } from "node:test";
import tls from "node:tls";
import { promisify } from "node:util";
import { connect, eventually, formBody, phantom, scratchFolder, serve } from "./harness.mjs";

const run = promisify(execFile);
const folder = await scratchFolder();
const at = (name) => path.join(folder, name);
for (const name of ["a", "b"]) {
  await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
    "-keyout", at(`${name}.key`), "-out", at(`${name}.pem`), "-days", "2", "-subj", "/CN=localhost",
    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
}
const ca = await readFile(at("a.pem"));
const image = await phantom("--size", "96");
const server = await serve("--tls-certificate", at("a.pem"), "--tls-key", at("a.key"), "--timeout", "3");

function ask(target, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = https.request(new URL(target, server.url), { ca, method, headers, agent: false }, (reply) => {
      const pieces = [];
      reply.on("data", (piece) => pieces.push(piece));
      reply.on("end", () => resolve({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(pieces) }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const secured = (options = {}) => new Promise((resolve, reject) => {
  const socket = tls.connect({ host: "127.0.0.1", port: server.port, ca, ...options }, () => resolve(socket));
  socket.on("error", reject);
});

const multipart = { "Content-Type": "multipart/form-data; boundary=XyZ" };
const target = "/api/chexray/anonupload/";

test("pages, uploads and images come by HTTPS, and only HTTPS is to be used", async () => {
  assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+\/$/);
  const page = await ask("/");
  assert.equal(page.status, 200);
  assert.match(page.headers["strict-transport-security"], /^max-age=\d{8}/);
  const reply = await ask(target, { method: "POST", headers: multipart, body: formBody(image) });
  assert.equal(reply.status, 201);
  const stored = await ask(JSON.parse(reply.body).image);
  assert.deepEqual(stored.body, image);
});

test("a page that came without TLS may put nothing to work", async () => {
  const post = (origin) => ask(target, { method: "POST", headers: { ...multipart, Origin: origin }, body: formBody(image) });
  const own = new URL(server.url).origin;
  assert.equal((await post(own.replace("https", "http"))).status, 403);
  assert.equal((await post(own)).status, 201);
});

test("TLS 1.2 and 1.3 are spoken, older versions and weak ciphers are not", async () => {
  for (const version of ["TLSv1.2", "TLSv1.3"]) {
    const socket = await secured({ minVersion: version, maxVersion: version });
    assert.equal(socket.getProtocol(), version);
    socket.destroy();
  }
  const old = { ciphers: "ALL:@SECLEVEL=0" };
  for (const version of ["TLSv1", "TLSv1.1"]) {
    await assert.rejects(secured({ ...old, minVersion: version, maxVersion: version }), version);
  }
  for (const ciphers of ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-GCM-SHA256"]) {
    await assert.rejects(secured({ ciphers: `${ciphers}:@SECLEVEL=0`, maxVersion: "TLSv1.2" }), ciphers);
  }
});

test("plain HTTP gets no answer", async () => {
  const plain = connect(server);
  plain.socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.doesNotMatch(await plain.closed, /HTTP/);
});

test("a handshake that never ends, and a connection that is silent after it, are closed", async () => {
  const silent = connect(server);
  const idle = await secured();
  const closed = new Promise((resolve) => idle.on("close", resolve));
  idle.resume();
  assert.doesNotMatch(await silent.closed, /HTTP/);
  await closed;
});

test("requests wait their turn, and those whose client hangs up cost nothing", async () => {
  const lines = () => server.log.match(/anonupload\/ \d+ .*/g) ?? [];
  const before = lines().length;
  const body = formBody(image);
  const head = `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${multipart["Content-Type"]}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const gone = await Promise.all(Array.from({ length: 6 }, () => secured()));
  for (const socket of gone) socket.write(Buffer.concat([Buffer.from(head), body]), () => socket.destroy());
  const kept = await Promise.all(Array.from({ length: 6 }, () => ask(target, { method: "POST", headers: multipart, body })));
  assert.deepEqual(kept.map(({ status }) => status), Array(6).fill(201));
  await eventually(() => lines().length === before + 12, "all are done with");
  assert.ok(lines().some((line) => line.startsWith("anonupload/ 503")));
  assert.equal((await ask("/healthz")).status, 200);
});

test("requests on one connection are answered in order", async () => {
  const socket = await secured();
  let text = "";
  socket.on("data", (bytes) => (text += bytes.toString("latin1")));
  socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /phantom.png?seed=1 HTTP/1.1\r\nHost: localhost\r\n\r\n" +
    "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  await new Promise((resolve) => socket.on("close", resolve));
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+ /g), ["HTTP/1.1 200 ", "HTTP/1.1 200 ", "HTTP/1.1 404 "]);
});

test("it stops cleanly after all that", async () => {
  assert.equal(await server.stop(), 0);
});

test("files that cannot be used are named", async () => {
  const text = await readFile(at("a.pem"), "utf8");
  await writeFile(at("text.pem"), "not a certificate\n");
  await writeFile(at("zero.pem"), Buffer.alloc(64));
  await writeFile(at("empty.pem"), "");
  await writeFile(at("cut.pem"), text.slice(0, 300));
  await run("openssl", ["ec", "-in", at("a.key"), "-aes256", "-passout", "pass:x", "-out", at("locked.key")]);
  const cases = [
    ["none.pem", "a.key", 4, /none\.pem: cannot/], ["a.pem", "none.key", 4, /none\.key: cannot/],
    ["text.pem", "a.key", 2, /text\.pem: .*no certificate/], ["a.pem", "text.pem", 2, /text\.pem: .*no private key/],
    ["zero.pem", "a.key", 2, /zero\.pem: .*binary/], ["empty.pem", "a.key", 2, /empty\.pem: .*no certificate/],
    ["cut.pem", "a.key", 2, /cut\.pem: not to be used with .*a\.key: \S+/], ["a.pem", "b.key", 2, /a\.pem: not to be used with .*b\.key: .*match/],
    ["a.pem", "locked.key", 2, /locked\.key: .*passphrase/], ["a.key", "a.pem", 2, /a\.key: .*no certificate/],
  ];
  for (const [certificate, key, code, message] of cases) {
    const refused = await serve("--tls-certificate", at(certificate), "--tls-key", at(key));
    assert.equal(await refused.ended, code, `${certificate} ${key}: ${refused.log}`);
    assert.match(refused.log, message);
  }
});
