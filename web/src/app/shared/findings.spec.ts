import type { FindingResult } from '../api/types';
import { FindingPipe, byProminence, decisionOf, prominence } from './findings';

const finding = (id: string, score: number, threshold?: number): FindingResult => ({
  id, name: id, score, members: { one: score }, disagreement: 0,
  ...(threshold === undefined ? {} : { threshold, decision: score >= threshold }),
});

describe('findings', () => {
  it('come in the order of how far they are above their thresholds', () => {
    const sorted = byProminence([finding('a', 0.6, 0.5), finding('b', 0.2, 0.05), finding('c', 0.3, 0.9)]);
    expect(sorted.map(({ id }) => id)).toEqual(['b', 'a', 'c']);
    expect(prominence(finding('a', 0.4))).toBe(0.4);
    expect(prominence(finding('a', 0.4, 0))).toBeGreaterThan(1);
  });

  it('are decided as the server says, or not at all', () => {
    expect(decisionOf(finding('a', 0.5, 0.5))).toBe('suspected');
    expect(decisionOf(finding('a', 0.4, 0.5))).toBe('not-suspected');
    expect(decisionOf(finding('a', 0.4))).toBe('undecided');
  });

  it('have a name, also when they are new', () => {
    const pipe = new FindingPipe();
    expect(pipe.transform({ id: 'pleural_effusion', name: 'x' })).toBe('Pleural effusion');
    expect(pipe.transform({ id: 'scoliosis', name: 'Scoliosis' })).toBe('Scoliosis');
    expect(pipe.transform({ id: 'constructor', name: 'C' })).toBe('C');
  });
});
