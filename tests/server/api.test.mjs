// What both interfaces share: CORS, hanging up, the log; and readings without storing.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { connect, eventually, findings, form, formBody, keptFiles, phantom, serve, upload } from "./harness.mjs";

const unlimited = ["--requests-per-minute", "0", "--readings-per-minute", "0"];
const server = await serve("--cors-origin", "https://app.example", ...unlimited);
const image = await phantom("--size", "96");
const old = `${server.url}api/chexray/anonupload/`;

// Six wait before one that hangs up; what the server said of all seven.
async function hangUpWhileOthersWait() {
  const said = server.log.length;
  const answers = () => server.log.slice(said).match(/anonupload\/ \d+/g) ?? [];
  const waiting = Array.from({ length: 6 }, () => upload(server, image));
  const body = formBody(image);
  const gone = connect(server);
  gone.socket.write("POST /api/chexray/anonupload/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=XyZ\r\n" +
    `Content-Length: ${body.length}\r\n\r\n`);
  gone.socket.end(body);
  gone.socket.resume();
  gone.socket.destroySoon();
  await Promise.all(waiting);
  await eventually(() => answers().length === 7, "all were answered, or given up");
  return answers();
}

test("a client that hangs up loses its place", async () => {
  let dropped = false;
  for (let tries = 20; tries > 0 && !dropped; tries--) { // on a busy machine its turn may have come before
    const before = (await keptFiles(server)).length;
    dropped = (await hangUpWhileOthersWait()).includes("anonupload/ 503");
    if (dropped) assert.equal((await keptFiles(server)).length, before + 6);
  }
  assert.ok(dropped);
});

test("browsers of allowed origins may call", async () => {
  const preflight = (origin) => fetch(old, {
    method: "OPTIONS", headers: { Origin: origin, "Access-Control-Request-Method": "POST" },
  });
  const allowed = await preflight("https://app.example");
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), "https://app.example");
  assert.match(allowed.headers.get("access-control-allow-methods"), /POST/);
  assert.equal(allowed.headers.get("vary"), "Origin");
  const foreign = await preflight("https://other.example");
  assert.equal(foreign.headers.get("access-control-allow-origin"), null);
  const post = async (headers) => (await fetch(old, { method: "POST", headers })).status;
  assert.equal(await post({ Origin: "https://other.example", "Sec-Fetch-Site": "cross-site" }), 403);
  assert.equal(await post({ Origin: "https://app.example", "Sec-Fetch-Site": "cross-site" }), 400);
  assert.equal(await post({ Origin: server.url.slice(0, -1), "Sec-Fetch-Site": "same-origin" }), 400);
  assert.equal(await post({ Origin: "https://other.example" }), 403);
  assert.equal(await post({ Origin: "null" }), 403);
  assert.equal(await post({ Origin: server.url.slice(0, -1) }), 400);
  const local = await serve();
  const old2020 = await fetch(`${local.url}api/chexray/anonupload/`, {
    method: "POST", headers: { Origin: "http://localhost:4200" },
  });
  assert.equal(old2020.headers.get("access-control-allow-origin"), "http://localhost:4200");
  assert.equal(await local.stop(), 0);
});

test("predict answers with scores and heat maps, and keeps nothing", async () => {
  const before = await keptFiles(server);
  const url = `${server.url}api/v1/predict`;
  const raw = await (await fetch(url, { method: "POST", body: image, headers: { "Content-Type": "image/png" } })).json();
  const sent = await (await fetch(`${url}?heatmaps=1`, { method: "POST", body: form({ image }) })).json();
  assert.equal(raw.sha256, createHash("sha256").update(image).digest("hex"));
  assert.equal(raw.notice, "untrained weights: demonstration only");
  assert.deepEqual(raw.ensemble.members.map(({ name }) => name), ["member1", "member2"]);
  for (const { sha256 } of raw.ensemble.members) assert.match(sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual([raw.width, raw.height], [96, 96]);
  assert.deepEqual(raw.findings.map(({ id }) => id), findings);
  for (const [i, finding] of raw.findings.entries()) {
    assert.ok(finding.score > 0 && finding.score < 1);
    const { member1, member2 } = finding.members;
    assert.ok(Math.abs(finding.score - (member1 + 2 * member2) / 3) < 1e-6);
    assert.equal(finding.decision, i % 2 === 0);
    const variance = ((member1 - finding.score) ** 2 + 2 * (member2 - finding.score) ** 2) / 3;
    assert.ok(Math.abs(finding.disagreement - Math.sqrt(variance)) < 1e-6);
    assert.equal(finding.heatmap, undefined);
    assert.equal(sent.findings[i].score, finding.score);
    assert.match(sent.findings[i].heatmap, /^data:image\/png;base64,iVBORw0KGgo/);
  }
  assert.deepEqual(await keptFiles(server), before);
});

test("predict's problems follow RFC 9457", async () => {
  const post = (body, type) => fetch(`${server.url}api/v1/predict`, { method: "POST", body, headers: type ? { "Content-Type": type } : {} });
  const huge = Buffer.from(image.subarray(0, 33));
  huge.writeUInt32BE(50000, 16);
  huge.writeUInt32BE(50000, 20);
  huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29);
  const wrong = [["x", "image/png", 400], ["", "image/png", 400], [huge, "image/png", 400], ["x", "text/plain", 415],
    [form({ image: "text" }), undefined, 400], [form({ title: "x" }), undefined, 400]];
  for (const [body, type, status] of wrong) {
    const response = await post(body, type);
    const problem = await response.json();
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal(problem.status, status);
    assert.equal(problem.request_id, response.headers.get("x-request-id"));
    assert.ok(problem.title && problem.detail);
    if (status === 400) assert.deepEqual(problem.errors.map(({ field }) => field), ["image"]);
  }
});

test("the log names no file, title or media", async () => {
  const { image: link } = await (await upload(server, image, "Jane Doe 1970")).json();
  await fetch(new URL(link, server.url));
  assert.match(server.log, /info server \[[0-9a-f]{16}\]: POST \/api\/chexray\/anonupload\/ 201/);
  const { searchParams } = new URL(link, server.url);
  for (const secret of ["Jane", "patient name", searchParams.get("signature")]) assert.ok(!server.log.includes(secret));
});

test("a sample radiograph, and a sign of life, are there for all", async () => {
  const sample = async (seed, more = "") => {
    const answer = await fetch(`${server.url}phantom.png?seed=${seed}${more}`);
    assert.equal(answer.headers.get("content-type"), "image/png");
    return Buffer.from(await answer.arrayBuffer());
  };
  const third = await sample(3);
  assert.deepEqual(await sample(3), third);
  assert.notDeepEqual(await sample(4), third);
  const side = (png) => png.readUInt32BE(16);
  assert.deepEqual([side(third), side(await sample(3, "&size=96"))], [768, 96]);
  for (const wrong of ["63", "769", "-1", "99999999999999999999", "x", ""])
    assert.equal(side(await sample(3, `&size=${wrong}`)), 768);
  assert.equal((await (await fetch(`${server.url}healthz`)).text()).trim(), "ok");
});

test("it stops cleanly after all that", async () => {
  assert.equal(await server.stop(), 0);
});
