// Accounts over both interfaces: signing up, logging in, keys, limits, administration.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { Client, password, person } from "./client.mjs";
import { eventually, exchange, form, phantom, program, scratchFolder, serve, serveIn, storeOptions } from "./harness.mjs";

const cheap = ["--password-memory-mib", "1", "--password-passes", "1"];
const unlimited = ["--requests-per-minute", "0", "--readings-per-minute", "0", "--logins-per-minute", "0"];
const server = await serve(...cheap, ...unlimited);
const anyone = new Client(server);
const token = /^[0-9a-f]{64}$/;

const old = (method, path, options) => anyone.send(method, `//api/chexray/${path}`, options);

async function wrongFields(method, path, json, client = anyone) {
  const problem = await client.expect(400, method, path, { json });
  assert.equal(problem.type, "/api/v1/docs#invalid-request");
  return problem.errors.map(({ field }) => field);
}

// ---- The new interface ----

test("sign up", async () => {
  const user = await anyone.expect(201, "POST", "/users", { json: { username: "mina", password } });
  assert.deepEqual(Object.keys(user), ["id", "username", "role", "disabled", "created", "last_login"]);
  assert.deepEqual({ ...user, id: 0, created: 0 },
    { id: 0, username: "mina", role: "user", disabled: false, created: 0, last_login: null });
  assert.ok(Math.abs(Date.parse(user.created) - Date.now()) < 60_000);
  for (const username of ["mina", "MINA", "anonymous", "Anonymous"]) {
    const problem = await anyone.expect(409, "POST", "/users", { json: { username, password } });
    assert.equal(problem.type, "/api/v1/docs#conflict");
  }
});

test("fields of a sign-up that are wrong are all named", async () => {
  const wrong = (json) => wrongFields("POST", "/users", json);
  assert.deepEqual(await wrong({}), ["username", "password"]);
  assert.deepEqual(await wrong({ username: "x", password, role: "admin" }), ["role"]);
  assert.deepEqual(await wrong({ username: 7, password: ["a"] }), ["username", "password"]);
  assert.deepEqual(await wrong({ username: null, password: null }), ["username", "password"]);
  assert.deepEqual(await wrong({ username: "", password: "" }), ["username", "password"]);
  assert.deepEqual(await wrong({ username: "a b", password: "short" }), ["username", "password"]);
  assert.deepEqual(await wrong({ username: "x".repeat(151), password }), ["username"]);
  assert.deepEqual(await wrong({ username: "ab\0c", password: "a\0bcdefghijklmnop" }), ["username", "password"]);
  assert.deepEqual(await wrong({ username: "x", password: "password123" }), ["password"], "a common one");
  assert.deepEqual(await wrong({ username: "longusername", password: "longusername" }), ["password"]);
  assert.deepEqual(await wrong({ username: "x", password: "a".repeat(1025) }), ["password"]);
  await anyone.expect(201, "POST", "/users", { json: { username: "李".repeat(150), password } });
});

test("only JSON objects are fields", async () => {
  const send = (body, type) => anyone.send("POST", "/users", { body, headers: type ? { "Content-Type": type } : {} });
  assert.equal((await send("username=x&password=y", "application/x-www-form-urlencoded")).status, 415);
  assert.equal((await send(form({ username: "x", password }))).status, 415);
  assert.equal((await send("{}", "text/plain")).status, 415);
  for (const body of ["", "{", "[]", "7", '{"username":"x","username":"y"}', '{"username":"\xff"}'])
    assert.equal((await send(body, "application/json")).status, 400, body);
  assert.equal((await send(`{"username":"${"x".repeat(70_000)}"}`, "application/json")).status, 413);
});

test("log in for a program", async () => {
  const session = await anyone.expect(200, "POST", "/session", { json: { username: "MINA", password, kind: "token" } });
  assert.deepEqual(Object.keys(session), ["user", "expires", "token"]);
  assert.match(session.token, token);
  assert.equal(session.user.username, "mina");
  assert.ok(Math.abs(Date.parse(session.expires) - Date.now() - 24 * 3600_000) < 60_000);
  for (const scheme of ["Bearer", "bearer", "Token", "TOKEN"]) {
    const me = await new Client(server, { Authorization: `${scheme} ${session.token}` }).get("/me");
    assert.equal(me.username, "mina");
    assert.ok(me.last_login);
  }
});

test("log in for a browser", async () => {
  const response = await anyone.send("POST", "/session", { json: { username: "mina", password } });
  assert.deepEqual(Object.keys(await response.json()), ["user", "expires"], "the token is the cookie's alone");
  const cookie = response.headers.get("set-cookie");
  assert.match(cookie, /^perxeptron_session=[0-9a-f]{64}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/);
  const value = cookie.split(";")[0];
  const origin = new URL(server.url).origin;
  const status = async (method, headers) => (await new Client(server, headers).send(method, "/me", { json: method === "GET" ? undefined : {} })).status;
  assert.equal(await status("GET", { Cookie: value }), 200);
  assert.equal(await status("GET", { Cookie: `a=b; ${value}; c=d` }), 200);
  assert.equal(await status("GET", { Cookie: `a=b;${value}` }), 200);
  for (const wrong of [`x${value}`, `${value}0`, value.slice(0, -1), `${value}; ${value}`, `${value}; perxeptron_session=`,
    value.toUpperCase(), `__Host-${value}`, "perxeptron_session", "perxeptron_session=", `a="${value}"`])
    assert.equal(await status("GET", { Cookie: wrong }), 401, wrong);
  assert.equal(await status("GET", { Authorization: `Bearer ${value.split("=")[1]}` }), 401, "no program's token");
  // 400: it got as far as its fields.
  for (const [expected, headers] of [
    [400, { Origin: origin }], [400, { "Sec-Fetch-Site": "same-origin" }], [400, { Origin: origin, "Sec-Fetch-Site": "same-origin" }],
    [403, {}], [403, { Origin: "null" }], [403, { Origin: "https://evil.example" }], [403, { "Sec-Fetch-Site": "none" }],
    [403, { "Sec-Fetch-Site": "same-site" }], [403, { Origin: origin, "Sec-Fetch-Site": "cross-site" }],
    [403, { Origin: "http://localhost:4200" }], [403, { Origin: origin + ".evil.example" }]])
    assert.equal(await status("PATCH", { Cookie: value, ...headers }), expected, JSON.stringify(headers));
  assert.equal((await old("GET", "user/", { headers: { Cookie: value, Origin: origin } })).status, 401, "not in 2020");
});

test("logging in again replaces the browser's session", async () => {
  const before = await person(server, "mina", { register: false });
  const response = await before.send("POST", "/session", { json: { username: "mina", password } });
  const after = response.headers.get("set-cookie").split(";")[0];
  assert.notEqual(after, before.credentials.Cookie);
  assert.equal((await before.send("GET", "/me")).status, 401);
  await new Client(server, { Cookie: after }).get("/me");
});

test("a session that somebody else chose is not taken up", async () => {
  const chosen = `perxeptron_session=${"c".repeat(64)}`;
  const client = new Client(server, { Cookie: chosen, Origin: new URL(server.url).origin });
  const response = await client.send("POST", "/session", { json: { username: "mina", password } });
  assert.equal(response.status, 200);
  assert.ok(!response.headers.get("set-cookie").startsWith(chosen));
  assert.equal((await client.send("GET", "/me")).status, 401);
});

test("unknown users and wrong passwords get the same answer", async () => {
  const answers = [];
  for (const json of [{ username: "mina", password: "wrong" }, { username: "nobody", password: "wrong" },
    { username: "anonymous", password: "!" }, { username: "x".repeat(5000), password: "wrong" }]) {
    const response = await anyone.send("POST", "/session", { json });
    assert.equal(response.status, 401);
    assert.equal(response.headers.get("www-authenticate"), "Bearer");
    answers.push({ ...(await response.json()), request_id: 0 });
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
});

test("log out", async () => {
  const browser = await person(server, "mina", { register: false });
  const response = await browser.send("DELETE", "/session");
  assert.equal(response.status, 204);
  assert.match(response.headers.get("set-cookie"), /^perxeptron_session=; Path=\/; Max-Age=0;/);
  assert.equal((await browser.send("GET", "/me")).status, 401);
  const program = await person(server, "mina", { register: false, kind: "token" });
  assert.equal((await program.send("DELETE", "/session")).headers.get("set-cookie"), null);
  const again = await program.send("GET", "/me");
  assert.equal(again.status, 401);
  assert.equal(again.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
});

test("where an account is logged in, and ending that from elsewhere", async () => {
  const here = await person(server, "roamer");
  const logIn = async (kind, client) => {
    const session = await anyone.expect(200, "POST", "/session", { json: { username: "roamer", password, kind, client } });
    return new Client(server, { Authorization: `Bearer ${session.token}` });
  };
  const night = await logIn("token", "night import ☂");
  await old("POST", "login/", { json: { username: "roamer", password } });
  const { items, next } = await night.get("/sessions");
  assert.equal(next, null);
  assert.deepEqual(items.map(({ kind, client, current }) => [kind, client, current]),
    [["token", null, false], ["token", "night import ☂", true], ["cookie", null, false]]);
  assert.equal(items[2].expires, here.session.expires);
  assert.doesNotMatch(JSON.stringify(items), /[0-9a-f]{32}/);

  const first = await here.get("/sessions?limit=2");
  assert.deepEqual(first.items.map(({ id }) => id), items.slice(0, 2).map(({ id }) => id));
  const second = await here.get(`/sessions?limit=2&cursor=${first.next}`);
  assert.deepEqual([second.items.map(({ id }) => id), second.items[0].current, second.next], [[items[2].id], true, null]);
  await here.expect(400, "GET", "/sessions?cursor=x");

  const stranger = await person(server, "passer-by");
  for (const id of [items[1].id, 999999, 0, "x"]) await stranger.expect(404, "DELETE", `/sessions/${id}`);
  await here.expect(204, "DELETE", `/sessions/${items[1].id}`);
  assert.equal((await night.send("GET", "/me")).status, 401);
  await here.expect(404, "DELETE", `/sessions/${items[1].id}`);
  const response = await here.send("DELETE", `/sessions/${items[2].id}`);
  assert.equal(response.status, 204);
  assert.match(response.headers.get("set-cookie"), /^perxeptron_session=;.* Max-Age=0/);
  assert.equal((await here.send("GET", "/me")).status, 401);
  assert.deepEqual(await wrongFields("POST", "/session", { username: "roamer", password, client: "x".repeat(61) }), ["client"]);
  assert.deepEqual(await wrongFields("POST", "/session", { username: "roamer", password, client: "a\nb" }), ["client"]);
});

test("Authorization headers that are none", async () => {
  const real = (await person(server, "mina", { register: false, kind: "token" })).session.token;
  for (const header of ["Bearer", "Basic bWluYTpwdw==", "Bearer a b", `Bearer ${real} x`, `Bearer ${real.slice(1)}`, `Bearer ${real}0`,
    `Bearer ${real.toUpperCase()}`, `Bearer pxk_${real}`, real, `Bearer=${real}`, `Bearer ${"a".repeat(8_000)}`, "Bearer \u00ff", "pxk_"]) {
    const response = await new Client(server, { Authorization: header }).send("GET", "/me");
    assert.equal(response.status, 401, header.slice(0, 100));
    assert.match(response.headers.get("www-authenticate"), /^Bearer/);
  }
  const byHand = (...headers) => exchange(server, [`GET /api/v1/me HTTP/1.1`, `Host: 127.0.0.1:${server.port}`, ...headers,
    "Connection: close", "", ""].join("\r\n"));
  assert.match(await byHand(`Authorization: Token\t${real} \t`), /^HTTP\/1\.1 200 /);
  assert.match(await byHand("Authorization:"), /^HTTP\/1\.1 401 /);
  assert.match(await byHand(`Authorization: Bearer ${real}`, "Authorization: Bearer other"), /^HTTP\/1\.1 400 /, "two of them mean nothing");
});

test("API keys: made, listed, used, revoked", async () => {
  const owner = await person(server, "keymaker");
  const expires = new Date(Date.now() + 3600_000).toISOString();
  const made = await owner.expect(201, "POST", "/api-keys",
    { json: { name: "night import", scopes: ["write", "read"], per_minute: 30, expires } });
  assert.match(made.key, /^pxk_[0-9a-f]{64}$/);
  const { key, ...rest } = made;
  assert.equal(rest.hint, key.slice(0, 8));
  assert.deepEqual(rest.scopes, ["read", "write"]);
  assert.equal(rest.per_minute, 30);
  assert.equal(Date.parse(rest.expires), Date.parse(expires));
  assert.equal(rest.last_used, null);
  const program = new Client(server, { Authorization: `Bearer ${key}` });
  assert.equal((await program.get("/me")).username, "keymaker");
  const { items, next } = await owner.get("/api-keys");
  assert.equal(next, null);
  assert.equal(items.length, 1);
  assert.deepEqual({ ...items[0], last_used: null }, rest);
  assert.ok(items[0].last_used);
  for (const [method, path] of [["GET", "/api-keys"], ["POST", "/api-keys"], ["PATCH", "/me"], ["DELETE", "/me"], ["DELETE", "/session"]])
    await program.expect(403, method, path, method === "POST" || method === "PATCH" ? { json: {} } : {});
  const stranger = await person(server, "stranger");
  await stranger.expect(404, "DELETE", `/api-keys/${made.id}`);
  for (const id of ["0", "-1", "x", "999999", "1e3", "99999999999999999999"]) await owner.expect(404, "DELETE", `/api-keys/${id}`);
  await program.get("/me");
  await owner.expect(204, "DELETE", `/api-keys/${made.id}`);
  await owner.expect(404, "DELETE", `/api-keys/${made.id}`);
  await program.expect(401, "GET", "/me");
  assert.deepEqual((await owner.get("/api-keys")).items, []);
});

test("fields of an API key that are wrong", async () => {
  const owner = await person(server, "keytester");
  const wrong = (json) => wrongFields("POST", "/api-keys", { name: "n", scopes: ["read"], ...json }, owner);
  for (const name of ["", 7, "x".repeat(101), "a\nb", null]) assert.deepEqual(await wrong({ name }), ["name"]);
  for (const scopes of [[], "read", ["account"], ["admin"], ["read", "read"], [1], {}, null, ["read", "READ"]])
    assert.deepEqual(await wrong({ scopes }), ["scopes"], JSON.stringify(scopes));
  for (const per_minute of [0, -1, 1.5, "7", 100001, 2 ** 53]) assert.deepEqual(await wrong({ per_minute }), ["per_minute"]);
  for (const expires of ["tomorrow", 7, "2020-01-01T00:00:00Z", "2026-13-01T00:00:00Z"]) assert.deepEqual(await wrong({ expires }), ["expires"]);
  assert.deepEqual(await wrong({ key: "pxk_chosen", user_id: 1 }), ["key", "user_id"]);
  await owner.expect(201, "POST", "/api-keys", { json: { name: "n", scopes: ["predict"], per_minute: null, expires: null } });
});

test("an account has 100 keys at most", async () => {
  const owner = await person(server, "hoarder");
  const json = { name: "n", scopes: ["read"] };
  for (let i = 0; i < 100; i++) await owner.expect(201, "POST", "/api-keys", { json });
  await owner.expect(409, "POST", "/api-keys", { json });
  const { items } = await owner.get("/api-keys");
  assert.equal(items.length, 100);
  await owner.expect(204, "DELETE", `/api-keys/${items[3].id}`);
  await owner.expect(201, "POST", "/api-keys", { json });
});

test("another password", async () => {
  const here = await person(server, "changer", { kind: "token" });
  const there = await person(server, "changer", { register: false });
  const key = await here.withKey(["read"]);
  const secret = "another horse battery staple";
  const change = (json) => here.send("PATCH", "/me", { json });
  assert.equal((await change({ current_password: "wrong", new_password: secret })).status, 403);
  assert.deepEqual(await wrongFields("PATCH", "/me", { current_password: password, new_password: "short" }, here), ["new_password"]);
  assert.deepEqual(await wrongFields("PATCH", "/me", { new_password: secret, username: "x" }, here), ["username", "current_password"]);
  await there.get("/me");
  assert.equal((await change({ current_password: password, new_password: secret })).status, 200);
  await here.get("/me");
  await key.get("/me");
  await there.expect(401, "GET", "/me");
  await anyone.expect(401, "POST", "/session", { json: { username: "changer", password } });
  await anyone.expect(200, "POST", "/session", { json: { username: "changer", password: secret } });
});

test("logging in with the old password while it is changed leaves no session", async () => {
  const secrets = [password, "another horse battery staple"];
  const owner = await person(server, "hurried", { kind: "token" });
  for (let round = 0; round < 6; round++) {
    const [before, after] = round % 2 ? secrets.toReversed() : secrets;
    const logIn = () => anyone.send("POST", "/session", { json: { username: "hurried", password: before, kind: "token" } });
    const logIns = Array.from({ length: 3 }, logIn);
    const change = owner.send("PATCH", "/me", { json: { current_password: before, new_password: after } });
    const late = Array.from({ length: 3 }, logIn);
    assert.equal((await change).status, 200);
    for (const response of await Promise.all([...logIns, ...late])) {
      const { token } = await response.json();
      if (response.status !== 200) assert.ok([401, 503].includes(response.status), `${response.status}`);
      else await new Client(server, { Authorization: `Bearer ${token}` }).expect(401, "GET", "/me");
    }
  }
  await owner.get("/me");
});

test("delete the account", async () => {
  const leaver = await person(server, "leaver");
  const key = await leaver.withKey(["read"]);
  assert.deepEqual(await wrongFields("DELETE", "/me", {}, leaver), ["password"]);
  await leaver.expect(403, "DELETE", "/me", { json: { password: "wrong" } });
  const gone = await leaver.send("DELETE", "/me", { json: { password } });
  assert.equal(gone.status, 204);
  assert.match(gone.headers.get("set-cookie"), /Max-Age=0/);
  await leaver.expect(401, "GET", "/me");
  await key.expect(401, "GET", "/me");
  await anyone.expect(401, "POST", "/session", { json: { username: "leaver", password } });
  const { id } = await anyone.expect(201, "POST", "/users", { json: { username: "leaver", password } });
  assert.notEqual(id, leaver.user.id, "numbers are not used again");
});

test("of sign-ups for one name at once, one is taken", async () => {
  const json = { username: "racer", password };
  const users = Array.from({ length: 6 }, () => anyone.send("POST", "/users", { json }).then((response) => response.status));
  const olds = Array.from({ length: 6 }, () => old("POST", "signup/", { json: { ...json, password2: password } }).then((response) => response.status));
  const statuses = [...await Promise.all(users), ...await Promise.all(olds)];
  assert.equal(statuses.filter((status) => status < 300).length, 1, statuses.join());
  assert.ok(statuses.every((status) => [200, 201, 400, 409].includes(status)), statuses.join());
});

test("a key that is revoked while it is used stops working at once", async () => {
  const owner = await person(server, "revoker");
  const key = await owner.withKey(["read"]);
  const use = () => key.send("GET", "/me").then((response) => response.status);
  const during = Promise.all(Array.from({ length: 30 }, use));
  await owner.expect(204, "DELETE", `/api-keys/${key.key.id}`);
  const after = await Promise.all(Array.from({ length: 10 }, use));
  assert.ok((await during).every((status) => [200, 401].includes(status)));
  assert.ok(after.every((status) => status === 401));
});

test("what an account used", async () => {
  const user = await person(server, "counted");
  const { requests_per_minute, readings_per_minute } = await user.get("/usage");
  assert.deepEqual([requests_per_minute, readings_per_minute], [null, null]);
  for (let i = 0; i < 5; i++) await user.get("/me");
  await user.expect(200, "POST", "/predict", { body: await phantom("--size", "80"), headers: { "Content-Type": "image/png" } });
  await user.expect(400, "POST", "/predict", { body: "no image", headers: { "Content-Type": "image/png" } });
  let days;
  await eventually(async () => ({ days } = await user.get("/usage")).days[0].requests >= 8, "requests are counted");
  assert.equal(days.length, 1);
  assert.equal(days[0].day, new Date().toISOString().slice(0, 10));
  assert.equal(days[0].readings, 1, "what failed was not read");
});

// ---- Administration ----

test("administration is for admins", async () => {
  const admin = await makeAdmin("root");
  const mina = await person(server, "mina", { register: false });
  const ids = [];
  let cursor = "";
  do {
    const page = await admin.get(`/admin/users?limit=3${cursor}`);
    assert.ok(page.items.length <= 3);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.next && `&cursor=${page.next}`;
  } while (cursor);
  assert.deepEqual(ids, ids.toSorted((a, b) => a - b));
  assert.ok(ids.includes(mina.user.id) && ids.includes(admin.user.id));
  assert.ok(!ids.includes(1), "nobody's account");
  for (const query of ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=-1", "cursor=", "limit=1e1"])
    await admin.expect(400, "GET", `/admin/users?${query}`);
});

test("an admin disables, and makes admins", async () => {
  const admin = await person(server, "root", { register: false });
  const victim = await person(server, "victim", { kind: "token" });
  const key = await victim.withKey(["read"]);
  const change = (id, json) => admin.send("PATCH", `/admin/users/${id}`, { json });
  const changed = await (await change(victim.user.id, { disabled: true })).json();
  assert.equal(changed.disabled, true);
  await victim.expect(401, "GET", "/me");
  await key.expect(401, "GET", "/me");
  await anyone.expect(401, "POST", "/session", { json: { username: "victim", password } });
  assert.equal((await change(victim.user.id, { disabled: false })).status, 200);
  await victim.expect(401, "GET", "/me");
  await key.get("/me");
  const again = await person(server, "victim", { register: false });
  await again.expect(403, "GET", "/admin/state");
  assert.equal((await (await change(victim.user.id, { role: "admin" })).json()).role, "admin");
  await again.get("/admin/state");
  assert.equal((await change(victim.user.id, { role: "user" })).status, 200);
  await again.expect(403, "GET", "/admin/state");
  for (const id of [1, 0, 999999, "x"]) assert.equal((await change(id, { role: "admin" })).status, 404);
  for (const json of [{}, { role: "root" }, { disabled: 1 }, { disabled: "true" }, { role: null }, { username: "x" }, { password: "x" }])
    assert.equal((await change(victim.user.id, json)).status, 400, JSON.stringify(json));
});

test("users are found by a part of their name", async () => {
  const admin = await makeAdmin("finder");
  for (const username of ["Needle", "needle_2", "Ünadel"]) await anyone.expect(201, "POST", "/users", { json: { username, password } });
  const found = async (query) => (await admin.get(`/admin/users?${query}`)).items.map(({ username }) => username);
  assert.deepEqual(await found("text=NEED"), ["Needle", "needle_2"]);
  assert.deepEqual(await found("text=_"), ["needle_2"]);
  assert.deepEqual(await found("text=%C3%9Cn"), ["Ünadel"]);
  assert.deepEqual(await found("text=anonymous"), []);
  assert.deepEqual(await found("text=%25"), []);
  const first = await admin.get("/admin/users?text=need&limit=1");
  assert.deepEqual(await found(`text=need&limit=1&cursor=${first.next}`), ["needle_2"]);
  for (const query of ["text=", `text=${"x".repeat(201)}`, "text=%ff"]) await admin.expect(400, "GET", `/admin/users?${query}`);
});

test("an admin gives a new password, once", async () => {
  const admin = await makeAdmin("helper");
  const lost = await person(server, "lost");
  const key = await lost.withKey(["read"]);
  const { password: made } = await admin.expect(200, "POST", `/admin/users/${lost.user.id}/password`);
  assert.equal((await lost.send("GET", "/me")).status, 401);
  await key.get("/me");
  await anyone.expect(401, "POST", "/session", { json: { username: "lost", password } });
  await person(server, "lost", { register: false, secret: made });
  const again = await admin.expect(200, "POST", `/admin/users/${lost.user.id}/password`);
  assert.notEqual(again.password, made);
  for (const id of [1, 0, 999999, "x"]) await admin.expect(404, "POST", `/admin/users/${id}/password`);
  const { user_id: by, action } = await lastEntry(admin, `user:${lost.user.id}`);
  assert.deepEqual([by, action], [admin.user.id, "user.password"]);
  assert.ok(!server.log.includes(made));
});

// The newest entry of the audit trail about something.
async function lastEntry(admin, object) {
  const { items } = await admin.get("/admin/audit?limit=100&sort=newest");
  return items.find((entry) => entry.object === object);
}

test("what admins change at the same time is all kept", async () => {
  const admin = await makeAdmin("hasty");
  const user = await admin.expect(201, "POST", "/users", { json: { username: "torn", password } });
  const change = (json) => admin.expect(200, "PATCH", `/admin/users/${user.id}`, { json });
  for (let i = 0; i < 10; i++) {
    await change({ role: "user", disabled: false });
    await Promise.all([change({ disabled: true }), change({ role: "admin" })]);
    const { items } = await admin.get("/admin/users?limit=100");
    const { role, disabled } = items.find(({ id }) => id === user.id);
    assert.deepEqual({ role, disabled }, { role: "admin", disabled: true });
  }
});

test("one admin is always left", async () => {
  const [one, two] = [await person(server, "root", { register: false }), await makeAdmin("second")];
  const change = (admin, id, json) => admin.send("PATCH", `/admin/users/${id}`, { json }).then((response) => response.status);
  assert.equal(await change(one, one.user.id, { role: "user" }), 409);
  assert.equal(await change(one, one.user.id, { disabled: true }), 409);
  assert.equal(await change(one, one.user.id, { disabled: false }), 200);
  await one.expect(409, "DELETE", "/me", { json: { password } });
  const statuses = await Promise.all([change(one, two.user.id, { role: "user" }), change(two, one.user.id, { role: "user" })]);
  assert.deepEqual(statuses.toSorted(), [200, 403]);
  const left = statuses[0] === 200 ? one : two;
  await left.get("/admin/state");
});

test("the audit trail, page by page", async () => {
  const admin = await makeAdmin("auditor");
  const entries = [];
  let cursor = "";
  do {
    const page = await admin.get(`/admin/audit?limit=50${cursor}`);
    entries.push(...page.items);
    cursor = page.next && `&cursor=${page.next}`;
  } while (cursor);
  for (const [i, entry] of entries.entries()) {
    assert.equal(entry.number, i + 1);
    assert.equal(entry.before, i ? entries[i - 1].hash : "0".repeat(64));
  }
  // The newest first: the same entries, but for those of its own making.
  const newest = await admin.get("/admin/audit?limit=5&sort=newest");
  const older = await admin.get(`/admin/audit?limit=5&sort=newest&cursor=${newest.next}`);
  const numbers = [...newest.items, ...older.items].map(({ number }) => number);
  assert.deepEqual(numbers, numbers.map((_, i) => numbers[0] - i));
  assert.ok(numbers[0] >= entries.length);
  assert.deepEqual(older.items.at(-1), entries[numbers.at(-1) - 1]);
  const actions = new Set(entries.map(({ action }) => action));
  for (const action of ["user.add", "user.password", "user.delete", "user.disable"]) assert.ok(actions.has(action), action);
  assert.ok(!/mina|leaver|horse/.test(JSON.stringify(entries)), "numbers, no names");
});

test("the state of the server", async () => {
  const admin = await makeAdmin("stater");
  const state = await admin.get("/admin/state");
  assert.match(state.driver, /^(sqlite|postgresql)$/);
  assert.ok(state.users > 5 && state.sessions > 5 && state.audit_entries > 20 && state.free_bytes > 0);
  assert.match(state.version, /^\d+\.\d+/);
  assert.equal(state.queue_room, 32);
  const age = Date.now() - Date.parse(state.started);
  assert.ok(age >= 0 && age < 30 * 60000, state.started);
  await eventually(async () => (await admin.get("/admin/state")).connections >= 1, "connections are looked at now and then");
});

test("the state tells how many images wait", async () => {
  const busy = await serve(...cheap, ...unlimited, "--queue", "40");
  await person(busy, "watcher");
  await promisify(execFile)(program, ["user", "set-role", "--role", "admin", "watcher", ...storeOptions(busy)]);
  const watcher = await person(busy, "watcher", { register: false });
  const image = await phantom("--size", "512");
  const crowd = Array.from({ length: 30 }, () => watcher.expect(200, "POST", "/predict?heatmaps=1", { body: image, headers: { "Content-Type": "image/png" } }));
  const waiting = async () => (await watcher.get("/admin/state")).queue_length;
  await eventually(async () => (await waiting()) > 1, "somebody waits");
  await Promise.all(crowd);
  await eventually(async () => (await waiting()) === 0, "nobody waits any more");
  assert.equal((await watcher.get("/admin/state")).queue_room, 40);
  assert.equal(await busy.stop(), 0);
});

// ---- Settings and limits ----

test("what the server allows is told to anyone", async () => {
  const settings = ["--sign-up", "off", "--anonymous", "read", "--anonymous-hours", "7", "--password-least", "15", "--max-upload-mib", "3"];
  const strict = await serve(...settings);
  const told = await new Client(strict).get("/server");
  assert.deepEqual(told, {
    version: told.version, sign_up: false, anonymous: "read", anonymous_hours: 7, password_least: 15, max_upload_bytes: 3 << 20,
  });
  assert.match(told.version, /^\d+\.\d+/);
  for (const anonymous of ["off", "store"]) {
    const other = await serve("--anonymous", anonymous);
    assert.equal((await new Client(other).get("/server")).anonymous, anonymous);
    assert.equal(await other.stop(), 0);
  }
  assert.equal(await strict.stop(), 0);
});

test("where sign-up is off, nobody signs up", async () => {
  const closed = await serve(...cheap, "--sign-up", "off");
  const visitor = new Client(closed);
  await visitor.expect(403, "POST", "/users", { json: { username: "mina", password } });
  const response = await visitor.send("POST", "//api/chexray/signup/", { json: { username: "mina", password, password2: password } });
  assert.equal(response.status, 403);
  assert.deepEqual(Object.keys(await response.json()), ["detail"]);
  await closed.stop();
});

test("accounts and sessions outlive the server", async () => {
  const data = await scratchFolder();
  const first = await serveIn(data, [...cheap]);
  const before = await person(first, "mina", { kind: "token" });
  await before.get("/me");
  await first.stop();
  const second = await serveIn(data, [...cheap]);
  const after = new Client(second, before.credentials);
  assert.equal((await after.get("/me")).id, before.user.id);
  assert.equal((await after.get("/usage")).days.length, 1, "what was used was written");
  await second.stop();
});

test("a limit is told before it is reached, and when it is", async () => {
  const strict = await serve(...cheap, "--requests-per-minute", "5", "--logins-per-minute", "0");
  const user = await person(strict, "mina", { kind: "token" });
  const other = await person(strict, "other", { kind: "token" });
  for (let left = 4; left >= 0; left--) {
    const response = await user.send("GET", "/me");
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("ratelimit-policy"), '"requests";q=5;w=60');
    assert.match(response.headers.get("ratelimit"), new RegExp(`^"requests";r=${left};t=\\d+$`));
  }
  const refused = await user.send("GET", "/me");
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get("ratelimit"), /^"requests";r=0;t=\d+$/);
  const wait = Number(refused.headers.get("retry-after"));
  assert.ok(wait >= 1 && wait <= 12, `${wait}`);
  assert.equal((await refused.json()).type, "/api/v1/docs#too-many-requests");
  const now = await user.send("GET", "//api/chexray/user/", { headers: { Authorization: `Token ${user.session.token}` } });
  assert.match(await now.text(), /^{"detail":"Request was throttled. Expected available in \d+ seconds?."}$/);
  assert.equal(now.headers.get("ratelimit"), null);
  await other.get("/me");
  await strict.stop();
});

test("a key's own limit", async () => {
  const user = await person(server, "limiter");
  const { key } = await user.expect(201, "POST", "/api-keys", { json: { name: "slow", scopes: ["read"], per_minute: 2 } });
  const program = new Client(server, { Authorization: `Token ${key}` });
  for (const left of [1, 0]) assert.match((await program.send("GET", "/me")).headers.get("ratelimit"), new RegExp(`^"requests";r=${left};`));
  const refused = await program.send("GET", "/me");
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("ratelimit-policy"), '"requests";q=2;w=60');
  await user.get("/me");
});

test("guessing tokens is limited by address", async () => {
  const strict = await serve(...cheap, "--requests-per-minute", "5");
  const guess = () => new Client(strict, { Authorization: `Bearer ${"a".repeat(64)}` }).send("GET", "/me");
  const statuses = [];
  for (let i = 0; i < 8; i++) statuses.push((await guess()).status);
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
  await strict.stop();
});

test("log-ins are limited by address, and wait after failures", async () => {
  const strict = await serve(...cheap, "--logins-per-minute", "6");
  const visitor = new Client(strict);
  await visitor.expect(201, "POST", "/users", { json: { username: "mina", password } });
  const attempt = (secret) => visitor.send("POST", "/session", { json: { username: "mina", password: secret, kind: "token" } });
  for (let i = 0; i < 3; i++) assert.equal((await attempt("wrong")).status, 401);
  const waiting = await attempt(password);
  assert.equal(waiting.status, 429);
  assert.match(waiting.headers.get("retry-after"), /^[12]$/);
  const old = await visitor.send("POST", "//api/chexray/login/", { json: { username: "MINA", password } });
  assert.equal(old.status, 429);
  assert.match(await old.text(), /^{"detail":"Request was throttled. Expected available in [12] seconds?."}$/);
  const last = await attempt(password);
  assert.equal(last.status, 429);
  assert.equal(last.headers.get("ratelimit-policy"), '"log-ins";q=6;w=60');
  await strict.stop();
});

// The first admin is made on the command line, beside the running server.
async function makeAdmin(username) {
  await person(server, username);
  await promisify(execFile)(program, ["user", "set-role", "--role", "admin", username, ...storeOptions(server)]);
  return person(server, username, { register: false });
}

test("the server ends well, and nothing of it is in the log", async () => {
  assert.equal(await server.stop(), 0);
  assert.match(server.log, /POST \/api\/v1\/users 201/);
  assert.doesNotMatch(server.log, /mina|horse|pxk_|[0-9a-f]{64}|keymaker|127\.0\.0\.1/);
});
