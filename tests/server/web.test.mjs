// The web app's files and pages: languages, codings, versions, nonces, and what is not served.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { ensemble, exchange, program, scratchFolder, serve, serveIn } from "./harness.mjs";

const script = `console.log(${JSON.stringify("x".repeat(500))});\n`;
const index = (language) => `<!doctype html><html lang="${language}"><base href="/${language}/">
<app-root ngCspNonce="CSP_NONCE"></app-root><style nonce="CSP_NONCE"></style>\n`;

// A folder as the web app's build leaves it, with some that must not be served.
async function makeWeb(languages = ["en", "de"]) {
  const folder = await scratchFolder();
  const put = async (name, text) => {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  };
  for (const language of languages) {
    await put(`${language}/index.html`, index(language));
    await put(`${language}/index.html.br`, brotliCompressSync(index(language)));
    await put(`${language}/main-AB12CD34.js`, script);
    await put(`${language}/main-AB12CD34.js.br`, brotliCompressSync(script));
    await put(`${language}/main-AB12CD34.js.gz`, gzipSync(script));
    await put(`${language}/theme.js`, "'use strict';\n");
    await put(`${language}/media/inter-0A1B2C3D.woff2`, "font");
  }
  await put("sw.js", "self.skipWaiting();\n");
  await put("offline.html", "<!doctype html><title>Offline</title>\n");
  await put("manifest.webmanifest", "{}\n");
  await put("icon.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>\n");
  await put("lonely.css.gz", gzipSync("a {}"));
  await put("notes.md", "# Not served\n");
  await put("main.js.map", "{}");
  await put(".env.txt", "hidden");
  await put("deep-ab12cd34.js", "1\n"); // no hash: those are upper case
  return folder;
}

const outside = await scratchFolder();
await writeFile(path.join(outside, "secret.txt"), "not for anybody");
const web = await makeWeb();
await symlink(path.join(outside, "secret.txt"), path.join(web, "linked.txt"));
await symlink(outside, path.join(web, "away"));
const server = await serve("--web", web, "--requests-per-minute", "0");

// Without decoding, and with the path as it is written.
function get(target, { headers = {}, method = "GET", port = server.port } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: "127.0.0.1", method, path: target, headers }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
    });
    request.on("error", reject);
    request.end();
  });
}

const browser = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const asked = (more) => ({ headers: { ...browser, ...more } });
const nonceOf = ({ headers }) => headers["content-security-policy"].match(/'nonce-([^']+)'/)[1];

test("files come with their type, and are kept as long as they may be", async () => {
  const lasting = "public, max-age=31536000, immutable";
  for (const [name, type, kept] of [
    ["/en/main-AB12CD34.js", "text/javascript; charset=utf-8", lasting],
    ["/de/media/inter-0A1B2C3D.woff2", "font/woff2", lasting],
    ["/en/theme.js", "text/javascript; charset=utf-8", "no-cache"],
    ["/deep-ab12cd34.js", "text/javascript; charset=utf-8", "no-cache"],
    ["/sw.js", "text/javascript; charset=utf-8", "no-cache"],
    ["/offline.html", "text/html; charset=utf-8", "no-cache"],
    ["/manifest.webmanifest", "application/manifest+json", "no-cache"],
    ["/icon.svg", "image/svg+xml", "no-cache"],
    ["/docs.css", "text/css; charset=utf-8", "no-cache"],
  ]) {
    const { status, headers } = await get(name);
    assert.equal(status, 200, name);
    assert.equal(headers["content-type"], type, name);
    assert.equal(headers["cache-control"], kept, name);
    assert.equal(headers["x-content-type-options"], "nosniff");
  }
  assert.match((await get("/sw.js")).headers["content-security-policy"], /connect-src 'self'/, "a worker fetches by its own policy");
});

test("a file comes in the coding that the client wants most, each with a version of its own", async () => {
  const wanted = [
    [undefined, undefined], ["gzip, deflate, br, zstd", "br"], ["gzip", "gzip"], ["br;q=0.2, gzip", "gzip"],
    ["br;q=0, *;q=0.1", "gzip"], ["identity, br;q=0.5", undefined], ["*;q=0", undefined],
  ];
  const decode = { br: brotliDecompressSync, gzip: gunzipSync, undefined: (bytes) => bytes };
  const etags = new Set();
  for (const [accepted, coding] of wanted) {
    const headers = accepted === undefined ? {} : { "Accept-Encoding": accepted };
    const answer = await get("/en/main-AB12CD34.js", { headers });
    assert.equal(answer.headers["content-encoding"], coding, accepted);
    assert.equal(answer.headers.vary, "Accept-Encoding");
    assert.equal(decode[coding](answer.body).toString(), script);
    etags.add(answer.headers.etag);
    const again = await get("/en/main-AB12CD34.js", { headers: { ...headers, "If-None-Match": `"x", W/${answer.headers.etag}` } });
    assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, answer.headers.etag]);
    assert.equal(again.headers.vary, "Accept-Encoding");
    const head = await get("/en/main-AB12CD34.js", { headers, method: "HEAD" });
    assert.deepEqual([head.status, head.body.length, head.headers["content-length"]], [200, 0, `${answer.body.length}`]);
  }
  assert.equal(etags.size, 3);
  const plain = await get("/en/theme.js", { headers: { "Accept-Encoding": "br" } });
  assert.deepEqual([plain.headers["content-encoding"], plain.headers.vary], [undefined, undefined]);
});

test("every page of the app is index.html, with a nonce of its own", async () => {
  const seen = new Set();
  for (const page of ["/", "/anonupload", "/results", "/register", "/login", "/users/3", "/users/3/upload", "/xrays/12", "/compare",
    "/developer", "/about", "/settings", "/admin", "/admin/users"]) {
    const answer = await get(page);
    assert.equal(answer.status, 200, page);
    assert.equal(answer.headers["content-type"], "text/html; charset=utf-8");
    assert.equal(answer.headers["cache-control"], "no-cache");
    assert.equal(answer.headers["content-language"], "en");
    const nonce = nonceOf(answer);
    assert.match(nonce, /^[0-9a-f]{32}$/);
    assert.equal(answer.body.toString(), index("en").replaceAll("CSP_NONCE", nonce));
    seen.add(nonce);
  }
  assert.equal(seen.size, 14);
});

test("the policy of pages allows the app's own files and nothing inline", async () => {
  const answer = await get("/");
  assert.equal(answer.headers["content-security-policy"], "default-src 'none'; script-src 'self'; " +
    `style-src 'self' 'nonce-${nonceOf(answer)}'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; ` +
    "manifest-src 'self'; worker-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'");
  assert.match((await get("/api/v1/docs")).headers["content-security-policy"], /base-uri 'none'/);
});

test("a page's language is the cookie's, else the browser's, else English", async () => {
  for (const [headers, language] of [
    [{}, "en"],
    [{ "Accept-Language": "de-AT,de;q=0.9,en;q=0.8" }, "de"],
    [{ "Accept-Language": "en;q=0.5,de" }, "de"],
    [{ "Accept-Language": "fr" }, "en"],
    [{ "Accept-Language": "*" }, "en"],
    [{ "Accept-Language": "de;q=0" }, "en"],
    [{ Cookie: "a=b; language=de" }, "de"],
    [{ Cookie: "language=en", "Accept-Language": "de" }, "en"],
    [{ Cookie: "language=fr", "Accept-Language": "de" }, "de"],
    [{ Cookie: "language=../en" }, "en"],
    [{ Cookie: "language=de; language=de" }, "en"],
  ]) {
    const answer = await get("/login", { headers });
    assert.equal(answer.headers["content-language"], language, JSON.stringify(headers));
    assert.ok(answer.body.includes(`<base href="/${language}/">`));
    for (const name of ["Accept-Language", "Cookie"]) assert.match(answer.headers.vary, new RegExp(`\\b${name}\\b`));
  }
});

test("a browser that goes astray gets the app with 404, a program a problem", async () => {
  for (const target of ["/nowhere", "/users/3/nowhere", "/en/index.html", "/en/gone-AB12CD34.js", "/admin/a/b", "/en/"]) {
    const answer = await get(target, asked({ "Accept-Language": "de" }));
    assert.equal(answer.status, 404, target);
    assert.ok(answer.body.includes('<html lang="de">'));
    const other = await get(target, { headers: { Accept: "*/*" } });
    assert.deepEqual([other.status, other.headers["content-type"]], [404, "application/problem+json"], target);
  }
  for (const target of ["/api/nowhere", "/api/v1/xrays/1/nowhere", "/media/images/1.png"]) {
    const answer = await get(target, asked());
    assert.equal(answer.headers["content-type"], "application/problem+json", target);
  }
  assert.equal((await get("/login", { ...asked(), method: "POST" })).status, 404);
  assert.equal((await get("/api/v1/me", { ...asked(), method: "PUT" })).status, 405);
});

test("only what the folder holds is served: no links, no way out, no unknown or hidden files", async () => {
  for (const target of ["/linked.txt", "/away/secret.txt", "/notes.md", "/main.js.map", "/.env.txt", "/lonely.css", "/lonely.css.gz",
    "/en/main-AB12CD34.js.br", "/no_web.html", "no_web.html", "/EN/theme.js", "/en//theme.js", "/en/theme.js/", "/en/./theme.js"])
    assert.ok([400, 404].includes((await get(target)).status), target);
  for (const step of ["..", "%2e%2e", "%2E.", "..%2f..", "..%5c..", "%252e%252e"])
    for (const target of [`/en/${step}/sw.js`, `/${step}/etc/passwd`, `/en/${step}/${step}/perxeptron.db`, `/en/media/${step}/theme.js`]) {
      const text = await exchange(server, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      assert.match(text, /^HTTP\/1\.1 40[04] /, target);
      assert.doesNotMatch(text, /root:|skipWaiting|use strict/);
    }
});

test("the folder was read at the start: what changes later is not seen", async () => {
  await writeFile(path.join(web, "en/theme.js"), "changed");
  await writeFile(path.join(web, "en/new.js"), "new");
  assert.equal((await get("/en/theme.js")).body.toString(), "'use strict';\n");
  assert.equal((await get("/en/new.js")).status, 404);
});

test("without a web app the server runs, and says so at its pages", async () => {
  const folder = await scratchFolder(); // a program of its own, with no web app beside it
  await copyFile(program, path.join(folder, "perxeptron"));
  const other = `set -- "${folder}/perxeptron" serve --ensemble "${ensemble}" --listen 127.0.0.1:0 --data "${folder}/data"`;
  const bare = await serveIn(folder, [], other);
  assert.match(bare.log, /no web app is installed/);
  const home = await get("/", { port: bare.port });
  assert.equal(home.status, 200);
  assert.match(home.body.toString(), /The web app is not installed[\s\S]*make web[\s\S]*href="\/api\/v1\/docs"/);
  assert.equal((await get("/login", { port: bare.port })).status, 404);
  assert.equal((await get("/nowhere", { ...asked(), port: bare.port })).status, 404);
  assert.equal((await get("/api/v1/docs", { port: bare.port })).status, 200);
  assert.equal(await bare.stop(), 0);
  await mkdir(path.join(folder, "web/en"), { recursive: true });
  await writeFile(path.join(folder, "web/en/index.html"), index("en"));
  const found = await serveIn(folder, [], other);
  assert.ok((await get("/login", { port: found.port })).body.includes("ngCspNonce"), "one beside the program is found");
  assert.equal(await found.stop(), 0);
});

test("a folder that is not the web app, or too much, is refused", async () => {
  const refused = async (folder) => {
    const args = ["serve", "--check-config", "--ensemble", ensemble, "--data", await scratchFolder(), "--web", folder];
    const failure = await promisify(execFile)(program, args).then(() => ({ code: 0 }), (reason) => reason);
    return [failure.code, failure.stderr];
  };
  assert.deepEqual(await refused(web), [0, undefined]);
  assert.equal((await refused(path.join(web, "nowhere")))[0], 4);
  assert.equal((await refused(path.join(web, "sw.js")))[0], 4);
  const [code, said] = await refused(await makeWeb(["de"]));
  assert.equal(code, 2);
  assert.match(said, /not the web app: there is no en\/index\.html in it/);
  const many = await makeWeb();
  await Promise.all(Array.from({ length: 4096 }, (_, i) => writeFile(path.join(many, `${i}.txt`), "")));
  assert.match((await refused(many))[1], /more than 4096 files/);
  const large = await makeWeb();
  await writeFile(path.join(large, "large.json"), "");
  await truncate(path.join(large, "large.json"), 1 << 27);
  assert.match((await refused(large))[1], /more than 128 MiB/);
  const clash = await makeWeb();
  await writeFile(path.join(clash, "docs.js"), "");
  assert.match((await refused(clash))[1], /docs\.js in it is a name of the server's own/);
  const deep = await makeWeb();
  await mkdir(path.join(deep, "a/b/c/d/e/f/g/h"), { recursive: true });
  assert.match((await refused(deep))[1], /deeper/);
});

test("it stops cleanly after all that", async () => {
  assert.equal(await server.stop(), 0);
});
