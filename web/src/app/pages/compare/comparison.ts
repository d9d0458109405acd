/** Two readings side by side: which findings both have, and how their scores changed. */
import type { FindingResult, XRay } from '../../api/types';
import { prominence } from '../../shared/findings';

export interface ComparedFinding {
  id: string;
  name: string;
  left: FindingResult | undefined;
  right: FindingResult | undefined;
  /** Of the score, from left to right; null where one side has no such finding. */
  change: number | null;
}

/** What stands out most on either side comes first. */
export function compareFindings(left: readonly FindingResult[], right: readonly FindingResult[]): ComparedFinding[] {
  const byId = (findings: readonly FindingResult[]) => new Map(findings.map((finding) => [finding.id, finding]));
  const [lefts, rights] = [byId(left), byId(right)];
  const all = new Map([...lefts, ...rights]);
  const compared = [...all.values()].map(({ id, name }) => {
    const [one, other] = [lefts.get(id), rights.get(id)];
    return { id, name, left: one, right: other, change: one && other ? other.score - one.score : null };
  });
  const most = ({ left, right }: ComparedFinding) => Math.max(...[left, right].map((one) => (one ? prominence(one) : 0)));
  return compared.sort((a, b) => most(b) - most(a));
}

export interface Choices {
  samePatient: XRay[];
  others: XRay[];
}

/** What may be put beside an X-ray: each once, not itself, those of the same patient apart. */
export function choicesFor(beside: XRay | null, ...found: XRay[][]): Choices {
  const all = [...new Map(found.flat().map((xray) => [xray.id, xray])).values()].filter(({ id }) => id !== beside?.id);
  const reference = beside?.patient_reference;
  const same = (xray: XRay) => Boolean(reference) && xray.patient_reference === reference;
  return { samePatient: all.filter(same), others: all.filter((xray) => !same(xray)) };
}
