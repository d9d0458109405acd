import { expiryAfter } from './scopes';

describe('expiryAfter', () => {
  it('is so many days later, or never', () => {
    expect(expiryAfter(30, new Date('2026-11-26T10:00:00Z'))).toBe('2026-12-26T10:00:00.000Z');
    expect(expiryAfter(null, new Date())).toBeNull();
  });
});
