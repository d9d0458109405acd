import { Problem } from '../../api/problem';
import { concernsForm, fieldWords, wordsFor } from './field_words';

const wrongFields = (fields: Record<string, string>) => new Problem('invalid-request', 'Some fields…', fields);

describe('the words for a field', () => {
  it('knows what the server says of passwords, with its number', () => {
    const problem = wrongFields({
      new_password: 'This password is too short: it must have at least 12 characters.',
    });
    expect(fieldWords(problem, 'new_password')).toBe('Too short: it must have at least 12 characters.');
    expect(fieldWords(problem, 'username')).toBe('');
  });

  it('finds the field of a conflict and of a wrong password', () => {
    const taken = new Problem('conflict', 'This user name is taken.');
    expect(fieldWords(taken, 'username')).toBe('This user name is taken. Choose another.');
    expect(fieldWords(taken, 'password')).toBe('');
    const wrong = new Problem('forbidden', 'The password is wrong.');
    expect(fieldWords(wrong, 'current_password')).toBe('The password is wrong.');
    expect(fieldWords(wrong, 'new_password')).toBe('');
  });

  it('passes on sentences that it does not know', () => {
    expect(wordsFor('Must have 1 to 150 characters.')).toBe('Must have 1 to 150 characters.');
  });
});

describe('concernsForm', () => {
  it('is for what no field says', () => {
    expect(concernsForm(new Problem('offline'), ['username'])).toBe(true);
    expect(concernsForm(wrongFields({ username: 'Required.' }), ['username'])).toBe(false);
    expect(concernsForm(wrongFields({ kind: 'Required.' }), ['username'])).toBe(true);
  });
});
