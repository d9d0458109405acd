/** A file for tests: jsdom's own cannot be read by promises, as those of every browser can. */
export function testFile(content: string, name = 'file'): File {
  const bytes = Uint8Array.from(content, (letter) => letter.charCodeAt(0));
  const slice = (from: number, to: number) => ({ arrayBuffer: async () => bytes.slice(from, to).buffer });
  return Object.assign(new File([bytes], name), { slice });
}

export const testPng = (name: string, more = '') => testFile(`\x89PNG\r\n\x1a\n${more}`, name);
