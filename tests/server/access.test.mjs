// Who may do what: every operation of both interfaces, tried by every kind of client.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { Client, password, person } from "./client.mjs";
import { form, phantom, program, serve, sql, storeOptions } from "./harness.mjs";

const unlimited = ["--requests-per-minute", "0", "--readings-per-minute", "0", "--logins-per-minute", "0"];
const server = await serve(...unlimited);
const image = await phantom("--size", "80");
const png = { "Content-Type": "image/png" };

// ---- Clients ----

async function makeAdmin(username) {
  const child = promisify(execFile)(program, ["user", "set-role", username, "--role", "admin", ...storeOptions(server)]);
  await child;
  return person(server, username, { register: false });
}

// Somebody whose session has ended by time.
async function expired(username, kind) {
  const client = await person(server, username, { register: false, kind });
  const last = await sql(server, "SELECT MAX(id) FROM sessions");
  await sql(server, `UPDATE sessions SET expires = 1 WHERE id = ${last}`);
  return client;
}

async function revoked(owner) {
  const key = await owner.withKey(["read", "predict", "write"], "revoked");
  await owner.expect(204, "DELETE", `/api-keys/${key.key.id}`);
  return key;
}

async function expiredKey(owner) {
  const key = await owner.withKey(["read", "predict", "write"], "expired");
  await sql(server, `UPDATE api_keys SET expires = 1 WHERE id = ${key.key.id}`);
  return key;
}

async function disabled(username) {
  const client = await person(server, username, { kind: "token" });
  await promisify(execFile)(program, ["user", "disable", username, ...storeOptions(server)]);
  return client;
}

const owner = await person(server, "owner");
const other = await person(server, "other");
await person(server, "admin");
const admin = await makeAdmin("admin");
const foreignPage = { Cookie: owner.credentials.Cookie, Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };

// What each client has: its scopes, or the status that it gets wherever it must be known.
const all = ["read", "predict", "write", "account"];
const clients = {
  anonymous: { client: new Client(server), unknown: 401 },
  owner: { client: owner, scopes: all, owns: true },
  "owner's token": { client: await person(server, "owner", { register: false, kind: "token" }), scopes: all, owns: true },
  other: { client: other, scopes: all },
  admin: { client: admin, scopes: [...all, "admin"] },
  "admin's key": { client: await admin.withKey(["read", "predict", "write"]), scopes: ["read", "predict", "write"] },
  "key to read": { client: await owner.withKey(["read"]), scopes: ["read"], owns: true },
  "key to predict": { client: await owner.withKey(["predict"]), scopes: ["predict"], owns: true },
  "key to write": { client: await owner.withKey(["write"]), scopes: ["write"], owns: true },
  "revoked key": { client: await revoked(owner), unknown: 401, refused: true },
  "expired key": { client: await expiredKey(owner), unknown: 401, refused: true },
  "expired session": { client: await expired("owner", "cookie"), unknown: 401 },
  "expired token": { client: await expired("owner", "token"), unknown: 401, refused: true },
  "disabled user": { client: await disabled("disabled"), unknown: 401, refused: true },
  "forged token": { client: new Client(server, { Authorization: `Bearer ${"a".repeat(64)}` }), unknown: 401, refused: true },
  "forged cookie": { client: new Client(server, { Cookie: `perxeptron_session=${"a".repeat(64)}`, Origin: owner.credentials.Origin }), unknown: 401 },
  "foreign page": { client: new Client(server, foreignPage), scopes: all, owns: true, foreign: true },
};

// ---- Operations ----

const ownXray = async () => (await owner.upload(image)).id;
const ownReview = async () => {
  const id = await ownXray();
  await owner.expect(200, "PUT", `/xrays/${id}/findings/edema/review`, { json: { note: "N" } });
  return id;
};
const ownKey = async () => (await owner.expect(201, "POST", "/api-keys", { json: { name: "x", scopes: ["read"] } })).id;
const ownSession = async () => (await person(server, "owner", { register: false }), await owner.get("/sessions")).items[0].id;
const upload = (fields) => ({ body: form(fields) });

// needs: the scope; null: open to all. anonymous: also for clients without credentials. owned: of the
// owner alone, others get `notOwned` (404). make: the {id} of a fresh resource. ok: what a client gets
// that may do it (200). ends: the session, of a cookie or any.
const operations = [
  ["POST", "/users", { needs: null, send: () => ({ json: { username: "owner", password } }), ok: 409 }],
  ["POST", "/session", { needs: null, send: () => ({ json: { username: "owner", password } }), ends: "cookie" }],
  ["GET", "/server", { needs: null }],
  ["GET", "/models", { needs: null }],
  ["GET", "/openapi.json", { needs: null }],
  ["GET", "/docs", { needs: null }],
  ["POST", "/predict", { needs: "predict", anonymous: true, send: () => ({ body: image, headers: png }) }],
  ["POST", "/xrays", { needs: "write", anonymous: true, send: () => upload({ title: "T", image }), ok: 201 }],
  ["GET", "/me", { needs: "read" }],
  ["GET", "/usage", { needs: "read" }],
  ["GET", "/xrays", { needs: "read" }],
  ["POST", "/xrays/search", { needs: "read", send: () => ({ json: { text: "T" } }) }],
  ["GET", "/xrays/{id}", { needs: "read", owned: true, make: ownXray }],
  ["GET", "/xrays/{id}/image", { needs: "read", owned: true, make: ownXray }],
  ["GET", "/xrays/{id}/thumbnail", { needs: "read", owned: true, make: ownXray }],
  ["GET", "/xrays/{id}/heatmaps/edema", { needs: "read", owned: true, make: ownXray }],
  ["GET", "/xrays/{id}/report.pdf", { needs: "read", owned: true, make: ownXray }],
  ["PATCH", "/xrays/{id}", { needs: "write", owned: true, make: ownXray, send: () => ({ json: { title: "New" } }) }],
  ["PUT", "/xrays/{id}/findings/edema/review", { needs: "write", owned: true, make: ownXray, send: () => ({ json: { verdict: "accepted" } }) }],
  ["DELETE", "/xrays/{id}/findings/edema/review", { needs: "write", owned: true, make: ownReview, ok: 204 }],
  ["POST", "/xrays/{id}/reading", { needs: "write", owned: true, make: ownXray, ok: 409 }],
  ["DELETE", "/xrays/{id}", { needs: "write", owned: true, make: ownXray, ok: 204 }],
  ["PATCH", "/me", { needs: "account", send: () => ({ json: { current_password: "wrong", new_password: password } }), ok: 403 }],
  ["DELETE", "/me", { needs: "account", send: () => ({ json: { password: "wrong" } }), ok: 403 }],
  ["GET", "/sessions", { needs: "account" }],
  ["DELETE", "/sessions/{id}", { needs: "account", owned: true, make: ownSession, ok: 204 }],
  ["GET", "/api-keys", { needs: "account" }],
  ["POST", "/api-keys", { needs: "account", send: () => ({ json: { name: "n", scopes: ["read"] } }), ok: 201 }],
  ["DELETE", "/api-keys/{id}", { needs: "account", owned: true, make: ownKey, ok: 204 }],
  ["GET", "/admin/users", { needs: "admin" }],
  ["PATCH", "/admin/users/{id}", { needs: "admin", make: () => other.user.id, send: () => ({ json: { role: "user" } }) }],
  ["POST", "/admin/users/{id}/password", { needs: "admin", make: async () => (await person(server, `forgot${Math.random()}`)).user.id }],
  ["GET", "/admin/audit", { needs: "admin" }],
  ["GET", "/admin/state", { needs: "admin" }],
  ["DELETE", "/session", { needs: "account", ok: 204, ends: "any" }],

  ["GET", "//api/chexray/user/", { needs: "read", old: true }],
  ["POST", "//api/chexray/upload/", { needs: "write", old: true, send: () => upload({ title: "T", image }), ok: 201 }],
  ["POST", "//api/chexray/anonupload/", { needs: null, old: true, send: () => upload({ title: "T", image }), ok: 201 }],
  ["POST", "//api/chexray/xray/", { needs: "read", old: true, owned: true, make: ownXray, send: (id) => ({ json: { xray_id: id } }), notOwned: 200 }],
  ["POST", "//api/chexray/signup/", { needs: null, old: true, send: () => ({ json: { username: "owner", password, password2: password } }), ok: 400 }],
  ["POST", "//api/chexray/login/", { needs: null, old: true, send: () => ({ json: { username: "owner", password } }) }],
];

// Would end the session that the other operations are tried with.
const endsSession = (who, { ends }) => ends && who.scopes?.includes("account") && !who.foreign && (ends === "any" || isCookie(who));

const isCookie = ({ client }) => client.credentials.Cookie !== undefined;

// The 2020 interface has another word before a token.
const asOldClient = ({ credentials: { Authorization } }) =>
  Authorization ? { Authorization: Authorization.replace("Bearer", "Token") } : {};

// The status that a client must get. The 2020 interface knows no cookies.
function expected(who, [method, , what]) {
  if (who.foreign && method !== "GET") return 403;
  const nobody = who.unknown || (what.old && isCookie(who));
  if (who.refused) return what.needs === null && !what.old ? [401, what.ok ?? 200] : 401;
  if (nobody) return what.needs === null || what.anonymous ? what.ok ?? 200 : 401;
  if (what.needs !== null && !who.scopes.includes(what.needs)) return 403;
  if (what.owned && !who.owns) return what.notOwned ?? 404;
  return what.ok ?? 200;
}

for (const operation of operations) {
  const [method, pattern, what] = operation;
  test(`${method} ${pattern}`, async () => {
    for (const [name, who] of Object.entries(clients)) {
      if (endsSession(who, what)) continue;
      const id = await what.make?.();
      const options = { ...await what.send?.(id) };
      if (what.old) options.headers = { ...options.headers, ...asOldClient(who.client) };
      const response = await who.client.send(method, pattern.replace("{id}", id), options);
      const text = await response.text();
      assert.ok([expected(who, operation)].flat().includes(response.status),
        `${name}: ${response.status} for ${expected(who, operation)}: ${text.slice(0, 300)}`);
      if (response.status === 401) assert.match(response.headers.get("www-authenticate") ?? "", what.old ? /^Token/ : /^Bearer/, name);
    }
  });
}

test("logging out ends the session and no other", async () => {
  const [here, there] = [await person(server, "owner", { register: false }), await person(server, "owner", { register: false })];
  await here.expect(204, "DELETE", "/session");
  assert.equal((await here.send("GET", "/me")).status, 401);
  await there.get("/me");
});

test("an anonymous upload is for whoever holds its capability", async () => {
  const anyone = new Client(server);
  const { id, capability } = await anyone.expect(201, "POST", "/xrays", upload({ title: "T", image }));
  assert.match(capability, /^[0-9a-f]{64}$/);
  for (const part of ["", "/image", "/thumbnail", "/heatmaps/edema", "/report.pdf"]) {
    const status = async (client, query) => (await client.send("GET", `/xrays/${id}${part}${query}`)).status;
    assert.equal(await status(anyone, `?capability=${capability}`), 200);
    assert.equal(await status(anyone, ""), 401);
    assert.equal(await status(anyone, `?capability=${"a".repeat(64)}`), 404);
    assert.equal(await status(owner, ""), 404);
    assert.equal(await status(admin, ""), 404);
  }
  const { id: second } = await anyone.expect(201, "POST", "/xrays", upload({ title: "T", image }));
  assert.equal((await anyone.send("GET", `/xrays/${second}?capability=${capability}`)).status, 404, "of one X-ray only");
  assert.equal((await anyone.send("DELETE", `/xrays/${id}?capability=${capability}`)).status, 204);
  assert.equal((await anyone.send("GET", `/xrays/${id}?capability=${capability}`)).status, 404);
});

test("what anonymous clients may do is for the configuration to say", async () => {
  const body = () => upload({ title: "T", image });
  for (const [setting, predict, store, old] of [["off", 401, 401, 401], ["read", 200, 200, null], ["store", 200, 201, 201]]) {
    const strict = await serve(...unlimited, "--anonymous", setting);
    const anyone = new Client(strict);
    assert.equal((await anyone.send("POST", "/predict", { body: image, headers: png })).status, predict, setting);
    assert.equal((await anyone.send("POST", "/xrays", body())).status, store, setting);
    const answer = await anyone.send("POST", "//api/chexray/anonupload/", body());
    if (old) assert.equal(answer.status, old, setting);
    const rows = await sql(strict, "SELECT COUNT(*) FROM xrays");
    assert.equal(rows, setting === "store" ? "2" : "0", setting);
    await strict.stop();
  }
});

test("the table has every operation of the documented interface", async () => {
  const file = path.join(import.meta.dirname, "../../src/server/api/openapi.json");
  const { paths } = JSON.parse(await readFile(file));
  const tried = new Set(operations.map(([method, pattern]) => `${method} ${pattern}`));
  for (const [pattern, methods] of Object.entries(paths))
    for (const method of Object.keys(methods).filter((name) => name !== "parameters"))
      assert.ok(tried.has(`${method.toUpperCase()} ${pattern.replace("{finding}", "edema")}`), `${method} ${pattern}`);
});
