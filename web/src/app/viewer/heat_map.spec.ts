/** How heat maps are coloured, and how they come out of the API's answers. */
import { colourTable } from './colour_maps';
import { blobOf, paint } from './heat_map';

// jsdom's blobs give their bytes to a reader only.
const bytesOf = (blob: Blob) => new Promise<number[]>((resolve) => {
  const reader = new FileReader();
  reader.onload = () => resolve([...new Uint8Array(reader.result as ArrayBuffer)]);
  reader.readAsArrayBuffer(blob);
});

describe('a heat map', () => {
  it('has its colour from the table and lets through what has no evidence', () => {
    const painted = paint(Uint8ClampedArray.from([0, 128, 255]), colourTable('turbo'));
    expect([...painted]).toEqual([48, 18, 59, 0, 164, 252, 60, 128, 122, 4, 3, 255]);
  });

  it('comes out of a data: URL with its type and bytes', async () => {
    const blob = blobOf(`data:image/png;base64,${btoa('\x89PNG\x00\xff')}`);
    expect(blob.type).toBe('image/png');
    expect(await bytesOf(blob)).toEqual([0x89, 0x50, 0x4e, 0x47, 0, 0xff]);
  });
});
