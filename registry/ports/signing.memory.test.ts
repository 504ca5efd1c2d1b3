import { describeSigning } from './signing.contract.ts';
import { memoryKeys } from './signing.memory.ts';

let opened = 0;

describeSigning('the twin', () => {
  opened += 1;
  const keys = memoryKeys({ seed: opened });
  return {
    ...keys,
    makeKey() {
      const key = keys.makeKey();
      return { publicKey: key.named.publicKey, sign: key.sign, prove: key.prove };
    },
  };
});
