// Import and export against ONNX Runtime: the five networks of 2020, on the same tensors.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  architectures, labels, largestDifference, makeNoise, ourScores, prepare, program, run, testsFolder, theirScores, tool, writeTensor,
} from './onnxruntime/models.mjs';

const tolerance = 1e-4;
const side = 224;

function withFolder(body) {
  return async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'onnxruntime-'));
    try {
      await body(t, folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

/** Two phantoms and noise as tensors, each with its file. */
function tensorsFor(scale, folder) {
  run(program, 'phantom', '-n', '2', '--seed', '31', '-o', join(folder, 'phantoms'));
  const images = readdirSync(join(folder, 'phantoms'), { recursive: true }).filter((name) => name.endsWith('.png'));
  const tensors = images.sort().map((name) => prepare(join(folder, 'phantoms', name), side, scale));
  assert.equal(tensors.length, 2);
  tensors.push(makeNoise(1, side, scale === 'tf' ? -1 : 0, 1));
  return tensors.map((tensor, i) => ({ tensor, file: writeTensor(join(folder, `${i}.f32`), tensor) }));
}

for (const { name, arch, scale } of architectures) {
  test(`${name}: Keras files in, ONNX out and in again, as ONNX Runtime computes it`, withFolder(async (t, folder) => {
    const at = (file) => join(folder, file);
    const options = ['--labels', labels, '--scale', scale];
    const architecture = join(testsFolder, 'data/keras_2020', `${name}.json`);
    run(program, 'model', 'init', '--arch', arch, '--head', '2020', ...options, '--seed', '7', '-o', at('made.safetensors'));
    tool('keras_files_tool', at('made.safetensors'), architecture, 'nested', at('weights.h5'));
    run(program, 'import', 'keras', '--architecture', architecture, '--weights', at('weights.h5'), ...options, '-o', at('keras.safetensors'));
    run(program, 'export', 'onnx', at('keras.safetensors'), '-o', at('out.onnx'));
    run(program, 'import', 'onnx', at('out.onnx'), ...options, '-o', at('onnx.safetensors'));

    const inputs = tensorsFor(scale, folder);
    const files = inputs.map((input) => input.file);
    const theirs = await theirScores(at('out.onnx'), inputs.map((input) => input.tensor), { batch: true });
    const ours = ourScores(at('keras.safetensors'), files);
    const difference = largestDifference(ours, theirs);
    t.diagnostic(`${name}: largest difference from ONNX Runtime ${difference.toExponential(1)}`);
    assert.ok(difference < tolerance, `differs by ${difference}`);
    assert.ok(largestDifference([theirs[0]], [theirs[1]]) > 1e-3, 'the answers do not depend on the input');
    assert.deepEqual(ourScores(at('made.safetensors'), files), ours);
    assert.ok(largestDifference(ourScores(at('onnx.safetensors'), files), ours) < 1e-6);
  }));
}
