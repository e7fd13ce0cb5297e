import { describe, expect, test } from '@jest/globals';
import { buildArguments, secretsOf, withoutSecrets } from './build-settings.js';

const settings = (sources: Parameters<typeof buildArguments>[0]['sources']): string[] =>
  (buildArguments({ sources, proxy: {} }, 'mark')['FTP_PROXY'] ?? '').split(' ');

describe('what a build is told of mirrors and proxies', () => {
  test('is only its mark where there are none', () => {
    expect(buildArguments({ sources: {}, proxy: {} }, 'mark')).toEqual({ FTP_PROXY: 'GANTRY_BUILD=mark' });
  });

  test('has proxies under both spellings', () => {
    expect(buildArguments({ sources: {}, proxy: { http: 'http://p:3128', no: 'a,b' } }, 'mark')).toMatchObject({
      http_proxy: 'http://p:3128',
      HTTP_PROXY: 'http://p:3128',
      no_proxy: 'a,b',
      NO_PROXY: 'a,b',
    });
  });

  test('keeps the credentials of pip, NuGet and apt in their addresses', () => {
    expect(settings({ pipIndexUrl: 'https://u:p%40@index/simple' })).toContain(
      'PIP_INDEX_URL=https://u:p%40@index/simple',
    );
    expect(settings({ nugetSource: 'https://u:p@nuget/v3/index.json' })).toContain(
      'NUGET_SOURCE=https://u:p@nuget/v3/index.json',
    );
    expect(settings({ aptMirror: 'http://mirror:3142/' })).toContain('APT_MIRROR=http://mirror:3142');
  });

  test('makes pip trust plain HTTP, and only that host', () => {
    const told = settings({ pipIndexUrl: 'http://index:8080/simple' });
    expect(told).toContain('PIP_TRUSTED_HOST=index:8080');
    expect(settings({ pipIndexUrl: 'https://index/simple' }).join()).not.toContain('TRUSTED');
  });

  test("gives npm the credentials by its own configuration's line", () => {
    const told = settings({ npmRegistry: 'https://user:p%40ss@registry/npm' });
    expect(told).toContain('npm_config_registry=https://registry/npm/');
    expect(told).toContain(`NPM_AUTH=//registry/npm/:_auth=${Buffer.from('user:p@ss').toString('base64')}`);
  });

  test.each(['ftp://x/', 'file:///etc', 'https://x/$(id)', "https://x/'", 'https://x/a#b', 'https://x/?a&b'])(
    'refuses %s',
    (url) => {
      expect(() => settings({ pipIndexUrl: url })).toThrow();
    },
  );

  test('has passwords that a log does not show, in whatever form', () => {
    const secrets = secretsOf({
      sources: { npmRegistry: 'https://user:p%40ss@registry/' },
      proxy: { http: 'http://x:y12@p' },
    });
    const log = `p%40ss p@ss ${Buffer.from('user:p@ss').toString('base64')} http://x:y12@p user`;
    expect(withoutSecrets(log, secrets)).toBe('*** *** *** http://x:***@p user');
    expect(secretsOf({ sources: { pipIndexUrl: 'https://index/' }, proxy: {} })).toEqual([]);
  });
});
