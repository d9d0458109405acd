/** What a file is, by its first bytes: names may lie, and the system's idea of a type follows the name. */

export type ImageFormat = 'png' | 'jpeg' | 'dicom' | 'gif' | 'webp' | 'tiff' | 'heic' | 'bmp' | 'pdf' | 'unknown';

interface Signature {
  format: ImageFormat;
  at: number;
  bytes: string;
}

const signatures: Signature[] = [
  { format: 'png', at: 0, bytes: '\x89PNG\r\n\x1a\n' },
  { format: 'jpeg', at: 0, bytes: '\xff\xd8\xff' },
  { format: 'dicom', at: 128, bytes: 'DICM' },
  { format: 'gif', at: 0, bytes: 'GIF8' },
  { format: 'webp', at: 8, bytes: 'WEBP' },
  { format: 'tiff', at: 0, bytes: 'II*\0' },
  { format: 'tiff', at: 0, bytes: 'MM\0*' },
  { format: 'heic', at: 4, bytes: 'ftyphei' },
  { format: 'heic', at: 4, bytes: 'ftypmif' },
  { format: 'bmp', at: 0, bytes: 'BM' },
  { format: 'pdf', at: 0, bytes: '%PDF-' },
];

const names: Partial<Record<ImageFormat, string>> = {
  dicom: 'DICOM', gif: 'GIF', webp: 'WebP', tiff: 'TIFF', heic: 'HEIC', bmp: 'BMP', pdf: 'PDF',
};

export async function formatOf(file: Blob): Promise<ImageFormat> {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, 132).arrayBuffer()));
  return signatures.find(({ at, bytes }) => head.startsWith(bytes, at))?.format ?? 'unknown';
}

/** Why a file is not worth sending, in words; null: it is. `mostBytes` null: not known. */
export async function reasonAgainst(file: Blob, mostBytes: number | null): Promise<string | null> {
  if (file.size === 0) return $localize`:@@upload.empty:The file is empty.`;
  const format = await formatOf(file);
  if (format !== 'png' && format !== 'jpeg') return wrongFormat(names[format]);
  if (mostBytes !== null && file.size > mostBytes) return tooLarge(mostBytes);
  return null;
}

function wrongFormat(name: string | undefined): string {
  if (!name) return $localize`:@@upload.notImage:This is neither a PNG nor a JPEG image.`;
  return $localize`:@@upload.otherFormat:This is a ${name}:format: file. Export the radiograph as PNG or JPEG.`;
}

function tooLarge(mostBytes: number): string {
  const most = Math.floor((10 * mostBytes) / 2 ** 20) / 10;
  return $localize`:@@upload.tooLarge:The file is too large: this server takes up to ${most}:size: MiB.`;
}
