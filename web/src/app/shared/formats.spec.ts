import { LOCALE_ID } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { BytesPipe, PercentPipe, localeFor } from './formats';

describe('localeFor', () => {
  it("takes the browser's locale where it is of the page's language", () => {
    expect(localeFor('en', ['de-AT', 'en-GB'])).toBe('en-GB');
    expect(localeFor('de', ['en-GB'])).toBe('de');
    expect(localeFor('en', ['eno'])).toBe('en');
  });
});

describe('numbers', () => {
  const transform = (language: string, pipe: typeof BytesPipe | typeof PercentPipe, value: number) => {
    TestBed.configureTestingModule({ providers: [{ provide: LOCALE_ID, useValue: language }] });
    const text = TestBed.runInInjectionContext(() => new pipe().transform(value));
    TestBed.resetTestingModule();
    return text.replaceAll('\u00a0', ' ');
  };

  it('writes sizes in the largest unit that leaves at least one', () => {
    expect(transform('en', BytesPipe, 0)).toBe('0 B');
    expect(transform('en', BytesPipe, 1023)).toBe('1,023 B');
    expect(transform('en', BytesPipe, 1536)).toBe('1.5 KiB');
    expect(transform('de', BytesPipe, 1.5 * 2 ** 40)).toBe('1,5 TiB');
  });

  it('writes shares as percentages', () => {
    expect(transform('en', PercentPipe, 0.3142)).toBe('31.4%');
    expect(transform('de', PercentPipe, 1)).toBe('100,0 %');
  });
});
