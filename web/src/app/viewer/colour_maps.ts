/**
 * Heat as colour. Viridis and inferno are S. van der Walt's and N. Smith's maps (2015, CC0) as the
 * polynomials of degree 6 that M. Zucker fitted to them (2019, CC0). The server draws with the same.
 */
import { turbo } from './turbo';

export const colourMapNames = ['turbo', 'viridis', 'inferno', 'grey'] as const;
export type ColourMapName = (typeof colourMapNames)[number];

/** 256 colours, from no heat to most: red, green, blue, one after the other. */
export type ColourTable = Uint8ClampedArray;

const levels = 256;

// Coefficients of x^0 to x^6 for red, green, blue.
const viridis = [
  [0.2777273272, 0.1050930431, -0.3308618287, -4.634230499, 6.2282699363, 4.7763849977, -5.4354558559],
  [0.0054073443, 1.4046135299, 0.2148475595, -5.7991009734, 14.1799333668, -13.7451453777, 4.6458526122],
  [0.3340998053, 1.3845901626, 0.0950951630, -19.3324409563, 56.6905526007, -65.3530326334, 26.3124352496],
];
const inferno = [
  [0.0002189404, 0.1065134195, 11.6024930825, -41.7039961314, 77.1629356994, -71.319428245, 25.1311262248],
  [0.0016510046, 0.5639564368, -3.9728539657, 17.4363988821, -33.4023589421, 32.626064264, -12.2426689524],
  [-0.0194808984, 3.9327123889, -15.9423941063, 44.3541451987, -81.8073092574, 73.209519858, -23.0703250029],
];

/** The value of each channel, from 0 to 1, at x from 0 to 1. */
type Curve = (x: number, channel: number) => number;

const polynomial = (coefficients: number[][]): Curve => (x, channel) =>
  coefficients[channel].reduceRight((sum, coefficient) => sum * x + coefficient);

const curves: Record<ColourMapName, Curve> = {
  turbo: (x, channel) => {
    const at = 6 * Math.round(x * (levels - 1)) + 2 * channel;
    return parseInt(turbo.slice(at, at + 2), 16) / 255;
  },
  viridis: polynomial(viridis),
  inferno: polynomial(inferno),
  grey: (x) => x,
};

const made = new Map<ColourMapName, ColourTable>();

export function colourTable(name: ColourMapName): ColourTable {
  const table = made.get(name) ?? Uint8ClampedArray.from({ length: 3 * levels }, (_, i) =>
    255 * curves[name](Math.floor(i / 3) / (levels - 1), i % 3));
  made.set(name, table);
  return table;
}

/** A map's colours as a CSS gradient to the right, for its legend. */
export function gradientOf(name: ColourMapName): string {
  const table = colourTable(name);
  const stops = Array.from({ length: 16 }, (_, i) => `rgb(${table.subarray(51 * i, 51 * i + 3).join(' ')})`);
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
