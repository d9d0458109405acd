/** What went wrong with a request, as the server (RFC 9457) or the network says it. */
import { HttpErrorResponse } from '@angular/common/http';

export type ProblemKind =
  | 'offline' // no answer: the server is away, or the connection broke
  | 'cancelled' // by the user
  | 'invalid-request'
  | 'not-authenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'unsupported-media-type'
  | 'too-many-requests'
  | 'unavailable'
  | 'storage-full'
  | 'internal-error'
  | 'other';

const kinds: Record<number, ProblemKind> = {
  0: 'offline', 400: 'invalid-request', 401: 'not-authenticated', 403: 'forbidden', 404: 'not-found',
  409: 'conflict', 413: 'too-large', 415: 'unsupported-media-type', 429: 'too-many-requests',
  500: 'internal-error', 502: 'offline', 503: 'unavailable', 504: 'offline', 507: 'storage-full',
};

export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    /** The server's words, in English; empty when it said nothing. */
    readonly detail = '',
    /** What is wrong with single fields, by name. */
    readonly fields: Record<string, string> = {},
    /** Seconds until another try makes sense. */
    readonly retryAfter: number | null = null,
    readonly requestId = '',
  ) {
    super(detail || kind);
  }

  /** May the same request succeed later? */
  get passing(): boolean {
    return ['offline', 'too-many-requests', 'unavailable', 'internal-error'].includes(this.kind);
  }

  /** Seconds to wait where there were too many requests; 0 for any other kind. */
  get wait(): number {
    return this.kind === 'too-many-requests' ? (this.retryAfter ?? 1) : 0;
  }

  /** What the kind means and what to do, in the user's language. */
  get words(): string {
    return words[this.kind](this);
  }
}

const words: Record<ProblemKind, (problem: Problem) => string> = {
  offline: () => $localize`:@@problem.offline:The server does not answer. Check the connection, then try again.`,
  cancelled: () => $localize`:@@problem.cancelled:Stopped.`,
  'invalid-request': ({ detail }) => detail || $localize`:@@problem.invalid:The server did not understand what was sent.`,
  'not-authenticated': () => $localize`:@@problem.session:You are not logged in, or your session has ended. Log in to go on.`,
  forbidden: ({ detail }) => detail || $localize`:@@problem.forbidden:You may not do that.`,
  'not-found': () => $localize`:@@problem.notFound:This is not there any more, or it is not yours.`,
  conflict: ({ detail }) => detail || $localize`:@@problem.conflict:Somebody changed this in the meantime. Load the page again.`,
  'too-large': () => $localize`:@@problem.tooLarge:This file is larger than the server takes.`,
  'unsupported-media-type': () => $localize`:@@problem.type:This kind of file cannot be read. Use PNG or JPEG.`,
  'too-many-requests': ({ retryAfter }) =>
    $localize`:@@problem.tooMany:Too many requests. Try again in ${retryAfter ?? 60}:seconds: seconds.`,
  unavailable: () => $localize`:@@problem.unavailable:The server is busy. Try again in a moment.`,
  'storage-full': () => $localize`:@@problem.full:The server has no room left to store this. Tell its administrator.`,
  'internal-error': ({ requestId }) =>
    $localize`:@@problem.internal:The server failed. If it happens again, tell its administrator the request number ${requestId}:request:.`,
  other: ({ detail }) => detail || $localize`:@@problem.other:Something went wrong.`,
};

interface ProblemBody {
  detail?: string;
  request_id?: string;
  errors?: { field: string; message: string }[];
}

/** The problem behind whatever a request ended with. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof HttpErrorResponse)) return new Problem('other', String((error as Error)?.message ?? error));
  const body = bodyOf(error.error);
  const wait = Number(error.headers?.get('Retry-After') ?? NaN);
  return new Problem(
    kinds[error.status] ?? 'other',
    body.detail ?? '',
    Object.fromEntries((body.errors ?? []).map(({ field, message }) => [field, message])),
    Number.isFinite(wait) ? wait : null,
    body.request_id ?? error.headers?.get('X-Request-Id') ?? '',
  );
}

// Where another kind of answer was asked for, the problem comes as text or not at all.
function bodyOf(body: unknown): ProblemBody {
  if (typeof body === 'object' && body !== null && !(body instanceof Blob)) return body as ProblemBody;
  try {
    return (JSON.parse(String(body)) as ProblemBody | null) ?? {};
  } catch {
    return {};
  }
}
