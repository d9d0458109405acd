// The five networks with weights made by another program (../shared/reference/keras_ref.py), from
// Keras files and from ONNX, on radiographs: against ONNX Runtime, as tensors and through `predict`.
// Skipped where the shared folder or Python's modules are not there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import {
  architectures, labels, largestDifference, makeNoise, ourScores, program, readTensor, run, testsFolder, theirScores,
  toChannelsLast, writeTensor,
} from './onnxruntime/models.mjs';

const tolerance = 1e-4;
const side = 224;
const python = '/usr/bin/python3';
const shared = process.env.PERXEPTRON_SHARED ?? join(testsFolder, '../../shared');
const reference = join(shared, 'reference/keras_ref.py');
const preprocess = join(shared, 'peers/opencv_preprocess.py');
const radiographs = join(shared, 'data/nih/valid');

function whyNot() {
  if (![reference, preprocess, radiographs].every((path) => existsSync(path))) return 'no shared folder beside the project';
  const modules = spawnSync(python, ['-c', 'import cv2, h5py, numpy, onnx, torch']);
  return modules.status === 0 ? false : 'Python lacks cv2, h5py, numpy, onnx or torch';
}

/** Radiographs as OpenCV prepares them, and one tensor of noise: { image, tensor, file }. */
function makeInputs(scale, folder) {
  const images = readdirSync(radiographs).sort().slice(20, 24).map((name) => join(radiographs, name));
  run(python, preprocess, scale, folder, ...images);
  const inputs = images.map((image) => {
    const stem = basename(image).replace(/\.[^.]*$/, '');
    return { image, tensor: toChannelsLast(readTensor(join(folder, `${stem}.${scale}.f32`)), 3) };
  });
  inputs.push({ image: null, tensor: makeNoise(9, side, scale === 'tf' ? -1 : 0, 1) });
  return inputs.map((input, i) => ({ ...input, file: writeTensor(join(folder, `input${i}.f32`), input.tensor) }));
}

/** A tensor with every sample one grey level up or down. */
function nudge(tensor, scale, seed) {
  const level = scale === 'tf' ? 1 / 127.5 : 1 / 255;
  return makeNoise(seed, side, -1, 1).map((sign, i) => tensor[i] + Math.sign(sign) * level);
}

/** Each member's scores for images, through an ensemble file and `predict`. */
function predict(models, images, folder) {
  const ensemble = join(folder, 'ensemble.json');
  run(program, 'ensemble', 'create', '-o', ensemble, ...models.flatMap((name) => ['--member', join(folder, `${name}.safetensors`)]));
  const { results } = JSON.parse(run(program, 'predict', '-e', ensemble, '--format', 'json', ...images));
  assert.equal(results.length, images.length);
  return models.map((name) => results.map((result) => result.findings.map((finding) => finding.members[name])));
}

const skip = whyNot();

for (const { name, scale } of architectures) {
  test(`${name} with reference weights`, { skip }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'reference-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const at = (file) => join(folder, file);
    const architecture = join(testsFolder, 'data/keras_2020', `${name}.json`);
    run(python, reference, architecture, '7', at(name), radiographs);
    const options = ['--labels', labels, '--scale', scale];
    run(program, 'import', 'keras', '--architecture', architecture, '--weights', at(`${name}.h5`), ...options, '--name', 'keras', '-o', at('keras.safetensors'));
    run(program, 'import', 'onnx', at(`${name}.onnx`), ...options, '--name', 'onnx', '-o', at('onnx.safetensors'));

    const inputs = makeInputs(scale, folder);
    const tensors = inputs.map((input) => input.tensor);
    const theirs = await theirScores(at(`${name}.onnx`), tensors);
    for (const model of ['keras', 'onnx']) {
      const difference = largestDifference(ourScores(at(`${model}.safetensors`), inputs.map((input) => input.file)), theirs);
      t.diagnostic(`${name} from ${model}, tensors: ${difference.toExponential(1)} from ONNX Runtime`);
      assert.ok(difference < tolerance, `${model}: differs by ${difference}`);
    }
    assert.ok(largestDifference([theirs[0]], [theirs[1]]) > 1e-3, 'the answers do not depend on the input');

    const onImages = inputs.filter((input) => input.image);
    const theirImages = theirs.slice(0, onImages.length);
    const nudged = await theirScores(at(`${name}.onnx`), onImages.map((input, i) => nudge(input.tensor, scale, i + 1)));
    const greyLevel = largestDifference(nudged, theirImages);
    for (const scores of predict(['keras', 'onnx'], onImages.map((input) => input.image), folder)) {
      const difference = largestDifference(scores, theirImages);
      t.diagnostic(`${name}, images: ${difference.toExponential(1)} from ONNX Runtime after OpenCV; one grey level moves it by ${greyLevel.toExponential(1)}`);
      assert.ok(difference < greyLevel + tolerance, `differs by ${difference} on images`);
    }
  });
}
