// Accounts over the 2020 interface, sentence by sentence as Django REST Framework 3.11 had them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, password, person } from "./client.mjs";
import { form, serve } from "./harness.mjs";

const server = await serve("--password-memory-mib", "1", "--password-passes", "1",
  "--requests-per-minute", "0", "--logins-per-minute", "0");
const anyone = new Client(server);
const old = (method, path, options) => anyone.send(method, `//api/chexray/${path}`, options);
await person(server, "mina");

// Status and text of an answer of the 2020 interface.
async function oldAnswer(path, options) {
  const response = await old("POST", path, options);
  return `${response.status} ${await response.text()}`;
}

test("sign-up's messages, in their order", async () => {
  const required = '["This field is required."]', blank = '["This field may not be blank."]', invalid = '["Not a valid string."]';
  const all = (message) => `400 {"username":${message},"password":${message},"password2":${message}}`;
  const signUp = (json) => oldAnswer("signup/", { json });
  const good = { username: "good", password, password2: password };
  assert.equal(await signUp({}), all(required));
  assert.equal(await oldAnswer("signup/"), all(required), "no body at all");
  assert.equal(await signUp({ username: "", password: " ", password2: "\t\u3000\n" }), all(blank));
  assert.equal(await signUp({ username: true, password: [], password2: {} }), all(invalid));
  assert.equal(await signUp({ username: null, password: null, password2: null }), all('["This field may not be null."]'));
  assert.equal(await signUp({ ...good, username: "mina" }), '400 {"username":["A user with that username already exists."]}');
  const characters = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";
  const long = (most) => `Ensure this field has no more than ${most} characters.`;
  assert.equal(await signUp({ ...good, username: "a b" }), `400 {"username":["${characters}"]}`);
  assert.equal(await signUp({ ...good, username: "x".repeat(151) }), `400 {"username":["${long(150)}"]}`);
  assert.equal(await signUp({ ...good, username: "!".repeat(151) }), `400 {"username":["${characters}","${long(150)}"]}`);
  assert.equal(await signUp({ ...good, password: "x".repeat(129) }), `400 {"password":["${long(128)}"]}`);
  assert.equal(await signUp({ ...good, password2: "different" }), '400 {"password":"Passwords Must Match"}');
  assert.equal(await signUp({ ...good, username: "mina", password2: "different" }),
    '400 {"username":["A user with that username already exists."]}', "the serializer comes first");
  assert.match(await signUp({ ...good, password: "12345678", password2: "12345678" }), /^400 {"password":\[".+"\]}$/);
  assert.match(await signUp({ ...good, username: " good ", password: ` ${password} ` }),
    /^200 {"response":"Successfully Signed Up","username":"good","token":"[0-9a-f]{64}"}$/);
  assert.match(await oldAnswer("login/", { json: { username: "\u00a0good ", password } }), /^200 /);
});

test("numbers are texts, as Python prints them", async () => {
  const names = [["0", "0"], ["-12", "-12"], ["9007199254740993", "9007199254740993"], ["1.5", "1.5"], ["2.0", "2.0"], ["1e3", "1000.0"],
    ["1e16", "1e+16"], ["123456789012345.6", "123456789012345.6"], ["0.0001", "0.0001"], ["0.1", "0.1"], ["1e22", "1e+22"], ["1e-5", "1e-05"]];
  for (const [number, name] of names) {
    const body = `{"username":${number},"password":"${password}","password2":"${password}"}`;
    const answer = await oldAnswer("signup/", { body, headers: { "Content-Type": "application/json" } });
    assert.ok(answer.startsWith(`200 {"response":"Successfully Signed Up","username":"${name}",`), `${number}: ${answer}`);
  }
});

test("bodies that are no fields", async () => {
  const send = (body, type = "application/json") => oldAnswer("login/", { body, headers: { "Content-Type": type } });
  for (const [body, type] of [["[]", "list"], ['"x"', "str"], ["7", "int"], ["1.5", "float"], ["true", "bool"]])
    assert.equal(await send(body), `400 {"non_field_errors":["Invalid data. Expected a dictionary, but got ${type}."]}`);
  assert.equal(await send("null"), '400 {"non_field_errors":["No data provided"]}');
  for (const [body, problem] of [["{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"],
    ["username=x", "Expecting value: line 1 column 1 (char 0)"], ['{"username":\n}', "Expecting value: line 2 column 1 (char 13)"],
    ['{"username":NaN}', "Out of range float values are not JSON compliant: 'NaN'"]])
    assert.equal(await send(body), `400 {"detail":"JSON parse error - ${problem}"}`);
  assert.match(await send(Buffer.from([0x7b, 0xff])), /^400 {"detail":"JSON parse error - .+"}$/);
  assert.equal(await send("x", "text/plain"), '415 {"detail":"Unsupported media type \\"text/plain\\" in request."}');
  assert.match(await send("x", "multipart/form-data"), /^400 {"detail":"Multipart form parse error - .+"}$/);
});

test("log-in's messages", async () => {
  const refused = '400 {"non_field_errors":["Unable to log in with provided credentials."]}';
  for (const fields of [{ username: "mina", password: "wrong" }, { username: "nobody", password }, { username: "mina", password: ` ${password}` },
    { username: "anonymous", password: "!" }])
    assert.equal(await oldAnswer("login/", { json: fields }), refused);
  assert.equal(await oldAnswer("login/", { json: {} }), '400 {"username":["This field is required."],"password":["This field is required."]}');
  assert.equal(await oldAnswer("login/", { json: { username: " ", password: "" } }),
    '400 {"username":["This field may not be blank."],"password":["This field may not be blank."]}');
  assert.equal(await oldAnswer("login/", { body: new URLSearchParams({ username: "mina" }) }), '400 {"password":["This field is required."]}');
  for (const body of [new URLSearchParams({ username: "mina", password }), form({ username: "mina", password })])
    assert.match(await oldAnswer("login/", { body }), /^200 {"userid":\d+,"username":"mina","token":"[0-9a-f]{64}"}$/);
});

test("tokens", async () => {
  const { token: real } = await (await old("POST", "login/", { json: { username: "mina", password } })).json();
  const who = async (header) => {
    const response = await old("GET", "user/", { headers: header ? { Authorization: header } : {} });
    if (response.status === 401) assert.equal(response.headers.get("www-authenticate"), "Token");
    return `${response.status} ${await response.text()}`;
  };
  const refused = (sentence) => `401 {"detail":"${sentence}"}`;
  assert.match(await who(`Token ${real}`), /^200 {"userid":\d+,"username":"mina","pastxrays":\[\]}$/);
  assert.match(await who(`token  ${real}`), /^200 /);
  for (const none of [undefined, "Basic dTpw", `Bearer ${real}`, real])
    assert.equal(await who(none), refused("Authentication credentials were not provided."));
  assert.equal(await who("Token"), refused("Invalid token header. No credentials provided."));
  assert.equal(await who(`Token ${real} x`), refused("Invalid token header. Token string should not contain spaces."));
  assert.equal(await who("Token \u00ff"), refused("Invalid token header. Token string should not contain invalid characters."));
  for (const wrong of ["0", real.slice(1), `${real}0`, "0".repeat(64), `pxk_${real}`])
    assert.equal(await who(`Token ${wrong}`), refused("Invalid token."));
  const open = await old("POST", "login/", { json: { username: "mina", password }, headers: { Authorization: "Token wrong" } });
  assert.equal(open.status, 401, "as Django did: who shows a token must have one, even where none is needed");
});

test("methods", async () => {
  for (const [method, path] of [["GET", "signup/"], ["PUT", "login/"], ["DELETE", "user/"]]) {
    const response = await old(method, path);
    assert.equal(response.status, 405);
    assert.deepEqual(await response.json(), { detail: `Method "${method}" not allowed.` });
    assert.match(response.headers.get("allow"), /OPTIONS/);
  }
});

test("the server ends well, and no name is in its log", async () => {
  assert.equal(await server.stop(), 0);
  assert.doesNotMatch(server.log, /mina|horse|[0-9a-f]{64}/);
});
