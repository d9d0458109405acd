// perxeptron and ONNX Runtime by turns on the same networks: one image, batches, heat maps, and whole
// processes. Prints Markdown and writes build/bench/results.json; bench/run.sh makes the networks.
// Usage: node bench/compare.mjs [--parts one,batch,heat,process] [--rounds N] [--runs N] [--batch N]
//                               [--images N] [--output FILE]
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.mjs';
import { timeRuns, version } from './onnxruntime.mjs';
import { sum, summarise, takeTurns } from './statistics.mjs';
import { tables } from './tables.mjs';

const root = join(import.meta.dirname, '..');
const program = join(root, 'build/perxeptron');
const folder = join(root, 'build/bench/bundle');
const bundle = join(folder, 'ensemble.json');
const { values: options } = parseArgs({
  options: {
    parts: { type: 'string', default: 'one,batch,heat,process' },
    rounds: { type: 'string', default: '7' },
    runs: { type: 'string', default: '10' },
    batch: { type: 'string', default: '8' },
    images: { type: 'string', default: '12' },
    output: { type: 'string', default: join(root, 'build/bench/results.json') },
  },
});
const names = JSON.parse(readFileSync(bundle, 'utf8')).members.map((member) => member.name);
const rounds = Number(options.rounds), runs = Number(options.runs), batch = Number(options.batch);

const alternate = (ours, theirs) => takeTurns(rounds, { ours, theirs });

// A round's medians and minima for each network, and their sums.
const withSum = (networks) => ({ ...networks, sum: {
  median: sum(Object.values(networks).map((n) => n.median)), min: sum(Object.values(networks).map((n) => n.min)) } });

let machineSpeed;
function benchOurs(threads, size, count) {
  const args = ['bench', '-e', bundle, '--threads', threads, '--batch', size, '--runs', count, '--format', 'json'];
  const { networks, ...rest } = JSON.parse(execFileSync(program, args.map(String), { encoding: 'utf8' }));
  if (!machineSpeed || rest.peak_gflops > machineSpeed.peak_gflops) machineSpeed = { ...rest, ensemble: undefined };
  return withSum(Object.fromEntries(names.map((name) => [name, { median: networks[name].median_ms, min: networks[name].min_ms }])));
}

async function benchTheirs(threads, size, count) {
  const networks = {};
  for (const name of names) networks[name] = summarise(await timeRuns(folder, name, { threads, batch: size, runs: count }));
  return withSum(networks);
}

// Milliseconds of each network, and of all: the spread is that of the rounds' medians.
async function compareRuns(threads, size, count) {
  const found = await alternate(() => benchOurs(threads, size, count), () => benchTheirs(threads, size, count));
  const summarised = (who, name) => ({ ...summarise(found[who].map((round) => round[name].median)), best: Math.min(...found[who].map((round) => round[name].min)) });
  return { threads, batch: size, networks: [...names, 'sum'].map((name) => ({ name, ours: summarised('ours', name), theirs: summarised('theirs', name) })) };
}

// Images are read one after another; a format that has boxes computes heat maps, CSV does not. The
// median of the times from one image's result to the next.
async function timeReading(files, format) {
  const child = spawn(program, ['predict', '-e', bundle, '--threads', '2', '--format', format, ...files], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const times = [];
  let text = '';
  for await (const part of child.stdout) {
    text += part;
    while (times.length < files.length && text.includes(files[times.length])) times.push(performance.now());
  }
  if (await ended !== 0 || times.length !== files.length) throw new Error(`predict --format ${format} failed`);
  return summarise(times.slice(1).map((time, i) => time - times[i])).median;
}

async function compareHeat(files) {
  const found = await alternate(() => timeReading(files, 'ndjson'), () => timeReading(files, 'csv'));
  const heat = summarise(found.ours), plain = summarise(found.theirs);
  return { plain, heat, cost: heat.median / plain.median - 1, cost_of_best: heat.min / plain.min - 1 };
}

// From a process's start to its result, and the most memory it had; files are in the page cache.
async function compareProcesses(file) {
  const use = (...command) => JSON.parse(execFileSync(join(root, 'build/bench/child_usage'), command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const ours = () => use(program, 'predict', '-e', bundle, '--threads', '2', '--format', 'csv', file);
  const theirs = () => use(process.execPath, join(root, 'bench/onnxruntime.mjs'), folder, '2', ...names);
  ours();
  theirs();
  const found = await alternate(ours, theirs);
  const of = (key) => ({ ours: summarise(found.ours.map((u) => u[key])), theirs: summarise(found.theirs.map((u) => u[key])) });
  return { seconds: of('output_s'), bytes: of('peak_bytes') };
}

const phantoms = mkdtempSync(join(tmpdir(), 'perxeptron-bench-'));
try {
  execFileSync(program, ['phantom', '-n', options.images, '--seed', '11', '-o', phantoms], { stdio: 'ignore' });
  const files = readdirSync(phantoms, { recursive: true }).filter((name) => name.endsWith('.png')).sort().map((name) => join(phantoms, name));
  const parts = {
    one: async () => [await compareRuns(2, 1, runs), await compareRuns(1, 1, runs)],
    batch: () => compareRuns(2, batch, Math.max(1, Math.ceil(runs / 3))),
    heat: () => compareHeat(files),
    process: () => compareProcesses(files[0]),
  };
  const chosen = options.parts.split(',');
  const unknown = chosen.find((part) => !(part in parts));
  if (unknown !== undefined || files.length < 2 || !(rounds > 0 && runs > 0 && batch > 0)) throw new Error(`nothing to measure: --parts ${options.parts}, --images ${options.images}`);
  const results = { machine: describeMachine(root, program), onnxruntime: version, options };
  for (const part of chosen) results[part] = await parts[part]();
  results.machine.speed = machineSpeed ?? null;
  writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
  console.log(tables(results));
} finally {
  rmSync(phantoms, { recursive: true });
}
