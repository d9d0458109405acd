// ONNX Runtime on the networks of a folder: sessions, timed runs. As a program, what a process needs
// that loads all networks and runs each once: node onnxruntime.mjs FOLDER THREADS NAME...
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../tests/package.json', import.meta.url));
const ort = require('onnxruntime-node');

const SIDE = 224;
const WARM_UP = 3;

export const version = require('onnxruntime-node/package.json').version;

const openSession = (folder, name, threads) => ort.InferenceSession.create(join(folder, `${name}.onnx`), {
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
});

function makeImages(batch) {
  const pixels = Float32Array.from({ length: batch * 3 * SIDE * SIDE }, (_, i) => Math.sin(i));
  return new ort.Tensor('float32', pixels, [batch, 3, SIDE, SIDE]);
}

async function runOnce(session, images) {
  const outputs = await session.run({ [session.inputNames[0]]: images });
  return outputs[session.outputNames[0]];
}

// Times of single runs, in milliseconds. One session at a time, with its runs in a row: threads of a
// second session, which spin while they wait, would take the processors from the first.
export async function timeRuns(folder, name, { threads, batch, runs }) {
  const images = makeImages(batch);
  const session = await openSession(folder, name, threads);
  const times = [];
  for (let i = -WARM_UP; i < runs; i++) {
    const start = performance.now();
    await runOnce(session, images);
    if (i >= 0) times.push(performance.now() - start);
  }
  await session.release();
  return times;
}

async function loadAllAndRun(folder, threads, names) {
  const sessions = [];
  for (const name of names) sessions.push(await openSession(folder, name, threads));
  const images = makeImages(1);
  for (const [i, session] of sessions.entries()) console.log(names[i], (await runOnce(session, images)).data.join(' '));
  process.exit();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, threads, ...names] = process.argv.slice(2);
  await loadAllAndRun(folder, Number(threads), names);
}
