// Checks answers under /api/v1/ against the OpenAPI file: status, content type, headers and JSON of
// the operation that was asked. What the file does not describe fails.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

export const description = JSON.parse(
  readFileSync(new URL("../../src/server/api/openapi.json", import.meta.url), "utf8"));
const base = description.servers[0].url;

const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
addFormats(ajv);
ajv.addVocabulary(["example", ...Object.keys(description)]); // OpenAPI's own, beside JSON Schema
ajv.addSchema(description, "openapi");

export const resolve = (object) => (object.$ref
  ? object.$ref.slice(2).split("/").reduce((at, key) => at[key.replaceAll("~1", "/")], description)
  : object);

const compiled = new WeakMap();
// Throws unless a value is what a schema of the file says.
export function checkValue(schema, value, what) {
  if (!compiled.has(schema))
    compiled.set(schema, ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'))));
  const validate = compiled.get(schema);
  if (!validate(value))
    assert.fail(`${what}: ${ajv.errorsText(validate.errors, { dataVar: "" })}\nin ${JSON.stringify(value).slice(0, 2000)}`);
}

const patterns = Object.keys(description.paths).map((path) => {
  const text = path.replace(/[.+]/g, "\\$&").replace(/\{\w+\}/g, "[^/]+");
  return { path, pattern: new RegExp(`^${base}${text}$`), exact: !path.includes("{") };
}).sort((a, b) => b.exact - a.exact);

// The path of the file that an address is of.
export const findPath = (pathname) => patterns.find(({ pattern }) => pattern.test(pathname))?.path;

// What may be answered before a path is looked at, or where there is none such.
const everywhere = [400, 408, 413, 414, 417, 421, 429, 431, 503];
const problem = { $ref: "#/components/schemas/Problem" };

function checkProblem(answer, what) {
  assert.match(answer.type, /^application\/problem\+json$/, `${what}: content type of a problem`);
  checkValue(problem, answer.json, what);
  assert.equal(answer.json.status, answer.status, `${what}: the problem's status`);
  assert.equal(answer.json.request_id, answer.headers.get("x-request-id"), `${what}: the problem's request_id`);
}

function checkHeaders(described, answer, what) {
  for (const [name, reference] of Object.entries(described ?? {})) {
    const { required, schema } = resolve(reference);
    const value = answer.headers.get(name);
    if (value === null) assert.ok(!required, `${what}: ${name} is missing`);
    else checkValue(schema, schema.type === "integer" ? Number(value) : value, `${what}: ${name}`);
  }
}

function checkContent(content, answer, method, what) {
  if (!content) {
    assert.ok(!answer.text, `${what}: a body that is not described`);
    return;
  }
  const type = answer.type.split(";")[0];
  assert.ok(content[type], `${what}: "${answer.type}" is not among ${Object.keys(content).join(", ")}`);
  if (method === "HEAD") return;
  if (type === "application/problem+json") checkProblem(answer, what);
  else if (type === "application/json") checkValue(content[type].schema, answer.json, what);
}

// What CORS, and a method that a path does not have, are answered with.
function checkWithoutOperation(path, answer, method, what) {
  if (path && method === "OPTIONS") assert.equal(answer.status, 204, what);
  else assert.equal(answer.status, path ? 405 : 404, `${what}: it is not described`);
  if (path) assert.ok(answer.headers.get("allow"), `${what}: Allow is missing`);
  if (answer.status !== 204 && method !== "HEAD") checkProblem(answer, what);
}

const seen = new Set();
// Operations asked in this process, and the statuses they answered: "GET /me 200".
export const answersSeen = () => seen;

/**
 * Check an answer. `answer` has status, headers (of Fetch), type, text ("" for none), json.
 */
export function checkAnswer(method, pathname, answer) {
  const path = findPath(pathname);
  const what = `${method} ${pathname} answered ${answer.status}`;
  assert.ok(answer.headers.get("x-request-id"), `${what}: X-Request-Id is missing`);
  const operation = path && description.paths[path][(method === "HEAD" ? "GET" : method).toLowerCase()];
  const described = operation?.responses[answer.status];
  if (!described && everywhere.includes(answer.status)) return method !== "HEAD" && checkProblem(answer, what);
  if (!operation) return checkWithoutOperation(path, answer, method, what);
  assert.ok(described, `${what}: this status is not described${answer.text ? `: ${answer.text.slice(0, 500)}` : ""}`);
  seen.add(`${method} ${path} ${answer.status}`);
  checkHeaders(resolve(described).headers, answer, what);
  return checkContent(resolve(described).content, answer, method, what);
}

const isText = (type) => /json|text/.test(type);

/** fetch, whose answers under /api/v1/ must be as described. */
export async function checkedFetch(input, options = {}) {
  const response = await fetchUnchecked(input, options);
  const { pathname } = new URL(input.url ?? input);
  if (!pathname.startsWith(`${base}/`)) return response;
  const type = response.headers.get("content-type") ?? "";
  const text = isText(type) ? await response.clone().text() : "";
  const { status, headers } = response;
  const json = /json/.test(type) && text ? JSON.parse(text) : undefined;
  checkAnswer((options.method ?? input.method ?? "GET").toUpperCase(), pathname, { status, headers, type, text, json });
  return response;
}

const fetchUnchecked = globalThis.fetch;
// From here on every test of this process is checked, whatever way it asks.
globalThis.fetch = checkedFetch;
