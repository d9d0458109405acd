/** What is shown and given away of a reading. */
import type { Api } from '../../api/api';
import type { Prediction, XRay } from '../../api/types';
import { storedReading, unstoredReading, withQuery } from './reading';

const finding = { id: 'edema', name: 'Edema', score: 0.4, members: { one: 0.4 }, disagreement: 0 };

describe('a reading', () => {
  it('keeps what opens an X-ray out of the file for programs', () => {
    const xray = {
      id: 7, title: 'Chest', capability: 'secret', links: { self: '/s?capability=secret', image: '/i', report: null },
      findings: [{ ...finding, links: { heatmap: '/h?capability=secret' } }],
    } as unknown as XRay;
    const text = JSON.stringify(storedReading({} as Api, xray).record);
    expect(text).not.toContain('secret');
    expect(JSON.parse(text)).toEqual({ id: 7, title: 'Chest', findings: [finding] });
  });

  it('asks for the heat map alone, with the capability that is in its link', async () => {
    const asked: string[] = [];
    const api = { file: (link: string) => (asked.push(link), Promise.resolve(new Blob())) } as unknown as Api;
    const xray = { id: 7, links: { image: '/i', report: '/r' }, findings: [] } as unknown as XRay;
    const source = storedReading(api, xray);
    await source.heatMap({ ...finding, links: { heatmap: '/h?capability=c' } } as never);
    await source.report!();
    expect(asked).toEqual(['/h?capability=c&layer=map', '/r']);
    expect(source.heatMap({ ...finding, links: { heatmap: null } } as never)).toBeNull();
  });

  it('of an image that was not stored has its heat maps with it, and no report', async () => {
    const prediction = {
      sha256: 'abcdef0123', findings: [{ ...finding, heatmap: `data:image/png;base64,${btoa('png')}` }],
    } as unknown as Prediction;
    const source = unstoredReading(new Blob(), prediction);
    expect(await source.heatMap(prediction.findings[0])).toMatchObject({ type: 'image/png', size: 'png'.length });
    expect(source.heatMap(finding)).toBeNull();
    expect(source.report).toBeNull();
    expect(source.fileName).toBe('reading-abcdef01');
    expect(JSON.stringify(source.record)).not.toContain('data:');
  });

  it('adds to a link that asks for something and to one that does not', () => {
    expect(withQuery('/a', 'b', 'c d')).toBe('/a?b=c%20d');
    expect(withQuery('/a?x=1', 'b', 'c')).toBe('/a?x=1&b=c');
  });
});
