/** What a password must be, as the server checks it; that it is not a common one, only the server knows. */

// Characters that a password must have besides the user name (the server's OF_ITS_OWN).
const ofItsOwn = 5;

export interface PasswordChecks {
  longEnough: boolean;
  notTheName: boolean;
}

const characters = (text: string) => [...text].length;

/** How many characters are left of the password where the user name is taken out. */
function withoutName(password: string, username: string): number {
  return characters(password.toLowerCase().replaceAll(username.toLowerCase(), ''));
}

export function checkPassword(password: string, username: string, least: number): PasswordChecks {
  return {
    longEnough: characters(password) >= least,
    notTheName: password !== '' && (username === '' || withoutName(password, username) >= ofItsOwn),
  };
}
