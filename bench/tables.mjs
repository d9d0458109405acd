// The results of compare.mjs as Markdown.

export const table = (head, rows) => [head, head.map((_, i) => (i ? '--:' : '---')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export const spread = (s, digits, scale = 1) => `${(s.quartiles[0] * scale).toFixed(digits)} to ${(s.quartiles[1] * scale).toFixed(digits)}`;

const ratio = (a, b) => (a / b).toFixed(2);

// The machine's line of any measurement.
export function machineLine(machine) {
  const caches = machine.caches.map((c) => `L${c.level} ${c.type} ${c.size}`).join(', ') || 'hidden';
  return `${machine.cpu}, ${machine.processors} processors, caches ${caches}, ${machine.memory_gib} GiB, Linux ${machine.linux}; load before ${machine.load_before.toFixed(1)}; ${machine.date}.`;
}

function describeMachine({ machine, onnxruntime, options }) {
  const { speed } = machine;
  return [
    machineLine(machine),
    `${machine.perxeptron} (${machine.commit ?? 'no commit'}), ONNX Runtime ${onnxruntime}, Node.js ${machine.node}; ${options.rounds} rounds of ${options.runs} runs.`,
    ...(speed ? [`Kernels ${speed.kernels}; peak ${speed.peak_gflops.toFixed(0)} GFLOP/s; memory reads ${speed.memory_read_gb_s.toFixed(1)}, copies ${speed.memory_copy_gb_s.toFixed(1)} GB/s.`] : []),
  ].join('\n');
}

function networksTable({ threads, batch, networks }) {
  const title = `Milliseconds, ${batch === 1 ? 'one image' : `${batch} images at once`}, ${threads} thread${threads === 1 ? '' : 's'}:`;
  const head = ['network', 'perXeptron', 'quartiles', 'best', 'ONNX Runtime', 'quartiles', 'best', 'ratio', 'ratio of best'];
  const rows = networks.map(({ name, ours, theirs }) => [name, ours.median.toFixed(1), spread(ours, 1), ours.best.toFixed(1), theirs.median.toFixed(1),
    spread(theirs, 1), theirs.best.toFixed(1), ratio(ours.median, theirs.median), ratio(ours.best, theirs.best)]);
  return `${title}\n\n${table(head, rows)}`;
}

// Ratios are of times and memory, perXeptron to ONNX Runtime: less is better.
function goalTable(results) {
  const rows = [];
  const add = (what, ours, theirs, show, best = (s) => s.min) =>
    rows.push([what, show(ours.median), show(theirs.median), ratio(ours.median, theirs.median), ratio(theirs.median, ours.median), ratio(best(ours), best(theirs))]);
  const all = (part) => part.networks.at(-1);
  for (const part of results.one ?? [])
    add(`one image, five networks, ${part.threads} thread${part.threads === 1 ? '' : 's'}`, all(part).ours, all(part).theirs, (ms) => `${ms.toFixed(1)} ms`, (s) => s.best);
  if (results.batch) {
    const { batch, threads } = results.batch;
    add(`batch ${batch}, five networks, ${threads} threads`, all(results.batch).ours, all(results.batch).theirs, (ms) => `${(1000 * batch / ms).toFixed(2)} images/s`, (s) => s.best);
  }
  if (results.process) {
    const { seconds, bytes } = results.process;
    add('process start to first result', seconds.ours, seconds.theirs, (s) => `${s.toFixed(2)} s`);
    add('peak memory of that process', bytes.ours, bytes.theirs, (b) => `${(b / 2 ** 20).toFixed(0)} MiB`);
  }
  return rows.length ? `Ratios of time and memory, perXeptron to ONNX Runtime; less is better:\n\n${table(['', 'perXeptron', 'ONNX Runtime', 'ratio', 'times better', 'ratio of best'], rows)}` : '';
}

function heatTable({ plain, heat, cost, cost_of_best: best }) {
  const row = (what, s) => [what, s.median.toFixed(1), spread(s, 1), s.min.toFixed(1)];
  return `Milliseconds to read a radiograph of 512 x 512 with the five networks, 2 threads:\n\n${table(['', 'median', 'quartiles', 'best'], [row('scores', plain), row('scores, heat maps and boxes', heat)])}\n\n` +
    `Heat maps add ${(100 * cost).toFixed(1)} % (of the best rounds ${(100 * best).toFixed(1)} %).`;
}

export function tables(results) {
  const networks = [...(results.one ?? []), ...(results.batch ? [results.batch] : [])];
  return [describeMachine(results), goalTable(results), ...networks.map(networksTable), ...(results.heat ? [heatTable(results.heat)] : [])].filter(Boolean).join('\n\n');
}
