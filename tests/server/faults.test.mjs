// What breaks around the server: a full disk, a folder that cannot be written, a database that goes
// away. Each gives a clear 5xx, and the server recovers by itself.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, readdir } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { Client, person } from "./client.mjs";
import { blobFiles, check, eventually, form, phantom, scratchFolder, serve, serveIn } from "./harness.mjs";

const run = promisify(execFile);
// tests/postgres.sh gives a program to stop and start PostgreSQL.
const control = process.env.PERXEPTRON_TEST_POSTGRES_CONTROL;
const small = await phantom("--size", "96");
const large = await phantom("--size", "900");
const unlimited = ["--requests-per-minute", "0", "--readings-per-minute", "0", "--logins-per-minute", "0"];

const upload = (client, image = small) => client.send("POST", "/xrays", { body: form({ title: "T", image }) });

// An upload that the server cannot keep now.
async function assertRefused(client, image) {
  const response = await upload(client, image);
  const problem = await response.json();
  assert.ok(response.status >= 500, `${response.status}: ${JSON.stringify(problem)}`);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.doesNotMatch(problem.detail, /\/|sqlite|postgres/i, "no paths, no insides");
}

async function assertTemporaryFolderIsEmpty(server) {
  await eventually(async () => (await readdir(path.join(server.data, "tmp"))).length === 0, "tmp/ is empty");
}

test("a full disk", async () => {
  const server = await serve(...unlimited);
  const client = await person(server, "full");
  const before = (await client.upload(small)).id;
  const limit = (bytes) => run("prlimit", ["--pid", `${server.child.pid}`, `--fsize=${bytes}:unlimited`]);
  await limit(64 << 10); // of a file: the image is larger
  await assertRefused(client, large);
  await limit(0); // nothing at all can be written
  await assertRefused(client, small);
  if (!control) assert.ok((await client.send("DELETE", `/xrays/${before}`)).status >= 500);
  await limit("unlimited");
  await eventually(async () => (await client.send("GET", `/xrays/${before}`)).status === 200, "it is there still");
  await client.upload(large);
  await client.expect(204, "DELETE", `/xrays/${before}`);
  assert.equal((await blobFiles(server)).length, 1);
  await assertTemporaryFolderIsEmpty(server);
  await check(server);
});

test("space that uploads leave free", async () => {
  const data = await scratchFolder();
  const roomy = await serveIn(data, unlimited);
  const client = await person(roomy, "free", { kind: "token" });
  const kept = await client.upload(small);
  assert.equal((await fetch(`${roomy.url}readyz`)).status, 200);
  await roomy.stop();
  const server = await serveIn(data, [...unlimited, "--least-free-mib", `${2 ** 30}`]);
  const again = new Client(server, client.credentials);
  assert.equal((await upload(again)).status, 507);
  const anonymous = (path) => fetch(`${server.url}api/${path}`, { method: "POST", body: form({ title: "T", image: small }) });
  for (const path of ["chexray/anonupload/", "v1/xrays", "v1/predict"])
    assert.equal((await anonymous(path)).status, 507, path);
  const ready = await fetch(`${server.url}readyz`);
  assert.equal(ready.status, 503);
  assert.equal((await ready.json()).checks.disk, "the disk is almost full");
  await again.expect(204, "DELETE", `/xrays/${kept.id}`); // that makes room
  assert.deepEqual(await blobFiles(server), []);
  await assertTemporaryFolderIsEmpty(server);
});

test("a folder of images that cannot be written", async () => {
  // What root may do in spite of a folder's permissions is taken from it.
  const shell = process.getuid() === 0 ? 'exec setpriv --bounding-set=-dac_override,-dac_read_search -- "$@"' : ":";
  const server = await serveIn(await scratchFolder(), unlimited, shell);
  const client = await person(server, "readonly");
  const kept = await client.upload(small);
  const blobs = path.join(server.data, "blobs");
  const folders = [blobs, ...(await readdir(blobs, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isDirectory()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))];
  for (const folder of folders) await chmod(folder, 0o500);
  await assertRefused(client, small);
  assert.equal((await client.send("GET", `/xrays/${kept.id}/image`)).status, 200, "what is there can be seen");
  for (const folder of folders) await chmod(folder, 0o700);
  await client.upload(small);
  assert.equal((await blobFiles(server)).length, 2);
  await assertTemporaryFolderIsEmpty(server);
  await check(server);
});

test("a database that is away for ten seconds, and killed", { skip: !control && "runs with PostgreSQL" }, async () => {
  const server = await serve(...unlimited, "--database-patience", "2");
  const client = await person(server, "away");
  const kept = await client.upload(small);
  for (const [end, pause] of [["stop", 10_000], ["kill", 0]]) {
    await run(control, [end]);
    const end_of_pause = Date.now() + pause;
    do {
      await assertRefused(client, small);
      const seen = await client.send("GET", `/xrays/${kept.id}`);
      assert.equal(seen.status, 503);
      assert.ok(Number(seen.headers.get("retry-after")) > 0);
      assert.equal((await client.send("GET", "//healthz")).status, 200, "the process lives");
      assert.equal((await client.send("GET", "//readyz")).status, 503, "but is not ready");
    } while (Date.now() < end_of_pause);
    await run(control, ["start"]);
    await eventually(async () => (await client.send("GET", `/xrays/${kept.id}`)).status === 200, "it came back");
    await eventually(async () => (await client.send("GET", "//readyz")).status === 200, "it is ready");
    await client.upload(small);
  }
  assert.equal((await client.get("/xrays")).items.length, 3);
  await assertTemporaryFolderIsEmpty(server);
  assert.equal(await server.stop(), 0);
});
