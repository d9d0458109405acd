// Finishes a build of the app: puts the files at the root of the site in place, adds the licences of
// what is in it besides code, and makes a copy in brotli and one in gzip of each file that shrinks by
// it; last, a file `finished` for make. Usage: node finish.mjs FOLDER
import { appendFile, cp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const folder = process.argv[2];
const worthwhile = 512; // bytes
const codings = {
  ".br": (bytes) => promisify(brotliCompress)(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }),
  ".gz": (bytes) => promisify(gzip)(bytes, { level: 9 }),
};

// Angular lists the licences of code alone.
const drawn = ["@fontsource-variable/inter", "@material-symbols/svg-400"];

async function addLicence(name) {
  const place = path.join(import.meta.dirname, "../node_modules", name);
  const { license } = JSON.parse(await readFile(path.join(place, "package.json")));
  const text = await readFile(path.join(place, "LICENSE"), "utf8");
  await appendFile(path.join(folder, "3rdpartylicenses.txt"), `Package: ${name}\nLicense: "${license}"\n\n${text}\n${"-".repeat(80)}\n`);
}

async function compress(file) {
  const bytes = await readFile(file);
  if (bytes.length < worthwhile) return;
  for (const [ending, code] of Object.entries(codings)) {
    const coded = await code(bytes);
    if (coded.length < 0.95 * bytes.length) await writeFile(file + ending, coded);
  }
}

for (const name of drawn) await addLicence(name);
await rm(path.join(folder, "prerendered-routes.json"), { force: true });
await cp(path.join(import.meta.dirname, "../root"), folder, { recursive: true });
for (const name of await readdir(folder, { recursive: true })) {
  const file = path.join(folder, name);
  // A page gets its nonce when it is served.
  const fixed = /\.(js|css|svg|json|webmanifest|txt)$/.test(name) || name === "offline.html";
  if (fixed && (await stat(file)).isFile()) await compress(file);
}
await writeFile(path.join(folder, "finished"), "");
