// What a measurement was made on: processor, memory, versions.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';

const text = (file) => readFileSync(file, 'utf8').trim();

// Level, kind and size of each cache of the first processor; virtual machines may hide them.
function listCaches() {
  const folder = '/sys/devices/system/cpu/cpu0/cache';
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith('index'))
    .sort()
    .map((name) => join(folder, name))
    .filter((at) => existsSync(join(at, 'size')))
    .map((at) => ({ level: Number(text(join(at, 'level'))), type: text(join(at, 'type')), size: text(join(at, 'size')) }));
}

// The commit of the sources, with "-dirty" when files differ; null outside a clone.
function findCommit(root) {
  try {
    return execFileSync('git', ['-C', root, 'describe', '--always', '--dirty', '--abbrev=12'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

export function describeMachine(root, program) {
  return {
    date: new Date().toISOString(),
    cpu: os.cpus()[0].model,
    processors: os.availableParallelism(),
    caches: listCaches(),
    memory_gib: Math.round(os.totalmem() / 2 ** 30 * 10) / 10,
    load_before: os.loadavg()[0],
    linux: os.release(),
    node: process.version,
    perxeptron: execFileSync(program, ['--version'], { encoding: 'utf8' }).trim(),
    commit: findCommit(root),
  };
}
