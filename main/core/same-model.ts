import type { ModelReference } from '../../contract/model-manifest.ts';

export function isSameModel(left: ModelReference, right: ModelReference): boolean {
  return left.name === right.name && left.version === right.version;
}
