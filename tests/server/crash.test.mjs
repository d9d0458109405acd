// SIGKILL at random moments of a stream of uploads: what was acknowledged is there, whole, and rows,
// files and audit trail fit together. CRASHES tells how often (20).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { form, blobFiles, check, phantom, scratchFolder, serveIn } from "./harness.mjs";
import { person } from "./client.mjs";

const crashes = Number(process.env.CRASHES ?? 20);
const images = await Promise.all([70, 90, 110].map((size) => phantom("--size", `${size}`)));
const data = await scratchFolder();
const options = ["--requests-per-minute", "0", "--readings-per-minute", "0", "--logins-per-minute", "0"];
const kept = new Map(); // id of each acknowledged X-ray => what it was, null when it was deleted
const unsure = new Set(); // deletions that were not answered

// Upload, and delete every fifth, until the server is gone.
async function stream(client, number) {
  for (let i = 0; ; i++) {
    const image = images[(i + number) % images.length];
    try {
      const response = await client.send("POST", "/xrays", { body: form({ title: `T${number}`, image }) });
      const xray = await response.json();
      if (response.status !== 201) throw new assert.AssertionError({ message: `${response.status} ${JSON.stringify(xray)}` });
      kept.set(xray.id, { sha256: createHash("sha256").update(image).digest("hex"), findings: xray.findings });
      if (i % 5 !== 4) continue;
      unsure.add(xray.id);
      const gone = await client.send("DELETE", `/xrays/${xray.id}`);
      if (gone.status === 204) kept.set(xray.id, null);
      unsure.delete(xray.id);
    } catch (failure) {
      if (failure instanceof assert.AssertionError) throw failure;
      return; // the connection broke: the server was killed
    }
  }
}

// How long the streams may go on: some uploads, however slow the machine is.
async function measurePace(client) {
  const start = performance.now();
  const xray = await client.upload(images[0]);
  kept.set(xray.id, { sha256: xray.sha256, findings: xray.findings });
  return Math.max(400, 8 * (performance.now() - start));
}

const login = (server, register) => person(server, "streamer", { kind: "token", register });

async function assertKept(client, ids) {
  for (const id of ids) {
    const expected = kept.get(id);
    const response = await client.send("GET", `/xrays/${id}`);
    if (unsure.has(id) && response.status === 404) kept.set(id, null);
    else if (expected === null) assert.equal(response.status, 404, `X-ray ${id} was deleted`);
    else {
      assert.equal(response.status, 200, `X-ray ${id} was acknowledged`);
      assert.deepEqual((await response.json()).findings, expected.findings);
      const image = Buffer.from(await (await client.send("GET", `/xrays/${id}/image`)).arrayBuffer());
      assert.equal(createHash("sha256").update(image).digest("hex"), expected.sha256);
    }
    unsure.delete(id);
  }
}

test(`${crashes} times SIGKILL in a stream of uploads`, { timeout: 1_800_000 }, async () => {
  let checked = new Set(), pace;
  for (let crash = 0; crash < crashes; crash++) {
    const server = await serveIn(data, options);
    assert.ok(server.url, server.log);
    const client = await login(server, crash === 0);
    const fresh = [...kept.keys()].filter((id) => !checked.has(id));
    await assertKept(client, fresh);
    checked = new Set(kept.keys());
    pace ??= await measurePace(client);
    const streams = [0, 1, 2].map((number) => stream(client, number));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * pace));
    server.child.kill("SIGKILL");
    await server.ended;
    await Promise.all(streams);
    if (crash % 10 === 9) await check(server);
  }
  const server = await serveIn(data, options);
  await assertKept(await login(server, false), kept.keys());
  await check(server);
  const left = [...kept.values()].filter(Boolean).length;
  assert.ok(left >= crashes, `only ${left} X-rays were acknowledged`);
  assert.ok((await blobFiles(server)).length >= left);
  await server.stop();
});
