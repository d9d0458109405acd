// How far the networks' features and probabilities are from double precision and from ONNX Runtime,
// on every tier. Exits with 1 when a limit is broken.
// Usage: node accuracy.mjs [--images FOLDER] [--count N] [--networks A,B] [--size PIXELS]
//   [--models FOLDER] [--feature-limit X] [--score-limit X] [--layers]
// Images are N of a folder's, evenly spaced, or phantoms; networks have random weights and are kept
// and used again in --models. --layers prints the error after each step instead.
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  architectures, labels, largestDifference, prepare, program, readTensor, run, theirOutputs, toChannelsLast, tool, writeTensor,
} from '../tests/onnxruntime/models.mjs';

const { values: options } = parseArgs({
  options: {
    images: { type: 'string' },
    count: { type: 'string', default: '64' },
    networks: { type: 'string', default: architectures.map(({ arch }) => arch).join() },
    size: { type: 'string', default: '224' },
    models: { type: 'string' },
    'feature-limit': { type: 'string', default: '1e-5' },
    'score-limit': { type: 'string', default: '1e-4' },
    layers: { type: 'boolean', default: false },
  },
});
const side = Number(options.size);
const count = Number(options.count);

/** N images of a folder, evenly spaced. */
function chooseImages(folder) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => /\.(png|jpe?g)$/i.test(name)).sort();
  if (names.length < count) throw new Error(`${folder} has ${names.length} images, not ${count}`);
  return Array.from({ length: count }, (_, i) => join(folder, names[Math.floor((i * names.length) / count)]));
}

function drawPhantoms(folder) {
  run(program, 'phantom', '-n', options.count, '--seed', '64', '-o', folder);
  return chooseImages(folder);
}

function writeTensors(images, scale, folder) {
  return images.map((image, i) => writeTensor(join(folder, `${scale}${i}.f32`), prepare(image, side, scale)));
}

function makeModel(arch, folder) {
  const model = join(folder, `${arch}-${side}.safetensors`);
  if (!existsSync(model))
    run(program, 'model', 'init', '--arch', arch, '--head', '2020', '--size', options.size, '--labels', labels, '-o', model);
  return model;
}

/** The model as ONNX, whose second output is the value of a node. */
function exportWithFeatures(model, node, file) {
  run(program, 'export', 'onnx', model, '-o', file);
  // Two protobuf messages one after the other are one with the fields of both: ModelProto.graph (7)
  // with an output (12) that has a name (1).
  const field = (number, bytes) => {
    if (bytes.length > 127) throw new Error(`${node} is too long a name`);
    return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  };
  appendFileSync(file, field(7, field(12, field(1, Buffer.from(`${node}:0`)))));
}

function readDoubles(path) {
  const bytes = readFileSync(path);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Root mean square of the differences over that of what is wanted. */
function relativeRms(got, wanted) {
  let difference = 0;
  let value = 0;
  for (let i = 0; i < wanted.length; i++) {
    difference += (got[i] - wanted[i]) ** 2;
    value += wanted[i] ** 2;
  }
  return Math.sqrt(difference / value);
}

/** ONNX Runtime's scores, and the worst error of its features from those beside the tensors. */
async function askThem(file, tensors) {
  const scores = [];
  let worst = 0;
  for await (const [output, features] of theirOutputs(file, tensors.map(readTensor))) {
    const wanted = readDoubles(`${tensors[scores.length]}.features`);
    worst = Math.max(worst, relativeRms(toChannelsLast(features.data, features.dims[1]), wanted));
    scores.push([...output.data]);
  }
  return { scores, worst };
}

/** Print a network's rows; whether every tier keeps the limits. */
async function compare(arch, model, tensors, folder) {
  const ours = JSON.parse(tool('accuracy_tool', model, ...tensors));
  const onnx = join(folder, `${arch}.onnx`);
  exportWithFeatures(model, ours.features, onnx);
  const theirs = await askThem(onnx, tensors);
  rmSync(onnx);
  const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);
  const short = (number) => number.toExponential(1);
  let kept = true;
  for (const [tier, { rms, worst, scores }] of Object.entries(ours.tiers)) {
    const fromThem = largestDifference(scores, theirs.scores);
    const fine = rms <= Number(options['feature-limit']) && fromThem <= Number(options['score-limit']);
    kept &&= fine;
    row(arch, tier, short(rms), short(worst), short(largestDifference(scores, ours.float64)), short(fromThem), fine ? 'yes' : 'NO');
  }
  row(arch, 'ONNX Runtime', '', short(theirs.worst), short(largestDifference(theirs.scores, ours.float64)), '', '');
  return kept;
}

async function main(folder) {
  const models = options.models ?? folder;
  mkdirSync(models, { recursive: true });
  const images = options.images ? chooseImages(options.images) : drawPhantoms(join(folder, 'phantoms'));
  const tensors = new Map(['tf', 'unit'].map((scale) => [scale, writeTensors(images, scale, folder)]));
  if (!options.layers) {
    console.log(`${count} images of ${side} x ${side}; features: relative RMS error, limit ${options['feature-limit']}; scores: limit ${options['score-limit']} from ONNX Runtime`);
    console.log('| network | tier | features, all | features, worst image | scores from double | scores from ONNX Runtime | kept |');
    console.log('|---|---|--:|--:|--:|--:|---|');
  }
  let kept = true;
  for (const arch of options.networks.split(',')) {
    const found = architectures.find((a) => a.arch === arch);
    if (!found) throw new Error(`${arch} is not one of ${architectures.map((a) => a.arch).join()}`);
    const model = makeModel(arch, models);
    if (options.layers) console.log(`${arch}\n${tool('accuracy_tool', '--layers', model, ...tensors.get(found.scale))}`);
    else kept = (await compare(arch, model, tensors.get(found.scale), folder)) && kept;
  }
  return kept;
}

const folder = mkdtempSync(join(tmpdir(), 'accuracy-'));
try {
  process.exitCode = (await main(folder)) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
