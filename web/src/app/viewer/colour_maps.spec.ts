/** The colour maps, against values of the server's own (src/image/colormap.c, turbo.c). */
import { ColourMapName, colourMapNames, colourTable, gradientOf } from './colour_maps';

const colour = (name: ColourMapName, level: number) => [...colourTable(name).subarray(3 * level, 3 * level + 3)];

describe('the colour maps', () => {
  it('are those that the server draws with', () => {
    expect(colour('turbo', 0)).toEqual([48, 18, 59]);
    expect(colour('turbo', 128)).toEqual([164, 252, 60]);
    expect(colour('turbo', 255)).toEqual([122, 4, 3]);
    expect(colour('viridis', 0)).toEqual([71, 1, 85]);
    expect(colour('viridis', 128)).toEqual([31, 145, 139]);
    expect(colour('inferno', 0)).toEqual([0, 0, 0]);
    expect(colour('inferno', 200)).toEqual([250, 155, 15]);
    expect(colour('grey', 77)).toEqual([77, 77, 77]);
  });

  it('have 256 colours each', () => {
    for (const name of colourMapNames) expect(colourTable(name).length).toBe(768);
  });

  it('have a legend from the first colour to the last', () => {
    expect(gradientOf('turbo')).toMatch(/^linear-gradient\(to right, rgb\(48 18 59\), .*, rgb\(122 4 3\)\)$/);
  });
});
