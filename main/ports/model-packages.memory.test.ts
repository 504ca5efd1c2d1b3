import { fail, ok } from '../../contract/result.ts';
import { sha256 } from '../../contract/sha256.ts';
import { voiceModel } from '../app/fixtures/models.ts';
import { describeModelPackages } from './model-packages.contract.ts';
import { memoryModelPackages } from './model-packages.memory.ts';
import { manifestBytesOf } from './models.memory.ts';

const model = voiceModel();
const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
const noise = Uint8Array.of(9, 9, 9);

describeModelPackages('packages in memory', () => {
  const packages = memoryModelPackages((read) =>
    read.length === bytes.length
      ? ok({
          folder: '/packages',
          model: { ...model, source: 'installed' },
          manifestBytes: manifestBytesOf(model.manifest),
        })
      : fail('model-invalid', { reason: 'not-a-tar' }),
  );
  return Promise.resolve({
    packages,
    reopen: () => Promise.resolve(packages),
    bytes,
    packageSha256: sha256(bytes),
    modelSha256: model.sha256,
    noise: { bytes: noise, packageSha256: sha256(noise) },
    discard: () => undefined,
  });
});
