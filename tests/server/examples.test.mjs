// The examples of docs/api.md, run as they stand there.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { phantom, scratchFolder, serve } from "./harness.mjs";

const run = promisify(execFile);
const page = await readFile(path.join(import.meta.dirname, "../../docs/api.md"), "utf8");
const server = await serve("--password-memory-mib", "1", "--password-passes", "1");
const folder = await scratchFolder();
await writeFile(path.join(folder, "chest.png"), await phantom("--size", "96"));

const blocks = (language) => [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))]
  .map(([, code]) => code.replaceAll("http://127.0.0.1:8000", server.url.replace(/\/$/, "")));

function lacks(...programs) {
  const missing = programs.filter((program) => {
    try {
      execFileSync("sh", ["-c", `command -v ${program}`]);
    } catch {
      return true;
    }
  });
  return missing.length > 0 && `needs ${missing.join(", ")}`;
}

test("curl", { skip: lacks("curl", "jq", "bash") }, async () => {
  const script = [...blocks("sh"), "printf %s \"$key\" >key"].join("\n");
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script], { cwd: folder });
  assert.match(stdout, /"username":"mina"/);
  assert.match(stdout, /"decision": (true|false)/);
  assert.match(stdout, /^"done"$/m);
  assert.match(stdout, /^null$/m, "one page");
  assert.match(await readFile(path.join(folder, "report.pdf"), "latin1"), /^%PDF-/);
});

test("Python", { skip: lacks("curl", "jq", "bash", "python3") }, async () => {
  const [program] = blocks("python");
  await writeFile(path.join(folder, "upload.py"), program);
  await copyFile(path.join(folder, "chest.png"), path.join(folder, "again.png"));
  const env = { ...process.env, PERXEPTRON_KEY: await readFile(path.join(folder, "key"), "utf8") };
  const { stdout } = await run("python3", ["upload.py", "."], { cwd: folder, env });
  assert.match(stdout, /^again\.png .*atelectasis \d\.\d\d.*\nchest\.png .*atelectasis/);
  const list = await fetch(`${server.url}api/v1/xrays`, { headers: { Authorization: `Bearer ${env.PERXEPTRON_KEY}` } });
  assert.deepEqual((await list.json()).items.map(({ title }) => title), ["chest"], "the same image twice is one X-ray");
});

test("errors look as they are shown", async () => {
  const [shown] = blocks("json").map((text) => JSON.parse(text));
  const response = await fetch(`${server.url}api/v1/users`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ username: "x", password: "seven green umbrellas", per_minute: 0 }),
  });
  const problem = await response.json();
  assert.deepEqual(Object.keys(problem), Object.keys(shown));
  assert.deepEqual({ ...problem, request_id: 0, errors: 0 }, { ...shown, request_id: 0, errors: 0 });
});
