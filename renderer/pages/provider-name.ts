import type { Text } from '../i18n/index.ts';

const names: Readonly<Record<string, string>> = {
  webgpu: 'WebGPU',
  dml: 'DirectML',
  directml: 'DirectML',
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
  coreml: 'Core ML',
};

/** The processor that ran a model, in words. */
export function providerName({ t }: Pick<Text, 't'>, provider: string): string {
  return provider === 'cpu' ? t('provider.cpu') : t('provider.gpu', { name: names[provider] ?? provider });
}
