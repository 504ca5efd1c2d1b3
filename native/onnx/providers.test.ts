import { expect, it } from 'vitest';
import { orderProviders } from './providers.ts';

const backends = (...names: string[]) => names.map((name) => ({ name, bundled: true }));

it.each([
  ['darwin', backends('cpu', 'webgpu', 'coreml'), ['coreml', 'webgpu', 'cpu']],
  ['win32', backends('cpu', 'dml', 'webgpu'), ['dml', 'webgpu', 'cpu']],
  ['linux', [...backends('cpu', 'webgpu'), { name: 'cuda', bundled: false }], ['webgpu', 'cpu']],
  ['linux', backends('cpu', 'webgpu', 'cuda', 'tensorrt'), ['cuda', 'webgpu', 'cpu']],
  ['linux', [], ['cpu']],
  ['aix', backends('cpu', 'webgpu'), ['cpu']],
])('prefers, on %s, the graphics processor that the package offers', (platform, given, expected) => {
  expect(orderProviders(platform, given)).toEqual(expected);
});
