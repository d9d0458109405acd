// What the server's tests share: a small ensemble, servers on free ports, raw requests, forms.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";
import "./schema.mjs"; // checks what every fetch is answered

const root = path.join(import.meta.dirname, "../..");
export const program = process.env.PERXEPTRON ?? path.join(root, "build/perxeptron");
export const findings = ["atelectasis", "cardiomegaly", "consolidation", "edema", "pleural_effusion"];
const run = promisify(execFile);

const scratch = await mkdtemp(path.join(tmpdir(), "perxeptron-server-"));
const running = new Set();
after(async () => {
  for (const child of running) child.kill("SIGKILL");
  await rm(scratch, { recursive: true, force: true });
});

export const scratchFolder = () => mkdtemp(path.join(scratch, "data-"));

// Two densely connected networks with small inputs. Thresholds of 0 and 1 make decisions certain.
async function makeEnsemble() {
  const members = [];
  for (const seed of [1, 2]) {
    const file = `member${seed}.safetensors`;
    await run(program, ["model", "init", "--arch", "densenet121", "--size", "75", "--seed", `${seed}`,
      "--labels", findings.join(","), "-o", path.join(scratch, file)]);
    const bytes = await readFile(path.join(scratch, file));
    members.push({
      name: `member${seed}`, file, sha256: createHash("sha256").update(bytes).digest("hex"),
      weights: Object.fromEntries(findings.map((id) => [id, seed])),
    });
  }
  const ensemble = {
    format: "perxeptron-ensemble/1", name: "small",
    findings: findings.map((id) => ({ id, name: id.replace("_", " ") })), members,
    operating_points: {
      method: "fixed", data: "none", images: 0,
      thresholds: Object.fromEntries(findings.map((id, i) => [id, i % 2 ? 1 : 0])),
    },
  };
  const file = path.join(scratch, "ensemble.json");
  await writeFile(file, JSON.stringify(ensemble));
  delete ensemble.operating_points;
  await writeFile(path.join(scratch, "undecided.json"), JSON.stringify(ensemble));
  return file;
}
export const ensemble = await makeEnsemble();
export const undecided = path.join(scratch, "undecided.json"); // the same without thresholds

// An ensemble whose first member overflows: every image can be decoded, and none read.
export async function brokenEnsemble() {
  const whole = JSON.parse(await readFile(ensemble));
  const bytes = await readFile(path.join(scratch, whole.members[0].file));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const [from, to] = JSON.parse(bytes.subarray(8, start))["bn/beta"].data_offsets;
  for (let at = from; at < to; at += 4) bytes.writeFloatLE(3e38, start + at);
  whole.members[0].file = "broken.safetensors";
  whole.members[0].sha256 = createHash("sha256").update(bytes).digest("hex");
  await writeFile(path.join(scratch, "broken.safetensors"), bytes);
  const file = path.join(scratch, "broken.json");
  await writeFile(file, JSON.stringify(whole));
  return file;
}

export async function phantom(...options) {
  const folder = await scratchFolder();
  const seed = options.includes("--seed") ? [] : ["--seed", "5"];
  await run(program, ["phantom", "-n", "1", ...seed, "-o", folder, ...options]);
  const names = await readdir(folder, { recursive: true });
  return readFile(path.join(folder, names.find((name) => /\.(png|jpe?g)$/.test(name))));
}

// Start a server and wait until it says where it is. `shell` prefixes the command, for limits.
export async function serve(...options) {
  return serveIn(await scratchFolder(), options);
}

// Under tests/postgres.sh each data folder has a PostgreSQL database of its own.
const postgres = process.env.PERXEPTRON_TEST_POSTGRES;
const databases = new Map(); // data folder => URL

async function databaseOf(data) {
  if (!databases.has(data)) {
    const name = `server_${databases.size}_${process.pid}`;
    await run("psql", ["-q", "-c", `CREATE DATABASE ${name}`, postgres]);
    const url = new URL(postgres);
    url.pathname = name;
    databases.set(data, url.href);
  }
  return databases.get(data);
}

export async function serveIn(data, options = [], shell = "") {
  const usual = {
    "--ensemble": ensemble, "--listen": "127.0.0.1:0", "--data": data,
    ...(postgres && !options.includes("--database") ? { "--database": await databaseOf(data) } : {}),
  };
  const args = ["serve", ...Object.entries(usual).filter(([name]) => !options.includes(name)).flat(), ...options];
  const child = shell ? spawn("sh", ["-c", `${shell}; exec "$@"`, "sh", program, ...args]) : spawn(program, args);
  running.add(child);
  const server = { child, data, log: "", out: "" };
  server.ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(signal ?? code)));
  child.stderr.on("data", (text) => (server.log += text));
  await new Promise((resolve) => {
    child.stdout.on("data", (text) => {
      server.out += text;
      if (server.out.includes("\n")) resolve();
    });
    child.on("exit", resolve);
  });
  server.url = server.out.match(/https?:\S+/)?.[0];
  if (server.url) server.port = Number(new URL(server.url).port);
  server.stop = async () => {
    child.kill("SIGTERM");
    const code = await server.ended;
    running.delete(child);
    return code;
  };
  return server;
}

// The images kept below the data folder.
export async function blobFiles(server) {
  const entries = await readdir(path.join(server.data, "blobs"), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

// What a statement gives, columns between bars, from a server's database.
export async function sql(server, statement) {
  const url = databases.get(server.data);
  const file = path.join(server.data, "perxeptron.db");
  const [client, args] = url ? ["psql", ["-qAt", "-c", statement, url]]
    : ["sqlite3", ["-cmd", ".timeout 10000", file, statement]];
  const { stdout } = await run(client, args, { maxBuffer: 1 << 28 });
  return stdout.trimEnd();
}

// The options by which the program's other commands find a server's store.
export function storeOptions(server) {
  const url = databases.get(server.data);
  return ["--data", server.data, ...(url ? ["--database", url] : [])];
}

// Rows and files fit together, and so does the audit trail; also beside a running server.
export async function check(server) {
  for (const command of [["store", "check"], ["audit", "verify"]])
    await run(program, [...command, ...storeOptions(server)]).catch((failure) => {
      throw new Error(`${command.join(" ")}: exit ${failure.code}\n${failure.stdout}${failure.stderr}`);
    });
}

// Every file that belongs to an upload: images kept, and what is under way.
export async function storedFiles(server) {
  const underWay = await readdir(path.join(server.data, "tmp"));
  return [...(await blobFiles(server)).map((file) => path.basename(file)), ...underWay];
}

// Images kept, when no upload is under way any more: its file goes a moment after its answer.
export async function keptFiles(server) {
  await eventually(async () => (await readdir(path.join(server.data, "tmp"))).length === 0, "tmp/ is empty");
  return storedFiles(server);
}

export function form(fields) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string") data.append(name, value);
    else data.append(name, new Blob([value]), "patient name.png");
  }
  return data;
}

export function upload(server, image, title = "Chest-X-Ray") {
  return fetch(`${server.url}api/chexray/anonupload/`, {
    method: "POST", body: form({ title, image }), redirect: "manual",
  });
}

// The body of a form with one image, for requests written by hand.
export function formBody(image, boundary = "XyZ") {
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\nT\r\n` +
    `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), image, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

// A connection that collects what comes; `closed` gives all of it.
export function connect(server) {
  const socket = net.connect(server.port, "127.0.0.1");
  const connection = { socket, text: "" };
  socket.on("data", (bytes) => (connection.text += bytes.toString("latin1")));
  socket.on("error", () => {});
  connection.closed = new Promise((resolve) => socket.on("close", () => resolve(connection.text)));
  connection.until = async (pattern) => {
    while (!pattern.test(connection.text)) {
      if (socket.destroyed) throw new Error(`closed before ${pattern}: ${connection.text}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return connection.text;
  };
  return connection;
}

// Send bytes as they are on a connection of their own; all that comes back.
export function exchange(server, ...pieces) {
  const connection = connect(server);
  for (const piece of pieces) connection.socket.write(piece);
  return connection.closed;
}

// What the server counts, by the names of its metrics.
export async function metricsOf(server) {
  const reply = await fetch(`${server.url}metrics`);
  assert.equal(reply.status, 200);
  assert.match(reply.headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
  const lines = (await reply.text()).split("\n").filter((line) => line && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

export async function eventually(check, what) {
  for (let i = 0; i < 500; i++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`never: ${what}`);
}
