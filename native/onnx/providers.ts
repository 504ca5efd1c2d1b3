/** What may execute a graph: `cpu` is always there, the others depend on the platform's package and the machine. */
export const providerNames = ['cuda', 'coreml', 'dml', 'webgpu', 'cpu'] as const;
export type ProviderName = (typeof providerNames)[number];

const preference: Readonly<Record<string, readonly ProviderName[]>> = {
  darwin: ['coreml', 'webgpu', 'cpu'],
  win32: ['cuda', 'dml', 'webgpu', 'cpu'],
  linux: ['cuda', 'webgpu', 'cpu'],
};

/**
 * The providers worth trying on a platform, the preferred first, out of the backends that ONNX Runtime reports as
 * part of its package. That one is listed does not mean that this machine has the hardware.
 */
export function orderProviders(
  platform: string,
  backends: readonly { readonly name: string; readonly bundled: boolean }[],
): ProviderName[] {
  const bundled = new Set(backends.filter((backend) => backend.bundled).map((backend) => backend.name));
  const wanted = preference[platform] ?? ['cpu'];
  return wanted.filter((name) => name === 'cpu' || bundled.has(name));
}
