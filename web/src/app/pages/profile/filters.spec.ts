import { countFilters, filtersFrom, isFiltered, noFilters, searchOf } from './filters';

describe('searchOf', () => {
  it('asks for nothing but the order where nothing is filtered by', () => {
    expect(searchOf(noFilters)).toEqual({ sort: 'newest' });
    expect(searchOf({ ...noFilters, text: '   ' })).toEqual({ sort: 'newest' });
  });

  it('includes the whole last day', () => {
    const search = searchOf({ ...noFilters, from: '2026-11-30', to: '2026-11-30' });
    expect(search.since).toBe(new Date(2026, 10, 30).toISOString());
    expect(search.until).toBe(new Date(2026, 11, 1).toISOString());
  });

  it('orders by score only with a finding', () => {
    expect(searchOf({ ...noFilters, sort: 'score' }).sort).toBe('newest');
    expect(searchOf({ ...noFilters, sort: 'score', finding: 'edema' })).toEqual({ sort: 'score', finding: 'edema' });
  });
});

describe('filters', () => {
  it('are counted without the text and the order', () => {
    expect(countFilters({ ...noFilters, text: 'a', sort: 'title' })).toBe(0);
    expect(countFilters({ ...noFilters, finding: 'edema', to: '2026-11-30' })).toBe(2);
    expect(isFiltered({ ...noFilters, text: ' ' })).toBe(false);
    expect(isFiltered({ ...noFilters, status: 'failed' })).toBe(true);
  });

  it('come back out of the history, whatever is in it', () => {
    expect(filtersFrom({ navigationId: 3, filters: { text: 'P-7' } })).toEqual({ ...noFilters, text: 'P-7' });
    expect(filtersFrom(null)).toEqual(noFilters);
    expect(filtersFrom({ filters: 'x' })).toEqual(noFilters);
  });
});
