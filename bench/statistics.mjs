// Measuring by turns; median and spread of measurements.

const at = (sorted, share) => {
  const place = (sorted.length - 1) * share, below = Math.floor(place), above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
};

export function summarise(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return { median: at(sorted, 0.5), min: sorted[0], quartiles: [at(sorted, 0.25), at(sorted, 0.75)], max: sorted.at(-1), values: numbers };
}

export const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

// Rounds of all measurements, every other round in reverse, so that none always has the warmer machine.
export async function takeTurns(rounds, measurements) {
  const found = Object.fromEntries(Object.keys(measurements).map((who) => [who, []]));
  for (let round = 0; round < rounds; round++) {
    const order = Object.entries(measurements);
    for (const [who, measure] of round % 2 ? order.reverse() : order) found[who].push(await measure());
  }
  return found;
}
