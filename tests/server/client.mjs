// Clients of the new API as the tests need them: people with sessions, and programs with keys.

import assert from "node:assert/strict";
import { form } from "./harness.mjs";
import "./schema.mjs"; // every answer is checked against the description

export const password = "seven wet horses, one staple";

export class Client {
  // `credentials` are headers: a cookie with its Origin, or Authorization.
  constructor(server, credentials = {}) {
    this.server = server;
    this.credentials = credentials;
  }

  // A path below /api/v1, or another one from the root as "//path".
  url(path) {
    return new URL(path.startsWith("//") ? path.slice(1) : `/api/v1${path}`, this.server.url);
  }

  send(method, path, { json, body, headers = {} } = {}) {
    const type = json === undefined ? {} : { "Content-Type": "application/json" };
    return fetch(this.url(path), {
      method, body: json === undefined ? body : JSON.stringify(json), redirect: "manual",
      headers: { ...type, ...this.credentials, ...headers },
    });
  }

  // The answer's JSON (null for 204), which must have the status expected.
  async expect(status, method, path, options) {
    const response = await this.send(method, path, options);
    const text = await response.text();
    assert.equal(response.status, status, `${method} ${path}: ${text.slice(0, 500)}`);
    return text === "" ? null : JSON.parse(text);
  }

  get = (path) => this.expect(200, "GET", path);

  upload(image, fields = {}, headers = {}) {
    return this.expect(201, "POST", "/xrays", { body: form({ title: "Chest", ...fields, image }), headers });
  }

  // A client with an API key of these scopes; its `key` tells the key's id.
  async withKey(scopes, name = scopes.join(" ")) {
    const key = await this.expect(201, "POST", "/api-keys", { json: { name, scopes } });
    const client = new Client(this.server, { Authorization: `Bearer ${key.key}` });
    client.key = key;
    return client;
  }
}

// Register, unless that is done, and log in.
export async function person(server, username, { kind = "cookie", register = true, secret = password } = {}) {
  const anyone = new Client(server);
  if (register) await anyone.expect(201, "POST", "/users", { json: { username, password: secret } });
  const response = await anyone.send("POST", "/session", { json: { username, password: secret, kind } });
  const session = await response.json();
  assert.equal(response.status, 200, JSON.stringify(session));
  const cookie = response.headers.get("set-cookie")?.split(";")[0];
  const client = new Client(server, kind === "cookie"
    ? { Cookie: cookie, Origin: new URL(server.url).origin }
    : { Authorization: `Bearer ${session.token}` });
  client.user = session.user;
  client.session = session;
  return client;
}
