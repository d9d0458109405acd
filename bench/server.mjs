// What the benchmarks of the server and of its pages share: a server without limits, and requests.

import { execFile, spawn } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

export const run = promisify(execFile);

// A server on a free port: its process, address and log. Passwords are hashed cheaply.
export async function startServer(program, settings) {
  const all = { "--listen": "127.0.0.1:0", "--requests-per-minute": 0, "--readings-per-minute": 0, "--logins-per-minute": 0,
    "--password-memory-mib": 1, "--password-passes": 1, ...settings };
  const child = spawn(program, ["serve", ...Object.entries(all).flat().map(String)]);
  const server = { child, log: "", out: "" };
  server.ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(signal ?? code)));
  child.stderr.on("data", (text) => (server.log = (server.log + text).slice(-20000)));
  await new Promise((resolve) => {
    child.stdout.on("data", (text) => (server.out += text) && server.out.includes("\n") && resolve());
    child.on("exit", resolve);
  });
  server.url = server.out.match(/http:\S+/)?.[0];
  if (!server.url) throw new Error(`the server does not start: ${server.log}`);
  return server;
}

export async function makePhantoms(program, count, folder) {
  await run(program, ["phantom", "-n", `${count}`, "--size", "512", "--seed", "11", "-o", folder]);
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".png"));
  return Promise.all(names.map((name) => readFile(path.join(folder, name))));
}

// The JSON that a request to the API is answered with; it must have the status expected.
export async function ask(server, method, target, { token, body, type, status }) {
  const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(type && { "Content-Type": type }) };
  const reply = await fetch(new URL(`api/v1/${target}`, server.url), { method, headers, body });
  const text = await reply.text();
  if (reply.status !== status) throw new Error(`${method} ${target}: ${reply.status} ${text}`);
  return text && JSON.parse(text);
}
