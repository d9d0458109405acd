// Writes src/app/shared/icons.ts: the outlines of those of Google's Material Symbols (Apache-2.0)
// that src/app/shared/icon_names.json lists. Usage: node make_icons.mjs
import { readFile, writeFile } from "node:fs/promises";

const shared = new URL("../src/app/shared/", import.meta.url);
const symbols = new URL("../node_modules/@material-symbols/svg-400/rounded/", import.meta.url);

async function outline(name) {
  const svg = await readFile(new URL(`${name}.svg`, symbols), "utf8");
  const path = svg.match(/viewBox="0 -960 960 960"><path d="([^"]+)"\/><\/svg>/)?.[1];
  if (!path) throw new Error(`${name}: not the one path on a 960 grid that the icons are`);
  return `  ${name}: "${path}",\n`;
}

const names = JSON.parse(await readFile(new URL("icon_names.json", shared)));
const outlines = await Promise.all(names.sort().map(outline));
await writeFile(new URL("icons.ts", shared), `// Made by tools/make_icons.mjs.
export const icons = {
${outlines.join("")}};
export type IconName = keyof typeof icons;
`);
