/** Where to go after logging in. */

/** The address wanted, if it is a page of this site: `//host` and `/\host` would leave it. */
export function ownPage(next: string | undefined, otherwise: string): string {
  return next && /^\/(?![/\\])/.test(next) ? next : otherwise;
}
