// What programs that watch the server are told: is it ready, and what does it measure?

import assert from "node:assert/strict";
import { test } from "node:test";
import { person } from "./client.mjs";
import { eventually, exchange, metricsOf, phantom, serve, upload } from "./harness.mjs";

const server = await serve("--trusted-proxy", "127.0.0.2");
const image = await phantom("--size", "96");

test("it is ready, and says of what it made sure", async () => {
  const reply = await fetch(`${server.url}readyz`);
  assert.equal(reply.status, 200);
  assert.deepEqual(await reply.json(), { ready: true, checks: { store: "ok", disk: "ok", model: "ok" } });
  assert.equal(reply.headers.get("cache-control"), "no-store");
});

test("requests, waiting, the store's and the networks' time are counted", async () => {
  const before = await metricsOf(server);
  assert.equal((await upload(server, image)).status, 201);
  assert.equal((await upload(server, Buffer.from("no image"))).status, 400);
  assert.equal((await fetch(`${server.url}nothing`)).status, 404);
  const key = (status) => Object.keys(before).concat(Object.keys(after)).find((name) => name.includes("anonupload") && name.includes(`"${status}`));
  let after = {};
  await eventually(async () => {
    after = await metricsOf(server);
    return Object.keys(after).some((name) => name.includes("anonupload"));
  }, "the uploads are counted");
  assert.equal(after[key(2)] - (before[key(2)] ?? 0), 1);
  assert.equal(after[key(4)] - (before[key(4)] ?? 0), 1);
  for (const name of Object.keys(after)) assert.doesNotMatch(name, /nothing|127\.0|Chest/);
  const grew = (pattern) => Object.keys(after).some((name) => pattern.test(name) && after[name] > (before[name] ?? 0));
  assert.ok(grew(/queue.*_count/), "queue");
  assert.ok(grew(/store.*_count/), "store");
  await eventually(async () => (await metricsOf(server)).perxeptron_connections >= 1, "connections are looked at now and then");
});

test("metrics are for this machine and for administrators", async () => {
  const ask = async (...lines) => (await exchange(server, ["GET /metrics HTTP/1.1", "Host: localhost", "Connection: close", ...lines, "", ""].join("\r\n"))).match(/^HTTP\/1\.1 (\d+)/)[1];
  assert.equal(await ask(), "200");
  assert.equal(await ask("X-Forwarded-For: 198.51.100.1"), "403");
  assert.equal(await ask("X-Forwarded-For: 127.0.0.1"), "403");
  assert.equal(await ask("Via: 1.1 somewhere"), "403");
  const somebody = await person(server, "somebody", { kind: "token" });
  assert.equal(await ask("Via: 1.1 somewhere", `Authorization: ${somebody.credentials.Authorization}`), "403");
});

test("it stops cleanly after all that", async () => {
  assert.equal(await server.stop(), 0);
});
