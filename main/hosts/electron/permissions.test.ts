import { beforeEach, describe, expect, it } from 'vitest';
import { createElectronDouble } from '../../../e2e/electron-double/electron-double.ts';
import { guardPermissions } from './permissions.ts';

const own = { requestingUrl: 'app://spira/index.html', securityOrigin: 'app://spira/', isMainFrame: true };
const otherPermissions = [
  'geolocation',
  'notifications',
  'display-capture',
  'clipboard-read',
  'fullscreen',
  'midi',
  'hid',
  'usb',
  'serial',
  'openExternal',
  'fileSystem',
  'unknown',
];

describe('permissions', () => {
  let double: ReturnType<typeof createElectronDouble>;
  beforeEach(() => {
    double = createElectronDouble({ userData: '/nowhere' });
    guardPermissions(double.electron.session.defaultSession);
  });

  it('grants our page the microphone', () => {
    expect(double.requestPermission('media', { ...own, mediaTypes: ['audio'] })).toBe(true);
    expect(double.checkPermission('media', 'app://spira/', { isMainFrame: true, mediaType: 'audio' })).toBe(
      true,
    );
  });

  it.each([
    ['the camera', { ...own, mediaTypes: ['video'] }],
    ['the camera with the microphone', { ...own, mediaTypes: ['audio', 'video'] }],
    ['nothing in particular', { ...own, mediaTypes: [] }],
    ['an unnamed medium', own],
    ['the microphone from a frame', { ...own, isMainFrame: false, mediaTypes: ['audio'] }],
    [
      'the microphone from elsewhere',
      { ...own, requestingUrl: 'https://evil.example/', mediaTypes: ['audio'] },
    ],
    [
      'the microphone for somebody else',
      { ...own, securityOrigin: 'https://evil.example/', mediaTypes: ['audio'] },
    ],
    ['the microphone from nowhere', { isMainFrame: true, mediaTypes: ['audio'] }],
  ])('refuses %s when asked', (_what, details) => {
    expect(double.requestPermission('media', details)).toBe(false);
  });

  it.each([
    ['the camera', 'app://spira/', { isMainFrame: true, mediaType: 'video' }],
    ['an unknown medium', 'app://spira/', { isMainFrame: true, mediaType: 'unknown' }],
    ['a frame', 'app://spira/', { isMainFrame: false, mediaType: 'audio' }],
    ['another origin', 'https://evil.example', { isMainFrame: true, mediaType: 'audio' }],
    ['another app origin', 'app://evil/', { isMainFrame: true, mediaType: 'audio' }],
    [
      'a page within another',
      'app://spira/',
      { isMainFrame: true, mediaType: 'audio', embeddingOrigin: 'https://evil.example' },
    ],
  ])('refuses %s when checked', (_what, origin, details) => {
    expect(double.checkPermission('media', origin, details)).toBe(false);
  });

  it.each(otherPermissions)('refuses %s to our own page too', (permission) => {
    expect(double.requestPermission(permission, { ...own, mediaTypes: ['audio'] })).toBe(false);
    expect(
      double.checkPermission(permission, 'app://spira/', { isMainFrame: true, mediaType: 'audio' }),
    ).toBe(false);
  });

  it('refuses every device', () => {
    expect(double.checkDevice()).toBe(false);
  });
});
