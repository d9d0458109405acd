// Clients that are broken, hostile, too slow or too many.

import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import { connect, eventually, exchange, formBody, phantom, serve, serveIn, scratchFolder, storedFiles, upload } from "./harness.mjs";

const server = await serve("--max-upload-mib", "1");
const image = await phantom("--size", "96");
const target = "/api/chexray/anonupload/";
const head = (length, extra = "") =>
  `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=XyZ\r\n` +
  `Content-Length: ${length}\r\n${extra}\r\n`;
const isEmpty = async () => (await storedFiles(server)).length === 0;

test("too large an image gets 413 and leaves nothing", async () => {
  const response = await upload(server, Buffer.alloc(2 << 20));
  assert.equal(response.status, 413);
  assert.match((await response.json()).detail, /larger/);
  const slightly = await upload(server, Buffer.alloc((1 << 20) + 1));
  assert.equal(slightly.status, 413);
  assert.ok(await isEmpty());
});

test("a body announced as too large is refused before it is sent", async () => {
  const expecting = connect(server);
  expecting.socket.write(head(50_000_000, "Expect: 100-continue\r\n"));
  const reply = await expecting.closed;
  assert.match(reply, /^HTTP\/1\.1 413 /);
  assert.doesNotMatch(reply, /100 Continue/);
  assert.match(await exchange(server, head(50_000_000)), /^HTTP\/1\.1 413 /);
});

test("a body that never says its length is cut at the limit", async () => {
  const connection = connect(server);
  connection.socket.write(head(0).replace("Content-Length: 0", "Transfer-Encoding: chunked"));
  const chunk = `10000\r\n${"x".repeat(65536)}\r\n`;
  for (let i = 0; i < 200 && !connection.socket.destroyed; i++) {
    connection.socket.write(chunk);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await connection.closed;
  await eventually(isEmpty, "nothing left");
});

test("chunked and one-byte-at-a-time bodies are read", async () => {
  const body = formBody(image);
  const connection = connect(server);
  connection.socket.setNoDelay();
  connection.socket.write(head(0, "Connection: close\r\n").replace("Content-Length: 0", "Transfer-Encoding: chunked"));
  for (let i = 0; i < body.length; i += 997) {
    const piece = body.subarray(i, i + 997);
    connection.socket.write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]));
  }
  connection.socket.write("0\r\n\r\n");
  assert.match(await connection.closed, /^HTTP\/1\.1 201 /);
  const slow = connect(server);
  slow.socket.setNoDelay();
  slow.socket.write(head(body.length, "Connection: close\r\n"));
  for (const byte of body.subarray(0, 300)) slow.socket.write(Buffer.from([byte]));
  slow.socket.write(body.subarray(300));
  assert.match(await slow.closed, /^HTTP\/1\.1 201 /);
});

test("a client that goes away in the middle leaves nothing", async () => {
  const before = (await storedFiles(server)).length;
  const body = formBody(Buffer.concat([image, Buffer.alloc(500_000)]));
  for (const share of [0.01, 0.3, 0.9, 0.999]) {
    const connection = connect(server);
    connection.socket.write(head(body.length));
    connection.socket.write(body.subarray(0, Math.floor(body.length * share)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    connection.socket.destroy();
  }
  await eventually(async () => (await storedFiles(server)).length === before, "the parts are gone");
});

test("wrong boundaries and truncated forms are refused", async () => {
  const wrong = formBody(image, "Other");
  assert.match(await exchange(server, head(wrong.length, "Connection: close\r\n"), wrong), /400 Bad Request[^]*Multipart form parse error/);
  const whole = formBody(image);
  for (let i = 1; i < 16; i++) {
    const cut = whole.subarray(0, Math.floor((whole.length * i) / 16));
    assert.match(await exchange(server, head(cut.length, "Connection: close\r\n"), cut), /^HTTP\/1\.1 400 /);
  }
});

test("malformed and oversized heads get an error or nothing, and the server lives", async () => {
  assert.match(await exchange(server, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"y".repeat(100_000)}\r\n\r\n`), /^(HTTP\/1\.[01] 431 |$)/);
  assert.match(await exchange(server, `GET /${"y".repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`), /^(HTTP\/1\.[01] 4(14|31) |$)/);
  assert.match(await exchange(server, "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"), /^(HTTP\/1\.[01] 4|$)/);
  assert.match(await exchange(server, head("-1")), /^(HTTP\/1\.[01] 400 |$)/);
  assert.match(await exchange(server, head("99999999999999999999999")), /^(HTTP\/1\.[01] 4\d\d |$)/);
  assert.equal((await fetch(`${server.url}healthz`)).status, 200);
});

test("requests sent in one go are answered in order", async () => {
  const get = (path, extra = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${extra}\r\n`;
  const body = formBody(image);
  const replies = await exchange(server, get("/healthz") + get("/nothing"), head(body.length), body, get("/healthz", "Connection: close\r\n"));
  assert.deepEqual(replies.match(/HTTP\/1\.1 \d+/g), [200, 404, 201, 200].map((status) => `HTTP/1.1 ${status}`));
});

test("slow heads and silent connections are closed", async (context) => {
  const impatient = await serve("--timeout", "2");
  const silent = connect(impatient);
  const dripping = connect(impatient);
  const drip = setInterval(() => dripping.socket.write("X: y\r\n"), 300);
  context.after(() => clearInterval(drip));
  dripping.socket.write("GET / HTTP/1.1\r\n");
  assert.equal(await silent.closed, "");
  await dripping.closed;
  assert.equal(await impatient.stop(), 0);
});

// Open many connections, each from loopback; `send` is what each says at once.
async function crowdOf(of, size, send) {
  const crowd = Array.from({ length: size }, () => connect(of));
  await Promise.all(crowd.map(({ socket }) => new Promise((resolve) => {
    socket.once("connect", resolve);
    socket.once("close", resolve);
  })));
  for (const { socket } of crowd) if (send) socket.write(send);
  return crowd;
}

const crowds = {
  "connections that say nothing": "",
  "heads that never end": "GET / HTTP/1.1\r\nHost: localhost\r\nX-Drip: ",
  "bodies that never come": `POST /api/v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 60000\r\n\r\nx`,
};
for (const [what, send] of Object.entries(crowds)) {
  test(`500 ${what} do not stop others`, async (context) => {
    const crowded = await serve("--connections", "64", "--connections-per-address", "64", "--requests-per-minute", "0", "--readings-per-minute", "0");
    const crowd = await crowdOf(crowded, 500, send);
    const drip = setInterval(() => crowd.forEach(({ socket }) => socket.writable && send && socket.write("x")), 100);
    context.after(() => clearInterval(drip));
    const open = () => crowd.filter(({ socket }) => !socket.destroyed).length;
    await eventually(() => open() <= 64, "they have displaced each other"); // and in that rush may displace anybody
    for (let i = 0; i < 20; i++)
      assert.equal((await fetch(`${crowded.url}healthz`, { headers: { Connection: "close" } })).status, 200);
    const read = await fetch(`${crowded.url}api/v1/predict`, { method: "POST", body: image, headers: { "Content-Type": "image/png", Connection: "close" } });
    assert.equal(read.status, 200);
    assert.ok(open() <= 64);
    for (const { socket } of crowd) socket.destroy();
    assert.equal(await crowded.stop(), 0);
  });
}

test("those of one address displace each other, not another's", async () => {
  const shared = await serve("--connections", "64", "--connections-per-address", "8");
  const other = net.connect({ port: shared.port, host: "127.0.0.1", localAddress: "127.0.0.2" });
  let text = "";
  other.on("data", (bytes) => (text += bytes));
  await new Promise((resolve) => other.once("connect", resolve));
  const crowd = await crowdOf(shared, 40, "GET / HTTP/1.1\r\n");
  await eventually(() => crowd.filter(({ socket }) => !socket.destroyed).length === 8, "eight are left");
  other.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await eventually(() => text.includes("200 OK"), "the other is answered");
  for (const { socket } of [...crowd, { socket: other }]) socket.destroy();
  assert.equal(await shared.stop(), 0);
});

test("a body that comes too slowly is cut, one that comes is not", async (context) => {
  const impatient = await serve("--timeout", "2");
  const slow = connect(impatient), steady = connect(impatient);
  const big = Buffer.concat([image, Buffer.alloc(200_000)]);
  for (const { socket } of [slow, steady]) {
    socket.write("POST /api/v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nConnection: close\r\n" +
      `Content-Length: ${big.length}\r\n\r\n`);
  }
  let sent = 0;
  const flow = setInterval(() => {
    slow.socket.writable && slow.socket.write("x");
    steady.socket.writable && steady.socket.write(big.subarray(sent, (sent += 8000)));
  }, 150);
  context.after(() => clearInterval(flow));
  assert.doesNotMatch(await slow.closed, /HTTP/);
  assert.match(await steady.closed, /^HTTP\/1\.1 200 /);
  assert.equal(await impatient.stop(), 0);
});

test("eight uploads at once all get answers", async () => {
  const replies = await Promise.all(Array.from({ length: 8 }, (_, i) => upload(server, image, `number ${i}`)));
  const xrays = await Promise.all(replies.map((reply) => reply.json()));
  assert.deepEqual(replies.map(({ status }) => status), Array(8).fill(201));
  assert.deepEqual(xrays.map(({ title }) => title), xrays.map((_, i) => `number ${i}`));
  assert.equal(new Set(xrays.map(({ id }) => id)).size, 8);
  assert.equal(new Set(xrays.map(({ image: link }) => link)).size, 8);
});

test("a full queue says so at once", async () => {
  const small = await serve("--queue", "1");
  const replies = await Promise.all(Array.from({ length: 24 }, () => upload(small, image)));
  const busy = replies.filter(({ status }) => status === 503);
  assert.ok(busy.length > 0 && busy.length < 24);
  assert.ok(replies.every(({ status }) => status === 503 || status === 201));
  assert.equal(busy[0].headers.get("retry-after"), "5");
  assert.match((await busy[0].json()).detail, /Try again/);
  assert.equal(await small.stop(), 0);
});

test("a full disk is an error and leaves nothing", async () => {
  const full = await serveIn(await scratchFolder(), [], "ulimit -f 4000");
  const response = await upload(full, Buffer.concat([image, Buffer.alloc(2_400_000)]));
  assert.equal(response.status, 507);
  assert.ok((await response.json()).detail);
  await eventually(async () => (await storedFiles(full)).length === 0, "the part written is gone");
  assert.equal((await upload(full, image)).status, 201);
  assert.equal(await full.stop(), 0);
});

test("it stops cleanly after all that", async () => {
  assert.equal(await server.stop(), 0);
});
