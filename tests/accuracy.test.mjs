// The comparison with double precision (bench/accuracy.mjs) on two networks and few phantoms; `make
// accuracy` looks at more.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { testsFolder } from './onnxruntime/models.mjs';

// Maps of 3 x 3 at the end, and random weights: ONNX Runtime's own error is 8e-6 here.
const featureLimit = '2e-5';
const small = ['--networks', 'xception,densenet121', '--count', '2', '--size', '96'];

function measure(...options) {
  return spawnSync(process.execPath, [join(testsFolder, '../bench/accuracy.mjs'), ...small, ...options], { encoding: 'utf8' });
}

test('features and scores keep their limits on every tier', (t) => {
  const { status, stdout, stderr } = measure('--feature-limit', featureLimit);
  t.diagnostic(stdout);
  assert.equal(status, 0, stdout + stderr);
  for (const network of ['xception', 'densenet121'])
    for (const tier of ['portable', 'ONNX Runtime']) assert.match(stdout, new RegExp(`^\\| ${network} \\| ${tier} `, 'm'));
});

test('a broken limit is an error', () => {
  const { status, stdout } = measure('--feature-limit', '1e-12');
  assert.equal(status, 1);
  assert.match(stdout, /\| NO \|/);
});
