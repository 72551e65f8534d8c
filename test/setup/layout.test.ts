import { homedir } from 'node:os';
import { describe, expect, test } from 'vitest';

import { defaultCacheDir, readPartsList } from '../../setup/layout.mjs';

describe('the cache folder', () => {
  test('is the one the user names', () => {
    expect(defaultCacheDir({ ZEBRA_CACHE_DIR: '/big/zebra', XDG_CACHE_HOME: '/xdg' }, 'linux', '/home/ada')).toBe(
      '/big/zebra',
    );
  });

  test('follows XDG_CACHE_HOME', () => {
    expect(defaultCacheDir({ XDG_CACHE_HOME: '/xdg' }, 'linux', '/home/ada')).toBe('/xdg/zebra');
  });

  test('ignores a relative XDG_CACHE_HOME, as its specification asks', () => {
    expect(defaultCacheDir({ XDG_CACHE_HOME: 'xdg' }, 'linux', '/home/ada')).toBe('/home/ada/.cache/zebra');
  });

  test.each([
    ['linux', '/home/ada', {}, '/home/ada/.cache/zebra'],
    ['darwin', '/Users/ada', {}, '/Users/ada/Library/Caches/zebra'],
    ['win32', 'C:\\Users\\ada', { LOCALAPPDATA: 'D:\\local' }, 'D:\\local\\zebra'],
    ['win32', 'C:\\Users\\ada', {}, 'C:\\Users\\ada\\AppData\\Local\\zebra'],
  ])('follows the custom of %s', (platform, home, env, expected) => {
    expect(defaultCacheDir(env, platform, home)).toBe(expected);
  });

  test('is absolute even where the user names it relatively', () => {
    expect(defaultCacheDir({ ZEBRA_CACHE_DIR: 'cache' }, process.platform, homedir())).toBe(`${process.cwd()}/cache`);
  });
});

describe('the list of parts', () => {
  test('pins every file by version and sha256, under the name that its package gives it', () => {
    for (const part of readPartsList()) {
      for (const file of Object.values(part.files)) {
        expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(file.file).toContain(`${part.name.replaceAll('-', '_')}-${part.version}-`);
      }
    }
  });

  test('names no host', () => {
    expect(JSON.stringify(readPartsList())).not.toMatch(/https?:/);
  });
});
