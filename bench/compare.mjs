// Times perxeptron and ONNX Runtime by turns on the same networks and prints the ratios.
// Usage: node compare.mjs PROGRAM FOLDER_OF_ONNX [--threads N] [--rounds N] [--runs N] [--json]
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const require = createRequire(new URL('../tests/package.json', import.meta.url));
const ort = require('onnxruntime-node');

const SIDE = 224;
const WARM_UP = 3;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    runs: { type: 'string', default: '8' },
    json: { type: 'boolean', default: false },
  },
});
const [program, folder] = positionals;

const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

function benchOurs() {
  const args = ['bench', '--threads', values.threads, '--runs', values.runs, '--format', 'json'];
  return JSON.parse(execFileSync(program, args, { encoding: 'utf8' })).networks;
}

async function openSession(name) {
  return ort.InferenceSession.create(join(folder, `${name}.onnx`), {
    intraOpNumThreads: Number(values.threads),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
}

// One session at a time, each with its runs in a row: threads of a second session, which spin while
// they wait, would take the processors from the first.
async function benchTheirs(name) {
  const pixels = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, i) => Math.sin(i));
  const image = new ort.Tensor('float32', pixels, [1, 3, SIDE, SIDE]);
  const session = await openSession(name);
  const times = [];
  for (let i = -WARM_UP; i < Number(values.runs); i++) {
    const start = performance.now();
    await session.run({ [session.inputNames[0]]: image });
    if (i >= 0) times.push(performance.now() - start);
  }
  await session.release();
  return median(times);
}

const ours = new Map();
const theirs = new Map();
for (let round = 0; round < Number(values.rounds); round++) {
  const networks = benchOurs();
  for (const [name, { median_ms }] of Object.entries(networks)) {
    ours.set(name, [...(ours.get(name) ?? []), median_ms]);
    theirs.set(name, [...(theirs.get(name) ?? []), await benchTheirs(name)]);
  }
}

const rows = [...ours.keys()].map((name) => ({
  name,
  ours: median(ours.get(name)),
  theirs: median(theirs.get(name)),
}));
rows.push({
  name: 'sum',
  ours: rows.reduce((sum, row) => sum + row.ours, 0),
  theirs: rows.reduce((sum, row) => sum + row.theirs, 0),
});

if (values.json) {
  console.log(JSON.stringify({ threads: Number(values.threads), networks: rows }, null, 2));
} else {
  console.log(`| network (${values.threads} threads) | perXeptron ms | ONNX Runtime ms | ratio |`);
  console.log('|---|--:|--:|--:|');
  for (const { name, ours: a, theirs: b } of rows)
    console.log(`| ${name} | ${a.toFixed(1)} | ${b.toFixed(1)} | ${(a / b).toFixed(2)} |`);
}
