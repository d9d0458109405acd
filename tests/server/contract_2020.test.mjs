// The 2020 system's web client, call by call as it made them, against this server: what it sent, and
// every byte of an answer that it could have looked at.

import assert from "node:assert/strict";
import { test } from "node:test";
import { form, phantom, serve } from "./harness.mjs";

const server = await serve();
const image = await phantom("--size", "96");
const origin = "http://localhost:4200"; // where its pages came from
const api = `${server.url}api/chexray/`;
const secret = "a password of 2020";
let token, owned;

// The answer's status and text; CORS headers must be there, or the browser would not have shown it.
async function call(method, path, { body, headers = {}, json } = {}) {
  const type = json === undefined ? {} : { "Content-Type": "application/json" };
  const response = await fetch(api + path, {
    method, body: json === undefined ? body : JSON.stringify(json),
    headers: { Origin: origin, ...type, ...headers }, redirect: "manual",
  });
  assert.equal(response.headers.get("access-control-allow-origin"), origin);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const asUser = () => ({ Authorization: `Token ${token}` });

async function refuses(status, text, ...args) {
  const answer = await call(...args);
  assert.equal(answer.text, text);
  assert.equal(answer.status, status);
  assert.equal(answer.headers.get("content-type"), "application/json");
  return answer;
}

function assertXray(text, userperson) {
  const number = "[0-9]+", decision = "(1\\.0|0\\.0)";
  const link = (folder, suffix) => `"/media/${folder}[^"/?]+\\.${suffix}\\?[^"]+"`;
  assert.match(text, new RegExp(`^{"id":${number},"title":"Chest-X-Ray","image":${link("images/", "png")},` +
    '"date_posted":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z",' +
    `"userperson":${userperson},"heatmap_image":${link("heatmaps/heatmap_", "jpg")},` +
    `"atelectasis":${decision},"cardiomegaly":${decision},"consolidation":${decision},"edema":${decision},` +
    `"pleural_effusion":${decision}}$`));
  return JSON.parse(text);
}

test("the browser asks before it sends a token", async () => {
  const response = await fetch(`${api}user/`, {
    method: "OPTIONS",
    headers: { Origin: origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization" },
  });
  assert.ok(response.ok);
  assert.equal(response.headers.get("access-control-allow-origin"), origin);
  assert.match(response.headers.get("access-control-allow-headers"), /authorization/i);
  assert.match(response.headers.get("access-control-allow-methods"), /GET/);
});

test("register", async () => {
  const json = { username: "user2020", password: secret, password2: secret };
  const { status, text } = await call("POST", "signup/", { json });
  assert.equal(status, 200);
  assert.match(text, /^{"response":"Successfully Signed Up","username":"user2020","token":"[0-9a-f]+"}$/);
  await refuses(400, '{"username":["A user with that username already exists."]}', "POST", "signup/", { json });
  await refuses(400, '{"password":"Passwords Must Match"}', "POST", "signup/",
    { json: { ...json, username: "another", password2: "something else" } });
  await refuses(400, '{"username":["This field is required."],"password":["This field is required."],"password2":["This field is required."]}',
    "POST", "signup/", { json: {} });
  await refuses(400, '{"username":["This field may not be blank."],"password":["This field may not be blank."],"password2":["This field may not be blank."]}',
    "POST", "signup/", { json: { username: "", password: "", password2: "" } });
});

test("log in, as JSON, as a form and as multipart", async () => {
  const fields = { username: "user2020", password: secret };
  const pattern = /^{"userid":(\d+),"username":"user2020","token":"([0-9a-f]+)"}$/;
  for (const body of [form(fields), new URLSearchParams(fields)]) {
    const { status, text } = await call("POST", "login/", { body });
    assert.equal(status, 200);
    assert.match(text, pattern);
  }
  const { text } = await call("POST", "login/", { json: fields });
  token = pattern.exec(text)[2];
  await refuses(400, '{"non_field_errors":["Unable to log in with provided credentials."]}', "POST", "login/",
    { json: { ...fields, password: "wrong" } });
  await refuses(400, '{"non_field_errors":["Unable to log in with provided credentials."]}', "POST", "login/",
    { json: { ...fields, username: "nobody" } });
  await refuses(400, '{"username":["This field is required."],"password":["This field may not be blank."]}', "POST", "login/",
    { json: { password: "" } });
});

test("the profile page asks who the user is", async () => {
  const { status, text } = await call("GET", "user/", { headers: asUser() });
  assert.equal(status, 200);
  assert.match(text, /^{"userid":\d+,"username":"user2020","pastxrays":\[\]}$/);
});

test("upload, and look at what was uploaded", async () => {
  const fields = { title: "Chest-X-Ray", image };
  const { userid } = JSON.parse((await call("GET", "user/", { headers: asUser() })).text);
  owned = [];
  for (let i = 0; i < 2; i++) {
    const { status, text } = await call("POST", "upload/", { headers: asUser(), body: form(fields) });
    assert.equal(status, 201);
    owned.push(assertXray(text, userid));
  }
  const { text } = await call("GET", "user/", { headers: asUser() });
  assert.deepEqual(JSON.parse(text).pastxrays, [owned[1].id, owned[0].id], "newest first");
  for (const json of [{ xray_id: owned[0].id }, { xray_id: `${owned[0].id}` }]) {
    const seen = await call("POST", "xray/", { headers: asUser(), json });
    assert.equal(seen.status, 200);
    const xray = assertXray(seen.text, userid);
    assert.deepEqual({ ...xray, image: 0, heatmap_image: 0 }, { ...owned[0], image: 0, heatmap_image: 0 });
  }
});

test("the pages show image and heat map, which need no header", async () => {
  const picture = await fetch(new URL(owned[0].image, server.url), { headers: { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image" } });
  assert.equal(picture.status, 200);
  assert.equal(picture.headers.get("content-type"), "image/png");
  assert.deepEqual(Buffer.from(await picture.arrayBuffer()), image);
  const heatMap = await fetch(new URL(owned[0].heatmap_image, server.url));
  assert.equal(heatMap.headers.get("content-type"), "image/jpeg");
  assert.equal(Buffer.from(await heatMap.arrayBuffer()).subarray(0, 3).toString("hex"), "ffd8ff");
  const { pathname, search } = new URL(owned[0].image, server.url);
  for (const forged of [pathname, pathname + search.replace(/.$/, (c) => (c === "0" ? "1" : "0")),
    pathname.replace(/\d+/, (id) => Number(id) + 1) + search, pathname + search.replace(/expires=\d/, "expires=9")])
    assert.ok([403, 404].includes((await fetch(new URL(forged, server.url))).status), forged);
});

test("upload without an account", async () => {
  const { status, text } = await call("POST", "anonupload/", { body: form({ title: "Chest-X-Ray", image }) });
  assert.equal(status, 201);
  const { id, image: link } = assertXray(text, 1);
  assert.equal((await fetch(new URL(link, server.url))).status, 200);
  const { text: refusal } = await call("POST", "xray/", { headers: asUser(), json: { xray_id: id } });
  assert.equal(refusal, '{"response":"You don\'t have permission to view this."}');
});

test("fields that are missing or wrong", async () => {
  for (const path of ["upload/", "anonupload/"]) {
    const headers = path === "upload/" ? asUser() : {};
    await refuses(400, '{"image":["No file was submitted."]}', "POST", path, { headers, body: form({ title: "x" }) });
    await refuses(400, '{"title":["This field is required."]}', "POST", path, { headers, body: form({ image }) });
    await refuses(400, '{"title":["This field is required."],"image":["No file was submitted."]}', "POST", path, { headers, json: {} });
    await refuses(400, '{"title":["Ensure this field has no more than 50 characters."]}', "POST", path,
      { headers, body: form({ title: "x".repeat(51), image }) });
  }
  await refuses(404, '{"detail":"Not found."}', "POST", "xray/", { headers: asUser(), json: { xray_id: 999999 } });
});

test("no, malformed and wrong tokens", async () => {
  const missing = '{"detail":"Authentication credentials were not provided."}';
  for (const [method, path] of [["GET", "user/"], ["POST", "xray/"], ["POST", "upload/"]]) {
    for (const [text, headers] of [
      [missing, {}],
      [missing, { Authorization: "Basic dTpw" }],
      ['{"detail":"Invalid token."}', { Authorization: `Token ${"0".repeat(64)}` }],
      ['{"detail":"Invalid token header. No credentials provided."}', { Authorization: "Token" }],
      ['{"detail":"Invalid token header. Token string should not contain spaces."}', { Authorization: "Token a b" }],
    ]) {
      const answer = await refuses(401, text, method, path, { headers, json: method === "POST" ? {} : undefined });
      assert.equal(answer.headers.get("www-authenticate"), "Token");
    }
  }
});

test("somebody else's X-ray", async () => {
  const json = { username: "other2020", password: secret, password2: secret };
  const other = JSON.parse((await call("POST", "signup/", { json })).text);
  const { status, text } = await call("POST", "xray/", { headers: { Authorization: `Token ${other.token}` }, json: { xray_id: owned[0].id } });
  assert.equal(status, 200);
  assert.equal(text, '{"response":"You don\'t have permission to view this."}');
});

test("wrong methods, and paths without their slash", async () => {
  for (const path of ["signup/", "login/", "xray/", "upload/", "anonupload/"])
    await refuses(405, '{"detail":"Method \\"GET\\" not allowed."}', "GET", path, { headers: asUser() });
  await refuses(405, '{"detail":"Method \\"POST\\" not allowed."}', "POST", "user/", { headers: asUser(), json: {} });
  const { status, headers } = await call("GET", "user", { headers: asUser() });
  assert.equal(status, 301);
  assert.equal(new URL(headers.get("location"), server.url).pathname, "/api/chexray/user/");
});
