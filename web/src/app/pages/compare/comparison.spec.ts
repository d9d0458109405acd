/** What is compared, and with what. */
import type { FindingResult, XRay } from '../../api/types';
import { choicesFor, compareFindings } from './comparison';

const finding = (id: string, score: number, threshold?: number): FindingResult =>
  ({ id, name: id, score, threshold, decision: threshold === undefined ? undefined : score >= threshold, members: {}, disagreement: 0 });
const xray = (id: number, patient_reference: string | null) => ({ id, patient_reference }) as XRay;

describe('a comparison', () => {
  it('has each finding once, those that stand out on either side first, with the change', () => {
    const compared = compareFindings([finding('a', 0.2, 0.5), finding('b', 0.6, 0.5)], [finding('a', 0.9, 0.5), finding('c', 0.1, 0.5)]);
    expect(compared.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(compared[0].change).toBeCloseTo(0.7);
    expect(compared.slice(1).map(({ change }) => change)).toEqual([null, null]);
    expect([compared[1].right, compared[2].left]).toEqual([undefined, undefined]);
  });

  it('is offered with X-rays of the same patient apart, each once, without the one itself', () => {
    const beside = xray(1, 'P-1');
    const { samePatient, others } = choicesFor(beside, [xray(2, 'P-1'), beside], [xray(3, 'P-2'), xray(2, 'P-1'), xray(4, null)]);
    expect(samePatient.map(({ id }) => id)).toEqual([2]);
    expect(others.map(({ id }) => id)).toEqual([3, 4]);
  });

  it('takes nobody for the same patient where there is no reference', () => {
    expect(choicesFor(xray(1, null), [xray(2, null)]).samePatient).toEqual([]);
  });
});
