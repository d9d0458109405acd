/** How heat maps are coloured, and how they come out of the API's answers. */
import { colourTable } from './colour_maps';
import { blobOf, paint } from './heat_map';

describe('a heat map', () => {
  it('has its colour from the table and lets through what has no evidence', () => {
    const painted = paint(Uint8ClampedArray.from([0, 128, 255]), colourTable('turbo'));
    expect([...painted]).toEqual([48, 18, 59, 0, 164, 252, 60, 128, 122, 4, 3, 255]);
  });

  it('comes out of a data: URL with its type and bytes', async () => {
    const blob = blobOf(`data:image/png;base64,${btoa('\x89PNG\x00\xff')}`);
    expect(blob.type).toBe('image/png');
    expect([...new Uint8Array(await blob.arrayBuffer())]).toEqual([0x89, 0x50, 0x4e, 0x47, 0, 0xff]);
  });
});
