import { formatOf, reasonAgainst } from './image_format';

const file = (...parts: (string | number[])[]) =>
  new Blob(parts.map((part) => (typeof part === 'string' ? part : new Uint8Array(part))));
const png = file([0x89], 'PNG\r\n', [0x1a], '\n rest');

describe('formatOf', () => {
  const known: [string, Blob][] = [
    ['png', png],
    ['jpeg', file([0xff, 0xd8, 0xff, 0xe0])],
    ['dicom', file('\0'.repeat(128), 'DICM')],
    ['gif', file('GIF89a')],
    ['webp', file('RIFF\x10\0\0\0WEBPVP8 ')],
    ['tiff', file('II*\0')],
    ['tiff', file('MM\0*')],
    ['heic', file('\0\0\0\x18ftypheic')],
    ['bmp', file('BM')],
    ['pdf', file('%PDF-1.7')],
    ['unknown', file('a radiograph, they say')],
    ['unknown', file([0x89], 'PNG')],
    ['unknown', file([])],
  ];
  for (const [format, content] of known)
    it(`${format}, ${content.size} bytes`, async () => expect(await formatOf(content)).toBe(format));
});

describe('reasonAgainst', () => {
  it('has none against a PNG of any size that is allowed', async () => {
    expect(await reasonAgainst(png, png.size)).toBeNull();
    expect(await reasonAgainst(png, null)).toBeNull();
  });

  it('says what the file is', async () => {
    expect(await reasonAgainst(file('GIF89a'), null)).toContain('GIF');
    expect(await reasonAgainst(file('text'), null)).toContain('neither a PNG nor a JPEG');
    expect(await reasonAgainst(file(''), null)).toContain('empty');
  });

  it('says how large it may be', async () => {
    expect(await reasonAgainst(file([0xff, 0xd8, 0xff], ' '.repeat(3 << 19)), 3 << 19)).toContain('1.5 MiB');
  });
});
