import { ownPage } from './next_page';

describe('ownPage', () => {
  it('follows addresses of this site', () => {
    expect(ownPage('/users/3/upload', '/')).toBe('/users/3/upload');
    expect(ownPage('/', '/users/3')).toBe('/');
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', undefined])(
    'does not follow %s', (next) => expect(ownPage(next, '/users/3')).toBe('/users/3'));
});
