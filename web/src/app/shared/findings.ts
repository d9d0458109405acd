/** Findings in the user's language, and the order and words in which they are shown. */
import { Pipe, PipeTransform } from '@angular/core';
import type { FindingResult } from '../api/types';

// Those of CheXpert and of NIH ChestX-ray14.
const names: Record<string, string> = {
  atelectasis: $localize`:@@finding.atelectasis:Atelectasis`,
  cardiomegaly: $localize`:@@finding.cardiomegaly:Cardiomegaly`,
  consolidation: $localize`:@@finding.consolidation:Consolidation`,
  edema: $localize`:@@finding.edema:Edema`,
  pleural_effusion: $localize`:@@finding.pleuralEffusion:Pleural effusion`,
  effusion: $localize`:@@finding.effusion:Effusion`,
  emphysema: $localize`:@@finding.emphysema:Emphysema`,
  enlarged_cardiomediastinum: $localize`:@@finding.enlargedCardiomediastinum:Enlarged cardiomediastinum`,
  fibrosis: $localize`:@@finding.fibrosis:Fibrosis`,
  fracture: $localize`:@@finding.fracture:Fracture`,
  hernia: $localize`:@@finding.hernia:Hernia`,
  infiltration: $localize`:@@finding.infiltration:Infiltration`,
  lung_lesion: $localize`:@@finding.lungLesion:Lung lesion`,
  lung_opacity: $localize`:@@finding.lungOpacity:Lung opacity`,
  mass: $localize`:@@finding.mass:Mass`,
  nodule: $localize`:@@finding.nodule:Nodule`,
  pleural_other: $localize`:@@finding.pleuralOther:Other pleural finding`,
  pleural_thickening: $localize`:@@finding.pleuralThickening:Pleural thickening`,
  pneumonia: $localize`:@@finding.pneumonia:Pneumonia`,
  pneumothorax: $localize`:@@finding.pneumothorax:Pneumothorax`,
  support_devices: $localize`:@@finding.supportDevices:Support devices`,
};

/** The name of a finding; what the ensemble calls it where it is none that is known here. */
@Pipe({ name: 'pxFinding' })
export class FindingPipe implements PipeTransform {
  transform(finding: { id: string; name: string }): string {
    return Object.hasOwn(names, finding.id) ? names[finding.id] : finding.name;
  }
}

/** How far above its threshold: 1 is at the threshold. Without one, the score. */
export function prominence({ score, threshold }: FindingResult): number {
  if (threshold === undefined) return score;
  return threshold > 0 ? score / threshold : 1 + score;
}

/** The findings that stand out most first. */
export function byProminence<T extends FindingResult>(findings: readonly T[]): T[] {
  return [...findings].sort((a, b) => prominence(b) - prominence(a));
}

export type Decision = 'suspected' | 'not-suspected' | 'undecided';

export function decisionOf({ decision }: FindingResult): Decision {
  if (decision === undefined) return 'undecided';
  return decision ? 'suspected' : 'not-suspected';
}

export const decisionWords: Record<Decision, string> = {
  suspected: $localize`:@@decision.suspected:Suspected`,
  'not-suspected': $localize`:@@decision.notSuspected:Not suspected`,
  undecided: $localize`:@@decision.undecided:No threshold`,
};

/** Members' scores that lie this far apart (standard deviation) are worth a warning. */
export const strongDisagreement = 0.15;
