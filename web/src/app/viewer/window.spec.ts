/** The window's arithmetic, against the standard's own words. */
import { boundWindow, dragWindow, transferOf, wholeRange } from './window';

/** C.11.2.1.2.1 as it is written there, for grey values and output from 0 to 255. */
function standard(x: number, width: number, centre: number): number {
  if (x <= centre - 0.5 - (width - 1) / 2) return 0;
  if (x > centre - 0.5 + (width - 1) / 2) return 255;
  return ((x - (centre - 0.5)) / (width - 1) + 0.5) * 255;
}

function shown(x: number, width: number, level: number, inverted = false): number {
  const { slope, intercept } = transferOf({ width, level }, inverted);
  return 255 * Math.min(1, Math.max(0, (slope * x) / 255 + intercept));
}

describe('the window', () => {
  it('is the linear function of DICOM PS3.3', () => {
    for (const width of [2, 3, 40, 256, 512])
      for (const level of [0, 1, 77, 128, 255])
        for (let x = 0; x < 256; x++) expect(shown(x, width, level)).toBeCloseTo(standard(x, width, level), 6);
  });

  it('changes nothing when it is the whole range', () => {
    expect(transferOf(wholeRange, false)).toEqual({ slope: 1, intercept: 0 });
  });

  it('is turned round when it is inverted', () => {
    for (const x of [0, 60, 100, 140, 255]) expect(shown(x, 80, 100, true)).toBeCloseTo(255 - shown(x, 80, 100), 6);
  });

  it('stays within its bounds, in whole numbers', () => {
    expect(boundWindow({ width: -5, level: 300 })).toEqual({ width: 2, level: 255 });
    expect(boundWindow({ width: 999, level: -1 })).toEqual({ width: 512, level: 0 });
    expect(boundWindow({ width: 100.4, level: 99.6 })).toEqual({ width: 100, level: 100 });
  });

  it('widens to the right and darkens downwards', () => {
    expect(dragWindow(wholeRange, 30, -20)).toEqual({ width: 286, level: 108 });
  });
});
