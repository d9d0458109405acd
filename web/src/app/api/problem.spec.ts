import { HttpErrorResponse, HttpHeaders } from '@angular/common/http';
import { Problem, problemOf } from './problem';

const answer = (status: number, error: unknown, headers: Record<string, string> = {}) =>
  problemOf(new HttpErrorResponse({ status, error, headers: new HttpHeaders(headers) }));

describe('problemOf', () => {
  it("takes the server's words and fields", () => {
    const problem = answer(400, {
      detail: 'The title is too long.', request_id: 'r1', errors: [{ field: 'title', message: 'At most 200.' }],
    });
    expect(problem).toMatchObject({ kind: 'invalid-request', requestId: 'r1', fields: { title: 'At most 200.' } });
    expect(problem.words).toBe('The title is too long.');
    expect(problem.passing).toBe(false);
  });

  it('reads problems that come as text, and answers that are none', () => {
    expect(answer(404, '{"detail":"Gone."}').detail).toBe('Gone.');
    expect(answer(502, '<html>').kind).toBe('offline');
    expect(answer(418, null).words).toBe('Something went wrong.');
  });

  it('knows when to come back', () => {
    const problem = answer(429, {}, { 'Retry-After': '17' });
    expect(problem.retryAfter).toBe(17);
    expect(problem.words).toContain('17 seconds');
    expect(problem.passing).toBe(true);
  });

  it('knows a server that does not answer, and passes problems on', () => {
    expect(answer(0, null)).toMatchObject({ kind: 'offline', passing: true });
    const stopped = new Problem('cancelled');
    expect(problemOf(stopped)).toBe(stopped);
    expect(problemOf(new Error('odd')).words).toBe('odd');
  });
});
