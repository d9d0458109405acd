// As a service: a socket that is handed over, what systemd is told, and a restart under load.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { connect, ensemble, eventually, formBody, phantom, program, scratchFolder } from "./harness.mjs";

const image = await phantom("--size", "96");

// The server under a stand-in for systemd; `said` is what that says.
async function activate(...options) {
  const data = await scratchFolder();
  const child = spawn("perl", [path.join(import.meta.dirname, "activate.pl"), path.join(data, "notify"),
    program, "serve", "--ensemble", ensemble, "--data", path.join(data, "kept"), ...options]);
  const service = { child, said: "", log: "" };
  child.stdout.on("data", (text) => (service.said += text));
  child.stderr.on("data", (text) => (service.log += text));
  service.ended = new Promise((resolve) => child.on("exit", resolve));
  service.heard = (what, times = 1) => service.said.split(what).length - 1 >= times;
  await eventually(() => service.heard("notify READY=1") || child.exitCode !== null, "ready");
  service.port = Number(service.said.match(/port (\d+)/)?.[1]);
  return service;
}

// One request on a connection of its own; gives the status, or what went wrong.
function ask(port, method, target, headers, body) {
  return new Promise((resolve) => {
    const request = http.request({ port, host: "127.0.0.1", method, path: target, headers, agent: false }, (reply) => {
      reply.resume();
      reply.on("end", () => resolve(reply.statusCode));
      reply.on("error", (error) => resolve(error.code));
    });
    request.on("error", (error) => resolve(error.code));
    request.end(body);
  });
}

describe("a service", () => {
  let service;
  before(async () => { service = await activate("--requests-per-minute", "0", "--readings-per-minute", "0"); });
  after(() => service.child.kill("SIGTERM"));

  test("serves the socket that it is handed", async () => {
    assert.equal(await ask(service.port, "GET", "/healthz"), 200);
    assert.ok(service.heard(`ready at http://127.0.0.1:${service.port}/`));
  });

  test("feeds the watchdog", async () => {
    await eventually(() => service.heard("notify WATCHDOG=1", 2), "the watchdog is fed");
  });

  test("restarts under a stream of requests without refusing one", async () => {
    const outcomes = {};
    let going = true;
    const stream = async (one) => {
      while (going) {
        const outcome = await one();
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    };
    const look = () => ask(service.port, "GET", "/healthz");
    const read = () => ask(service.port, "POST", "/api/v1/predict",
      { "Content-Type": "multipart/form-data; boundary=XyZ" }, formBody(image));
    const streams = [look, look, look, look, read, read].map(stream);
    for (let restarts = 1; restarts <= 4; restarts++) {
      const before = outcomes[200] ?? 0;
      await eventually(() => (outcomes[200] ?? 0) > before + 20, "requests are answered");
      service.child.kill("SIGHUP");
      await eventually(() => service.heard("notify READY=1", restarts + 1), "ready again");
      assert.ok(service.heard("notify STOPPING=1", restarts));
      assert.ok(service.heard("exit 0", restarts));
    }
    going = false;
    await Promise.all(streams);
    assert.deepEqual(Object.keys(outcomes), ["200"], JSON.stringify(outcomes));
  });

  test("answers on a connection that it took before it was told to restart", async () => {
    const starts = service.said.split("READY=1").length;
    const connection = connect(service);
    await once(connection.socket, "connect");
    await ask(service.port, "GET", "/healthz"); // by then the first one is taken, too
    service.child.kill("SIGHUP");
    await eventually(() => service.heard("notify STOPPING=1", starts - 1), "it is stopping");
    connection.socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert.match(await connection.closed, /^HTTP\/1\.1 200 /);
    await eventually(() => service.heard("notify READY=1", starts), "ready again");
  });

  test("ends for good when it is told to", async () => {
    service.child.kill("SIGTERM");
    assert.equal(await service.ended, 0);
    assert.match(await ask(service.port, "GET", "/healthz"), /ECONNREFUSED/);
  });
});

test("what is handed over must be one listening socket", async () => {
  const child = spawn("sh", ["-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3</dev/null', "sh",
    program, "serve", "--ensemble", ensemble, "--data", await scratchFolder()]);
  let log = "";
  child.stderr.on("data", (text) => (log += text));
  assert.equal(await new Promise((resolve) => child.on("exit", resolve)), 1);
  assert.match(log, /one listening TCP socket must be handed over/);
});

test("a socket handed to another process is left alone", async () => {
  const child = spawn(program, ["serve", "--ensemble", ensemble, "--data", await scratchFolder(), "--listen", "127.0.0.1:0"],
    { env: { ...process.env, LISTEN_PID: "1", LISTEN_FDS: "1" } });
  let out = "";
  child.stdout.on("data", (text) => (out += text));
  await eventually(() => out.includes("http://127.0.0.1:"), "its own socket");
  child.kill("SIGTERM");
  assert.equal(await new Promise((resolve) => child.on("exit", resolve)), 0);
});
