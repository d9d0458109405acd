// Steps of training by perxeptron and by PyTorch (Debian's python3-torch) by turns: whole steps of the
// same networks with Adam at 224 x 224, in float32. PyTorch runs in both of its memory layouts, and the
// better counts. Prints Markdown and writes build/bench/training/results.json.
// Usage: node bench/training.mjs [--steps NETWORK:BATCH,...] [--threads N] [--rounds N] [--runs N] [--output FILE]
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.mjs';
import { summarise, takeTurns } from './statistics.mjs';
import { machineLine, table } from './tables.mjs';

const root = join(import.meta.dirname, '..');
const program = join(root, 'build/perxeptron');
const folder = join(root, 'build/bench/training');
const python = process.env.PYTHON ?? '/usr/bin/python3';
const size = 224;
const layouts = ['contiguous', 'channels_last'];
const labels = 'atelectasis,cardiomegaly,consolidation,edema,pleural_effusion';
const { values: options } = parseArgs({
  options: {
    steps: { type: 'string', default: 'densenet121:8,densenet121:16,xception:8' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    runs: { type: 'string', default: '3' },
    output: { type: 'string', default: join(folder, 'results.json') },
  },
});
const threads = Number(options.threads), rounds = Number(options.rounds), runs = Number(options.runs);
// Threads that wait for others in a spin take the processor from those others where the machine is shared.
const environment = { OMP_WAIT_POLICY: 'PASSIVE', ...process.env };

function findTorch() {
  const found = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : null;
}

function makeModel(network) {
  const model = join(folder, `${network}.safetensors`);
  if (!existsSync(model))
    execFileSync(program, ['model', 'init', '--arch', network, '--size', String(size), '--labels', labels, '-o', model], { stdio: 'ignore' });
  return model;
}

// Milliseconds of a process's steps, by the clock and of all its threads, and its most memory.
function timeSteps(command, args) {
  const text = execFileSync(command, args.map(String), { encoding: 'utf8', env: environment });
  const steps = [...text.matchAll(/^step ([\d.]+) processor ([\d.]+)/gm)];
  if (steps.length !== runs) throw new Error(`${command} ${args.join(' ')} printed ${steps.length} steps`);
  const median = (column) => summarise(steps.map((step) => Number(step[column]))).median;
  return { clock: median(1), processor: median(2), megabytes: Number(text.match(/^peak megabytes (\d+)/m)[1]) };
}

const summariseRounds = (found) => Object.fromEntries(['clock', 'processor', 'megabytes'].map((key) => [key, summarise(found.map((round) => round[key]))]));

async function compareSteps(network, batch) {
  const model = makeModel(network);
  const numbers = [size, batch, runs, threads];
  const found = await takeTurns(rounds, {
    ours: () => timeSteps(join(root, 'build/bench/training_step'), [network, ...numbers]),
    ...Object.fromEntries(layouts.map((layout) => [layout, () => timeSteps(python, [join(root, 'bench/training_torch.py'), model, ...numbers, layout])])),
  });
  const sides = Object.fromEntries(Object.entries(found).map(([who, list]) => [who, summariseRounds(list)]));
  return { network, batch, ...sides };
}

// Multiply-accumulates of a network's direct convolutions, forward; and the peak of fused multiply-adds of
// one thread: two seldom run together for long on a busy machine.
function measurePeak(networks) {
  const models = networks.map((network) => join(folder, `${network}.safetensors`));
  const ensemble = join(folder, 'ensemble.json');
  rmSync(ensemble, { force: true });
  execFileSync(program, ['ensemble', 'create', '--name', 'training', '-o', ensemble, ...models.flatMap((model) => ['--member', model])], { stdio: 'ignore' });
  return JSON.parse(execFileSync(program, ['bench', '-e', ensemble, '--runs', '1', '--threads', '1', '--format', 'json'], { encoding: 'utf8' }));
}

// A step's operations are counted as three forward passes': values, their gradients, weights' gradients.
function row({ network, batch, ours, ...theirs }, peak) {
  const better = (key) => layouts.map((layout) => theirs[layout][key].median).reduce((a, b) => Math.min(a, b));
  const floats = 3 * 2 * peak.networks[network].mmac * 1e6 * batch;
  const share = floats / (ours.processor.median * 1e-3) / (peak.peak_gflops * 1e9);
  const perSecond = (ms) => (1000 * batch / ms).toFixed(1);
  return [network, batch, perSecond(ours.clock.median), perSecond(better('clock')), (better('clock') / ours.clock.median).toFixed(2),
    ours.processor.median.toFixed(0), ...layouts.map((layout) => theirs[layout].processor.median.toFixed(0)),
    (better('processor') / ours.processor.median).toFixed(2), `${(100 * share).toFixed(0)} %`,
    ours.megabytes.median.toFixed(0), better('megabytes').toFixed(0)];
}

function describe({ machine, torch, steps, peak }) {
  const head = ['network', 'batch', 'images/s', 'PyTorch', 'times faster', 'processor ms', 'PyTorch contiguous', 'channels_last', 'times less', 'of FMA peak', 'peak MB', 'PyTorch'];
  return [machineLine(machine),
    `${machine.perxeptron} (${machine.commit ?? 'no commit'}), PyTorch ${torch}, ${threads} threads; ${rounds} rounds of ${runs} steps. Kernels ${peak.kernels}, peak of one thread ${peak.peak_gflops.toFixed(0)} GFLOP/s.`,
    '', 'A training step with Adam, 224 x 224, float32:', '', table(head, steps.map((step) => row(step, peak)))].join('\n');
}

const torch = findTorch();
if (torch === null) {
  console.error(`PyTorch is not installed for ${python} (Debian: python3-torch; PYTHON names another): training is not measured`);
} else {
  mkdirSync(folder, { recursive: true });
  const machine = describeMachine(root, program), steps = [];
  for (const step of options.steps.split(',')) {
    const [network, batch] = step.split(':');
    steps.push(await compareSteps(network, Number(batch)));
  }
  const results = { machine, torch, options, steps, peak: measurePeak([...new Set(steps.map((step) => step.network))]) };
  writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
  console.log(describe(results));
}
