// The OpenAPI file by itself: it is valid, its examples are what its schemas say, it names the routes
// that the program has, and checking against it finds what is wrong.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { checkAnswer, checkValue, description, resolve } from "./schema.mjs";

const base = description.servers[0].url;
const operations = Object.entries(description.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));

test("the file is valid OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(description);
  assert.ok(valid, JSON.stringify(errors, null, 1));
  assert.match(description.openapi, /^3\.1\./);
});

test("every operation says what it does, for whom, and how it fails", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length, "operationIds are unique");
  const tags = description.tags.map((tag) => tag.name);
  for (const { path, method, operation } of operations) {
    const what = `${method} ${path}`;
    assert.ok(operation.summary && operation.description, what);
    assert.ok(operation.tags.length === 1 && tags.includes(operation.tags[0]), `${what}: its tag`);
    assert.ok(Object.keys(operation.responses).some((status) => status < 300), `${what}: success`);
    for (const status of ["429", "500", "503"]) assert.ok(operation.responses[status], `${what}: ${status}`);
    const open = operation.security?.length === 0;
    if (!open) assert.ok(operation.responses[401] && operation.responses[403], `${what}: 401 and 403`);
    for (const parameter of (operation.parameters ?? []).map(resolve))
      assert.ok(parameter.description && parameter.schema, `${what}: parameter ${parameter.name}`);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
    const given = (operation.parameters ?? []).map(resolve).filter((one) => one.in === "path").map((one) => one.name);
    assert.deepEqual(given, named, `${what}: parameters of its path`);
  }
});

function* mediaOf(operation, what) {
  for (const [type, media] of Object.entries(operation.requestBody?.content ?? {})) yield [media, `${what}, body ${type}`];
  for (const [status, reference] of Object.entries(operation.responses))
    for (const [type, media] of Object.entries(resolve(reference).content ?? {}))
      yield [media, `${what}, ${status} ${type}`, type];
}

test("examples are what their schemas say, and every JSON answer has one", () => {
  for (const { path, method, operation } of operations) {
    for (const [media, what, type] of mediaOf(operation, `${method} ${path}`)) {
      const examples = [...Object.values(media.examples ?? {}).map((one) => resolve(one).value)];
      if (media.example !== undefined) examples.push(media.example);
      for (const example of examples) checkValue(media.schema, example, what);
      if (/json/.test(type) && path !== "/openapi.json") assert.ok(examples.length > 0, `${what}: no example`);
    }
    for (const parameter of (operation.parameters ?? []).map(resolve))
      if (parameter.example !== undefined) checkValue(parameter.schema, parameter.example, `${path} ${parameter.name}`);
  }
});

// Objects that could hold anything would let every answer pass.
test("objects of answers are closed", () => {
  const open = [];
  for (const [name, schema] of Object.entries(description.components.schemas)) {
    if (schema.type !== "object" || name === "FindingResult") continue; // closed where it is used
    if (schema.additionalProperties !== false && schema.unevaluatedProperties !== false) open.push(name);
  }
  assert.deepEqual(open, []);
});

test("nothing in the file is unused", () => {
  const text = JSON.stringify(description);
  for (const [kind, parts] of Object.entries(description.components))
    for (const name of Object.keys(parts))
      if (kind !== "securitySchemes")
        assert.ok(text.includes(`"#/components/${kind}/${name}"`), `components/${kind}/${name}`);
});

const routes = () => execFileSync(process.env.ROUTE_LIST, { encoding: "utf8" }).trim().split("\n")
  .map((line) => line.split(" ")).filter(([, path]) => path.startsWith(`${base}/`))
  .map(([method, path, scope, who]) => ({ name: `${method} ${path.replace(/\{\w+\}/g, "{}")}`, scope, who }));
const nameOf = ({ path, method }) => `${method} ${base}${path.replace(/\{\w+\}/g, "{}")}`;
const skip = process.env.ROUTE_LIST ? false : "ROUTE_LIST names no program that prints the routes";

test("the program has the routes of the file, and no others under its base", { skip }, () => {
  assert.deepEqual(routes().map(({ name }) => name).sort(), operations.map(nameOf).sort());
});

// Sessions may do all that their user may; the file's scopes are those of API keys.
test("the file says who may use a route as the program does", { skip }, () => {
  const described = new Map(operations.map((one) => [nameOf(one), one.operation.security ?? description.security]));
  for (const { name, scope, who } of routes()) {
    const security = described.get(name);
    const anonymous = security.some((option) => Object.keys(option).length === 0 || option.capability);
    assert.equal(anonymous ? "anonymous" : "known", who, `${name}: without credentials`);
    const scopes = security.flatMap((option) => option.bearer ?? []);
    assert.deepEqual(scopes, ["read", "predict", "write"].includes(scope) ? [scope] : [], `${name}: scope`);
    assert.equal(security.some((option) => option.session), scope !== "none", `${name}: session`);
  }
});

// ---- The checker ----

const ids = { "x-request-id": "5f0c1e9a77b2d384" };
const answer = (status, json, { type = "application/json", headers = {} } = {}) => ({
  status, type, json, text: json === undefined ? "" : JSON.stringify(json), headers: new Headers({ ...ids, ...headers }),
});
const user = resolve({ $ref: "#/components/examples/User" }).value;
const notFound = resolve({ $ref: "#/components/responses/NotFound" }).content["application/problem+json"].example;
const asProblem = { type: "application/problem+json" };

test("the checker passes what is described", () => {
  checkAnswer("GET", "/api/v1/me", answer(200, user));
  checkAnswer("HEAD", "/api/v1/me", answer(200, undefined));
  checkAnswer("DELETE", "/api/v1/me", { ...answer(204, undefined), type: "" });
  checkAnswer("GET", "/api/v1/xrays/12", answer(404, notFound, asProblem));
  checkAnswer("GET", "/api/v1/none", answer(404, notFound, asProblem));
  checkAnswer("PUT", "/api/v1/me", answer(405, {
    ...notFound, type: "/api/v1/docs#method-not-allowed", status: 405,
  }, { ...asProblem, headers: { allow: "GET" } }));
  checkAnswer("OPTIONS", "/api/v1/me", { ...answer(204, undefined, { headers: { allow: "GET" } }), type: "" });
});

test("the checker finds what is not", () => {
  const wrong = {
    "a field too many": ["GET", "/api/v1/me", answer(200, { ...user, password_hash: "" })],
    "a field too few": ["GET", "/api/v1/me", answer(200, { ...user, role: undefined })],
    "another type": ["GET", "/api/v1/me", answer(200, { ...user, id: "7" })],
    "a time without microseconds": ["GET", "/api/v1/me", answer(200, { ...user, created: "2026-11-23T08:31:12Z" })],
    "a status that is not described": ["GET", "/api/v1/me", answer(202, user)],
    "a method that is not": ["PUT", "/api/v1/me", answer(200, user)],
    "a path that is not": ["GET", "/api/v1/none", answer(200, user)],
    "another content type": ["GET", "/api/v1/me", answer(200, user, { type: "text/plain" })],
    "a body where none is": ["DELETE", "/api/v1/me", answer(204, user)],
    "no request id": ["GET", "/api/v1/me", { ...answer(200, user), headers: new Headers() }],
    "an error that is no problem": ["GET", "/api/v1/xrays/12", answer(404, { detail: "Not found." })],
    "a problem with another status": ["GET", "/api/v1/xrays/12", answer(404, { ...notFound, status: 400 }, asProblem)],
    "a problem with another id": ["GET", "/api/v1/xrays/12", answer(404, { ...notFound, request_id: "0" }, asProblem)],
    "a problem of no kind": ["GET", "/api/v1/xrays/12", answer(404, { ...notFound, type: "about:blank" }, asProblem)],
    "401 without WWW-Authenticate": ["GET", "/api/v1/me", answer(401, {
      ...notFound, type: "/api/v1/docs#not-authenticated", status: 401,
    }, asProblem)],
  };
  for (const [what, args] of Object.entries(wrong)) assert.throws(() => checkAnswer(...args), what);
});
