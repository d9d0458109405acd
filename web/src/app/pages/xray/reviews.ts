/** The reviews of one X-ray's findings; made when they are first looked at, kept until the page is left. */
import type { Api } from '../../api/api';
import type { FindingResult, XRay, XRayFinding } from '../../api/types';
import { ReviewDraft } from './review_draft';

export class Reviews {
  private readonly drafts: ReadonlyMap<string, ReviewDraft>;

  constructor(api: Api, xray: XRay) {
    this.drafts = new Map(xray.findings.map((finding: XRayFinding) => [finding.id, new ReviewDraft(finding.review, {
      save: (review) => api.review(xray.id, finding.id, review),
      remove: () => api.deleteReview(xray.id, finding.id),
    })]));
  }

  of(finding: FindingResult): ReviewDraft {
    return this.drafts.get(finding.id)!;
  }

  /** Is anything typed that the server does not have yet? */
  unsaved(): boolean {
    return [...this.drafts.values()].some((draft) => ['unsaved', 'saving', 'failed'].includes(draft.state()));
  }

  /** Saves all; whether that worked. */
  async settle(): Promise<boolean> {
    const settled = await Promise.all([...this.drafts.values()].map((draft) => draft.settle()));
    return settled.every(Boolean);
  }
}
