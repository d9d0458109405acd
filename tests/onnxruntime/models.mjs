// Running models: ours through the program and its test tools, ONNX files through ONNX Runtime.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ort from 'onnxruntime-node';

export const testsFolder = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const program = process.env.PERXEPTRON ?? join(testsFolder, '../build/perxeptron');
export const architectures = [
  { name: 'xception', arch: 'xception', scale: 'tf' },
  { name: 'irnv2', arch: 'inception_resnet_v2', scale: 'tf' },
  { name: 'dn121', arch: 'densenet121', scale: 'unit' },
  { name: 'dn169', arch: 'densenet169', scale: 'unit' },
  { name: 'dn201', arch: 'densenet201', scale: 'unit' },
];
export const labels = 'Atelectasis,Cardiomegaly,Consolidation,Edema,Pleural Effusion';

/** Run a command; its output. A failure throws with what it said. */
function execute(command, args, encoding) {
  return execFileSync(command, args, { encoding, maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'] });
}

export function run(command, ...args) {
  return execute(command, args, 'utf8');
}

function findTool(name) {
  const path = join(dirname(program), 'tests', name);
  if (!existsSync(path)) throw new Error(`${path} is missing: run make test`);
  return path;
}

/** A program of the build's tests/ folder. */
export function tool(name, ...args) {
  return run(findTool(name), ...args);
}

/** An image as our tensor, NHWC. */
export function prepare(image, side, scale) {
  const bytes = execute(findTool('prepare_tool'), [image, side, side, 3, 'none', 'none', 'bilinear', scale], 'buffer');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Seeded noise, [side, side, 3] float32 NHWC, uniform in [least, most]. */
export function makeNoise(seed, side, least, most) {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length: side * side * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + ((most - least) * state) / 2 ** 32;
  });
}

export function writeTensor(path, tensor) {
  writeFileSync(path, Buffer.from(tensor.buffer, tensor.byteOffset, tensor.byteLength));
  return path;
}

export function readTensor(path) {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** [side, side, channels] to [channels, side, side]. */
export function toChannelsFirst(tensor, channels) {
  const area = tensor.length / channels;
  const out = new Float32Array(tensor.length);
  for (let i = 0; i < area; i++) for (let c = 0; c < channels; c++) out[c * area + i] = tensor[i * channels + c];
  return out;
}

/** And back. */
export function toChannelsLast(tensor, channels) {
  return toChannelsFirst(tensor, tensor.length / channels);
}

/** Our probabilities of each tensor file. */
export function ourScores(model, files) {
  return tool('model_scores', model, ...files).trim().split('\n').map((line) => JSON.parse(line));
}

/** ONNX Runtime's first output for NHWC tensors, all in one batch or one by one. */
export async function theirScores(file, tensors, { batch = false } = {}) {
  const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
  const side = Math.sqrt(tensors[0].length / 3);
  const images = tensors.map((tensor) => toChannelsFirst(tensor, 3));
  const groups = batch ? [images] : images.map((image) => [image]);
  const scores = [];
  for (const group of groups) {
    const data = new Float32Array(group.length * group[0].length);
    group.forEach((image, i) => data.set(image, i * image.length));
    const input = new ort.Tensor('float32', data, [group.length, 3, side, side]);
    const output = (await session.run({ [session.inputNames[0]]: input }))[session.outputNames[0]];
    const width = output.dims[1];
    for (let i = 0; i < group.length; i++) scores.push([...output.data.slice(i * width, (i + 1) * width)]);
  }
  await session.release();
  return scores;
}

/** All of ONNX Runtime's outputs ({ dims, data }), in the file's order, for one NHWC tensor after the other. */
export async function* theirOutputs(file, tensors) {
  const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
  for (const tensor of tensors) {
    const side = Math.sqrt(tensor.length / 3);
    const input = new ort.Tensor('float32', toChannelsFirst(tensor, 3), [1, 3, side, side]);
    const outputs = await session.run({ [session.inputNames[0]]: input });
    yield session.outputNames.map((name) => outputs[name]);
  }
  await session.release();
}

/** Largest difference of two lists of score lists. */
export function largestDifference(a, b) {
  if (a.length !== b.length) throw new Error(`${a.length} and ${b.length} answers`);
  return Math.max(...a.map((row, i) => {
    if (row.length !== b[i].length) throw new Error(`${row.length} and ${b[i].length} scores`);
    return Math.max(...row.map((value, k) => Math.abs(value - b[i][k])));
  }));
}
