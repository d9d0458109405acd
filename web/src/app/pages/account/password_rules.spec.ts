import { checkPassword } from './password_rules';

describe('checkPassword', () => {
  it('counts characters, not bytes or halves of them', () => {
    expect(checkPassword('ärztehäus', '', 10).longEnough).toBe(false);
    expect(checkPassword('ärztehäuse', '', 10).longEnough).toBe(true);
    expect(checkPassword('🫁🫁🫁🫁🫁', '', 10).longEnough).toBe(false);
  });

  it('wants something besides the user name, whatever the case of its letters', () => {
    expect(checkPassword('Martha1234', 'martha', 8).notTheName).toBe(false);
    expect(checkPassword('MARTHAmartha', 'martha', 8).notTheName).toBe(false);
    expect(checkPassword('martha12345', 'martha', 8).notTheName).toBe(true);
    expect(checkPassword('seven green umbrellas', 'martha', 8).notTheName).toBe(true);
  });

  it('is not content before anything is typed', () => {
    expect(checkPassword('', 'martha', 10)).toEqual({ longEnough: false, notTheName: false });
  });
});
