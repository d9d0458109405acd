// How the server bears load: mixed reads on many connections, at first alone, then while X-rays are
// uploaded and read. Prints a table, or JSON with --json.
// Usage: node bench/server_load.mjs [--seconds N] [--connections N] [--uploaders N] [--rate N]
//   [--ensemble FILE | --small] [--program FILE] [--client FILE] [--json]
// --rate is of the reads, a second, all together; 0: as fast as they are answered. The client is
// bench/load_client.c, which leaves the processors to the server. --small: one network with small
// inputs, where the server and not the networks is tried.

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ask, makePhantoms, run, startServer } from "./server.mjs";

const root = path.join(import.meta.dirname, "..");
const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    connections: { type: "string", default: "64" },
    uploaders: { type: "string", default: "8" },
    rate: { type: "string", default: "100" },
    ensemble: { type: "string", default: path.join(root, "models/default/ensemble.json") },
    program: { type: "string", default: path.join(root, "build/perxeptron") },
    client: { type: "string", default: path.join(root, "build/bench/load_client") },
    small: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(options.seconds), connections = Number(options.connections);
const uploaders = Number(options.uploaders);
const users = 4, xraysEach = 5, phantoms = 20;

const scratch = await mkdtemp(path.join(tmpdir(), "perxeptron-load-"));

async function findEnsemble() {
  if (!options.small) return options.ensemble;
  const member = path.join(scratch, "small.safetensors"), ensemble = path.join(scratch, "small.json");
  const labels = ["atelectasis", "cardiomegaly", "consolidation", "edema", "pleural_effusion"];
  await run(options.program, ["model", "init", "--arch", "densenet121", "--size", "75", "--seed", "1", "--labels", `${labels}`, "-o", member]);
  await run(options.program, ["ensemble", "create", "--name", "small", "-o", ensemble, "--member", member]);
  return ensemble;
}

async function startLoaded() {
  return startServer(options.program, {
    "--data": path.join(scratch, "data"), "--ensemble": await findEnsemble(), "--queue": 64,
    "--connections": connections + 32, "--connections-per-address": connections + 32 });
}

async function makeUser(server, name, images) {
  const login = { username: name, password: "a long pass phrase for the load" };
  const json = { type: "application/json" };
  await ask(server, "POST", "users", { ...json, body: JSON.stringify(login), status: 201 });
  const { token } = await ask(server, "POST", "session", { ...json, body: JSON.stringify({ ...login, kind: "token" }), status: 200 });
  const ids = [];
  for (const image of images) {
    ids.push((await ask(server, "POST", "xrays", { token, type: "image/png", body: image, status: 201 })).id);
  }
  return { token, ids };
}

let written = 0;
async function writeRequest(method, target, token, type, body = Buffer.alloc(0)) {
  const lines = [`${method} /api/v1/${target} HTTP/1.1`, "Host: localhost", `Authorization: Bearer ${token}`];
  if (type) lines.push(`Content-Type: ${type}`, `Content-Length: ${body.length}`);
  const file = path.join(scratch, "requests", `${++written}`);
  await writeFile(file, Buffer.concat([Buffer.from([...lines, "", ""].join("\r\n")), body]));
  return file;
}

// What a person looks at: the list, one X-ray, its image, a heat map, the account.
async function writeReads(people) {
  const targets = people.flatMap(({ token, ids }) => ids.flatMap((id) => [
    "xrays?limit=20", `xrays/${id}`, `xrays/${id}/image`, `xrays/${id}/heatmaps/edema`, "me",
  ].map((target) => [target, token])));
  return Promise.all(targets.map(([target, token]) => writeRequest("GET", target, token)));
}

const writeUploads = (people, images) => Promise.all(images.map((image, i) =>
  writeRequest("POST", "xrays", people[i % people.length].token, "image/png", image)));

const groupOf = (name, count, rate, files) =>
  `group ${name} ${count} ${rate}\n${files.map((file) => `send ${file}\n`).join("")}`;

async function applyLoad(server, plan, time) {
  const client = spawn(options.client, [new URL(server.url).port, `${time}`], { stdio: ["pipe", "pipe", "inherit"] });
  let out = "";
  client.stdout.on("data", (text) => (out += text));
  client.stdin.end(plan);
  const code = await new Promise((resolve) => client.on("exit", resolve));
  if (code !== 0) throw new Error(`the client ended with ${code}`);
  return JSON.parse(out);
}

async function memoryOf(server) {
  const status = await readFile(`/proc/${server.child.pid}/status`, "utf8");
  const mib = (name) => Math.round(Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]) / 1024);
  return { now: mib("VmRSS"), peak: mib("VmHWM") };
}

const errorsOf = ({ lost, statuses }) => lost + Object.entries(statuses)
  .filter(([status]) => Number(status) >= 400 && status !== "503" && status !== "429")
  .reduce((sum, [, count]) => sum + count, 0);

function row(name, group, time) {
  const refused = (group.statuses[503] ?? 0) + (group.statuses[429] ?? 0);
  return { "": name, "per second": (group.replies / time).toFixed(1), errors: errorsOf(group), "503, 429": refused,
    "p50 ms": group.p50_ms.toFixed(1), "p99 ms": group.p99_ms.toFixed(1), "max ms": group.max_ms.toFixed(0) };
}

async function measure() {
  const images = await makePhantoms(options.program, phantoms, path.join(scratch, "phantoms"));
  const server = await startLoaded();
  try {
    await mkdir(path.join(scratch, "requests"));
    const people = [];
    for (let i = 0; i < users; i++) people.push(await makeUser(server, `user${i}`, images.slice(i * xraysEach, (i + 1) * xraysEach)));
    const reads = groupOf("reads", connections - uploaders, options.rate, await writeReads(people));
    const uploads = groupOf("uploads", uploaders, 0, await writeUploads(people, images));
    const alone = await applyLoad(server, reads, seconds / 4);
    const start = await memoryOf(server);
    const mixed = await applyLoad(server, reads + uploads, seconds);
    const end = await memoryOf(server);
    server.child.kill("SIGTERM");
    const exit = await server.ended;
    return { seconds, connections, uploaders, exit, alone, mixed, memory_mib: { start: start.now, end: end.now, peak: end.peak } };
  } catch (error) {
    throw new Error(`${error.message}\n${server.log}`);
  } finally {
    server.child.kill("SIGKILL");
  }
}

try {
  const result = await measure();
  const errors = errorsOf(result.alone.reads) + errorsOf(result.mixed.reads) + errorsOf(result.mixed.uploads);
  if (options.json) {
    console.log(JSON.stringify(result, null, 2));
  } else {
    console.table([
      row("reads alone", result.alone.reads, seconds / 4), row("reads beside uploads", result.mixed.reads, seconds),
      row("uploads, each read by the networks", result.mixed.uploads, seconds)]);
    const { start, end, peak } = result.memory_mib;
    console.log(`memory: ${start} MiB before the uploads, ${end} MiB after, ${peak} MiB at most`);
  }
  if (errors > 0 || result.exit !== 0) {
    console.error(`errors: ${errors}; the server ended with ${result.exit}`);
    process.exitCode = 1;
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
