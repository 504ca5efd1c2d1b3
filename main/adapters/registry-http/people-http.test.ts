import { describe, expect, it, onTestFinished } from 'vitest';
import { createCanceller } from '../../ports/cancellation.ts';
import { describeRegistryPeople } from '../../ports/registry-people.contract.ts';
import { systemClock } from '../system/system.ts';
import { systemSigning } from '../system/signing.ts';
import { servePeople } from './fixtures/serve-people.ts';
import { registryHttp } from './registry-http.ts';

const never = createCanceller();

describeRegistryPeople('the registry over HTTP', async () => {
  const served = await servePeople();
  const registry = registryHttp({ signing: served.signing, clock: systemClock() });
  return {
    people: registry.people,
    place: served.place,
    twin: served.twin,
    async close() {
      registry.close();
      await served.close();
    },
  };
});

describe('a password', () => {
  async function opened() {
    const served = await servePeople();
    const registry = registryHttp({ signing: served.signing, clock: systemClock() });
    onTestFinished(async () => {
      registry.close();
      await served.close();
    });
    return { ...served, people: registry.people };
  }
  const secret = { username: 'rosa', password: 'janela telhado chuva' };

  it('is not sent to what is not signed with the pinned key, nor to another registry', async () => {
    const { people, place, passwordsSeen } = await opened();
    const { publicKey } = systemSigning().makeKeyPair();
    const foreignKey = { ...place, answerKey: { keyId: place.answerKey.keyId, publicKey } };
    expect(await people.signIn(foreignKey, secret, never)).toMatchObject({
      problem: { code: 'registry-answer-invalid' },
    });
    const other = { ...place, registryId: '019d0000-0000-7000-8000-0000000000bb' as never };
    expect(await people.signIn(other, secret, never)).toMatchObject({ problem: { code: 'registry-other' } });
    expect(passwordsSeen).toEqual([]);
  });

  it('does not travel without encryption', async () => {
    const { people, place } = await opened();
    const plain = { ...place, url: 'http://10.0.0.7:8080' };
    expect(await people.signIn(plain, secret, never)).toMatchObject({
      problem: { code: 'registry-address-invalid' },
    });
  });
});
