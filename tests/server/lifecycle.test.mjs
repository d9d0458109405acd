// Starting and stopping: addresses, folders, signals.

import assert from "node:assert/strict";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { connect, eventually, formBody, phantom, scratchFolder, serve, serveIn, storedFiles, upload } from "./harness.mjs";

const image = await phantom("--size", "96");

async function refused(...options) {
  const server = await serve(...options);
  const code = await server.ended;
  assert.equal(server.url, undefined);
  return { code, log: server.log };
}

test("an address in use, unknown or malformed is said", async () => {
  const first = await serve();
  const second = await refused("--listen", `127.0.0.1:${first.port}`);
  assert.equal(second.code, 4);
  assert.match(second.log, /another program is listening there/);
  for (const address of ["127.0.0.1:65536", "8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", ":::8000", "nowhere.invalid:1"]) {
    assert.equal((await refused("--listen", address)).code, 1, address);
  }
  assert.equal((await refused("--listen", "192.0.2.1:8000")).code, 4);
  assert.equal(await first.stop(), 0);
});

test("IPv6 addresses work where the machine has them", async (t) => {
  const server = await serve("--listen", "[::1]:0");
  if (!server.url) return t.skip("no IPv6 here");
  assert.match(server.url, /^http:\/\/\[::1\]:\d+\/$/);
  assert.equal((await fetch(`${server.url}healthz`)).status, 200);
  assert.equal(await server.stop(), 0);
});

test("a data folder is one server's, private, and cleaned of what a crash left", async () => {
  const data = await scratchFolder();
  await mkdir(path.join(data, "tmp"));
  await writeFile(path.join(data, "tmp/left-over"), "half an upload");
  const first = await serveIn(data);
  assert.deepEqual(await storedFiles(first), []);
  assert.equal((await stat(path.join(data, "blobs"))).mode & 0o077, 0);
  const second = await serveIn(data);
  assert.equal(await second.ended, 4);
  assert.match(second.log, /another server uses this data folder/);
  assert.equal(await first.stop(), 0);
  const file = path.join(data, "file");
  await writeFile(file, "");
  assert.equal((await refused("--data", path.join(file, "x"))).code, 4);
});

test("numbers go on after a restart", async () => {
  const first = await serve();
  assert.equal((await (await upload(first, image)).json()).id, 1);
  assert.equal(await first.stop(), 0);
  const second = await serveIn(first.data);
  const xray = await (await upload(second, image)).json();
  assert.equal(xray.id, 2);
  assert.equal(await second.stop(), 0);
});

test("a kill in the middle of an upload is cleaned at the next start", async () => {
  const first = await serve();
  const connection = connect(first);
  connection.socket.write("POST /api/v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 100000\r\n\r\n");
  connection.socket.write(image.subarray(0, 1000));
  while ((await storedFiles(first)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  first.child.kill("SIGKILL");
  await first.ended;
  assert.equal((await storedFiles(first)).length, 1);
  const second = await serveIn(first.data);
  assert.deepEqual(await storedFiles(second), []);
  assert.equal(await second.stop(), 0);
});

test("SIGTERM finishes what is under way, also a body still coming, then exits 0", async () => {
  const server = await serve();
  const body = formBody(image);
  const slow = connect(server);
  slow.socket.write("POST /api/chexray/anonupload/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=XyZ\r\n" +
    `Content-Length: ${body.length}\r\n\r\n`);
  slow.socket.write(body.subarray(0, 500));
  while ((await storedFiles(server)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const uploads = Array.from({ length: 4 }, () => upload(server, image));
  const finished = Promise.all(uploads);
  while (!/201/.test(server.log)) await new Promise((resolve) => setTimeout(resolve, 5));
  const stopped = server.stop();
  while (!/stopping/.test(server.log)) await new Promise((resolve) => setTimeout(resolve, 10));
  slow.socket.write(body.subarray(500));
  assert.match(await slow.closed, /^HTTP\/1\.1 201 /);
  assert.deepEqual((await finished).map(({ status }) => status), [201, 201, 201, 201]);
  assert.equal(await stopped, 0);
  await assert.rejects(fetch(server.url));
  assert.equal((await storedFiles(server)).length, 5);
});

test("clients that hang up at any moment cost nothing and hold up nobody", async () => {
  const server = await serve("--requests-per-minute", "0", "--readings-per-minute", "0");
  const body = formBody(image);
  const requests = [
    Buffer.concat([Buffer.from("POST /api/chexray/anonupload/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=XyZ\r\n" +
      `Content-Length: ${body.length}\r\n\r\n`), body]),
    Buffer.concat([Buffer.from(`POST /api/v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: ${image.length}\r\n\r\n`), image]),
    Buffer.from("GET /phantom.png?seed=3 HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(4)),
    Buffer.from('POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\r\n{"username":"nobody","password":"12345"}'),
  ];
  await Promise.all(Array.from({ length: 80 }, async (_, i) => {
    const connection = connect(server);
    connection.socket.write(requests[i % requests.length]);
    await new Promise((resolve) => setTimeout(resolve, i * 4));
    if (i % 3 === 0) connection.socket.resetAndDestroy();
    else connection.socket.destroy();
  }));
  assert.equal((await upload(server, image)).status, 201);
  const lines = () => server.log.match(/(POST|GET) \S+ \d+ /g)?.length ?? 0;
  await eventually(() => lines() >= 40, "they are done with; those gone before they were read are not seen");
  assert.equal(await server.stop(), 0);
  assert.deepEqual((await readdir(server.data, { recursive: true })).filter((name) => /tmp\/./.test(name)), []);
});

test("a server that stops answers who waits for the networks", async () => {
  const server = await serve("--queue", "64");
  const uploads = Array.from({ length: 24 }, () => upload(server, image));
  while (!/201/.test(server.log)) await new Promise((resolve) => setTimeout(resolve, 2));
  const stopped = server.stop();
  assert.deepEqual((await Promise.all(uploads)).map(({ status }) => status), Array(24).fill(201));
  assert.equal(await stopped, 0);
});
