/** Times and numbers as the user's locale writes them. */
import { LOCALE_ID, Pipe, PipeTransform, inject } from '@angular/core';

/** The browser's own locale where it is of the page's language (en-GB for en), else the page's. */
export function localeFor(language: string, wanted: readonly string[] = navigator.languages): string {
  return wanted.find((locale) => locale.split('-')[0] === language) ?? language;
}

const useLocale = () => localeFor(inject(LOCALE_ID).split('-')[0]);

/** A time of the API's (RFC 3339): with `'day'` the date alone. */
@Pipe({ name: 'pxTime' })
export class TimePipe implements PipeTransform {
  private readonly locale = useLocale();

  transform(time: string, parts: 'day' | 'minute' = 'minute'): string {
    const format: Intl.DateTimeFormatOptions = parts === 'day'
      ? { dateStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' };
    return new Intl.DateTimeFormat(this.locale, format).format(new Date(time));
  }
}

/** A share of 1 as a percentage with one decimal: 0.314 is 31.4 %. */
@Pipe({ name: 'pxPercent' })
export class PercentPipe implements PipeTransform {
  private readonly format = new Intl.NumberFormat(useLocale(), {
    style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1,
  });

  transform(share: number): string {
    return this.format.format(share);
  }
}

@Pipe({ name: 'pxNumber' })
export class NumberPipe implements PipeTransform {
  private readonly locale = useLocale();

  /** Rounded to so many decimals, of which `least` are shown even where they are 0. */
  transform(value: number, decimals = 0, least = 0): string {
    const format = { minimumFractionDigits: least, maximumFractionDigits: decimals };
    return new Intl.NumberFormat(this.locale, format).format(value);
  }
}

/** A size in bytes, in the largest unit of 1024 that leaves at least 1: 1.5 MiB. */
@Pipe({ name: 'pxBytes' })
export class BytesPipe implements PipeTransform {
  private readonly locale = useLocale();

  transform(bytes: number): string {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    const step = bytes > 0 ? Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10)) : 0;
    const number = new Intl.NumberFormat(this.locale, { maximumFractionDigits: 1 }).format(bytes / 1024 ** step);
    return `${number} ${units[step]}`;
  }
}
