import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  aliasChangeSchema,
  registryAccountSchema,
  registryModelSchema,
} from '../../../contract/registry/routes.ts';
import { done, refuse } from '../../core/outcome.ts';
import type { Account, ModelRegistry, RegistryVersion } from '../../ports/model-registry.ts';
import type { RegistryConnection } from './connection.ts';

/** A package goes over a ward's line. */
const longestTransferMs = 60 * 60_000;

/** Of a registry's models only what is asked for here: newer registries may tell more. */
const modelSchema = z.object(
  registryModelSchema.pick({
    name: true,
    version: true,
    sha256: true,
    packageSha256: true,
    packageBytes: true,
    keyId: true,
    aliases: true,
  }).shape,
);

/** The models of a registry over its API. */
export function registryModels(connection: RegistryConnection): ModelRegistry {
  const { url } = connection;
  return {
    url,
    async me() {
      const account = await connection.askJson(
        { method: 'GET', path: '/api/account' },
        z.object(registryAccountSchema.shape),
      );
      if (!account.ok) return account;
      const { id, username } = account.value;
      return done<Account>({ kind: 'account', id, username, registry: url });
    },
    async isActive({ id, username }) {
      const answer = await connection.askJson(
        { method: 'GET', path: '/api/accounts' },
        z.object({ accounts: z.array(z.object(registryAccountSchema.shape)) }),
      );
      if (!answer.ok) return answer;
      const found = answer.value.accounts.find((one) => one.id === id);
      return done(found !== undefined && found.username === username && !found.isDisabled);
    },
    async keeperOf({ id, createdAt }) {
      let isThere = true;
      const answer = await connection.askJson(
        { method: 'GET', path: `/api/v1/training/runs/${encodeURIComponent(id)}` },
        z.object({ by: z.string(), createdAt: z.string() }),
        ({ code }) => (isThere = code !== 'not-found'),
      );
      if (!isThere) return done(undefined);
      if (!answer.ok) return answer;
      // Somebody else's run may go by the same name.
      return done(answer.value.createdAt === createdAt ? answer.value.by : undefined);
    },
    async versions(name) {
      const answer = await connection.askJson(
        { method: 'GET', path: '/api/models' },
        z.object({ models: z.array(modelSchema) }),
      );
      return answer.ok ? done(answer.value.models.filter((one) => one.name === name)) : answer;
    },
    async fetch({ name, version, packageSha256, packageBytes }) {
      const what = `the package of ${name} ${version}`;
      const answer = await connection.ask({
        method: 'GET',
        path: `/api/models/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}/package`,
        timeLimitMs: longestTransferMs,
      });
      if (!answer.ok) return answer;
      const again = 'Do the same again.';
      const parts: Uint8Array[] = [];
      let length = 0;
      try {
        for await (const part of answer.value.body ?? []) {
          length += part.length;
          if (length > packageBytes) break;
          parts.push(part);
        }
      } catch {
        return refuse(`${what} broke off after ${length} bytes`, again);
      }
      const bytes = Buffer.concat(parts);
      const isWhole = createHash('sha256').update(bytes).digest('hex') === packageSha256;
      return isWhole ? done(bytes) : refuse(`${what} did not come as the registry lists it`, again);
    },
    async upload(packed, { keyId, signature }) {
      const query = new URLSearchParams({ keyId, signature });
      return connection.askJson(
        {
          method: 'POST',
          path: `/api/models?${query.toString()}`,
          bytes: packed,
          contentType: 'application/x-tar',
          timeLimitMs: longestTransferMs,
        },
        modelSchema satisfies z.ZodType<RegistryVersion>,
      );
    },
    async setAlias({ name, alias, version, why }) {
      const answer = await connection.askJson(
        {
          method: 'PUT',
          path: `/api/models/${encodeURIComponent(name)}/aliases/${encodeURIComponent(alias)}`,
          json: { version, why },
        },
        z.object(aliasChangeSchema.shape),
      );
      return answer.ok ? done(null) : answer;
    },
  };
}
