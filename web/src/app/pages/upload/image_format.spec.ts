import { formatOf, reasonAgainst } from './image_format';
import { testFile as file, testPng } from './test_file';

const png = testPng('a.png');

describe('formatOf', () => {
  const known: [string, Blob][] = [
    ['png', png],
    ['jpeg', file('\xff\xd8\xff\xe0')],
    ['dicom', file('\0'.repeat(128) + 'DICM')],
    ['gif', file('GIF89a')],
    ['webp', file('RIFF\x10\0\0\0WEBPVP8 ')],
    ['tiff', file('II*\0')],
    ['tiff', file('MM\0*')],
    ['heic', file('\0\0\0\x18ftypheic')],
    ['bmp', file('BM')],
    ['pdf', file('%PDF-1.7')],
    ['unknown', file('a radiograph, they say')],
    ['unknown', file('\x89PNG')],
    ['unknown', file('')],
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
    expect(await reasonAgainst(file('\xff\xd8\xff' + ' '.repeat(3 << 19)), 3 << 19)).toContain('1.5 MiB');
  });
});
