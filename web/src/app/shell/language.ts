/** The languages there are. The server picks one by this cookie, else by what the browser prefers. */
export const languages = [
  { code: 'en', name: 'English' },
  { code: 'de', name: 'Deutsch' },
] as const;

export function chooseLanguage(code: string): void {
  document.cookie = `language=${code}; path=/; max-age=31536000; samesite=lax`;
  location.reload();
}
