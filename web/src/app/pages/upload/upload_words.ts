/** What has become of an upload, in words. */
import type { Problem } from '../../api/problem';
import { byProminence, decisionOf, decisionWords, FindingPipe } from '../../shared/findings';
import { Reading, UploadState, findingsOf } from './upload_item';

const names = new FindingPipe();

/** What the server said of the image itself comes first: it is more than that the request was wrong. */
export function reasonOf(problem: Problem): string {
  return Object.values(problem.fields).join(' ') || problem.words;
}

/** A sentence for those who hear it, said once at each step. */
export function newsOf(state: UploadState): string {
  switch (state.step) {
    case 'refused': return state.why;
    case 'draft': return '';
    case 'waiting': return $localize`:@@upload.waiting:Waiting for its turn`;
    case 'sending': return $localize`:@@upload.sending:Sending`;
    case 'reading': return $localize`:@@upload.reading:The networks are reading it`;
    case 'pausing': return $localize`:@@upload.pausing:${reasonOf(state.problem)}:reason: It is tried again by itself.`;
    case 'done': return resultOf(state.reading);
    case 'failed': return reasonOf(state.problem);
    case 'cancelled': return $localize`:@@upload.cancelled:Cancelled`;
  }
}

function resultOf(reading: Reading): string {
  const [first] = byProminence(findingsOf(reading));
  if (!first) return $localize`:@@upload.storedOnly:Stored, but the reading failed. Open it to have it read again.`;
  return $localize`:@@upload.read:Read. ${names.transform(first)}:finding:: ${decisionWords[decisionOf(first)]}:decision:.`;
}
