/** What the server says is wrong with a field of an account, in the user's language where the sentence is known. */
import type { Problem } from '../../api/problem';

const known: [RegExp, (found: RegExpMatchArray) => string][] = [
  [/user name is taken/, () => $localize`:@@account.nameTaken:This user name is taken. Choose another.`],
  [/valid username/, () => $localize`:@@account.nameLetters:Only letters, digits and @ . + - _ can be used.`],
  [/too short.*at least (\d+)/, ([, least]) => $localize`:@@account.tooShort:Too short: it must have at least ${least}:least: characters.`],
  [/password is too long/, () => $localize`:@@account.tooLong:This password is too long.`],
  [/too similar to the user name/, () => $localize`:@@account.tooSimilar:Too similar to the user name.`],
  [/password is too common/, () => $localize`:@@account.tooCommon:This password is too common: others would guess it.`],
  [/password is wrong/, () => $localize`:@@account.wrong:The password is wrong.`],
  [/^Required/, () => $localize`:@@account.required:This is needed.`],
];

export function wordsFor(message: string): string {
  for (const [pattern, words] of known) {
    const found = message.match(pattern);
    if (found) return words(found);
  }
  return message;
}

/** What is wrong with a field. A name that is taken is a conflict, a wrong password is forbidden: they name no field. */
export function fieldWords(problem: Problem | null, field: string): string {
  if (!problem) return '';
  if (field === 'username' && problem.kind === 'conflict') return wordsFor(problem.detail);
  if (isProof(field) && isWrongPassword(problem)) return wordsFor(problem.detail);
  return problem.fields[field] ? wordsFor(problem.fields[field]) : '';
}

/** Is it said beside none of these fields? Then it has to be said for the whole form. */
export function concernsForm(problem: Problem, fields: readonly string[]): boolean {
  return fields.every((field) => fieldWords(problem, field) === '');
}

const isProof = (field: string) => field === 'current_password' || field === 'password';
const isWrongPassword = ({ kind, detail }: Problem) => kind === 'forbidden' && /password is wrong/.test(detail);
