/** A registry as one of its own commands calls it, as a person with their password. */
import { z } from 'zod';
import { refusalSchema } from '../../../contract/registry/problems.ts';
import type { HospitalId } from '../../../contract/registry/ids.ts';
import { labelImportReportSchema, type LabelImportReport } from '../../../contract/registry/labels.ts';
import {
  registrySessionSchema,
  tokenAnswerSchema,
  type RegistrySession,
} from '../../../contract/registry/routes.ts';

/** For the operator; says nothing of patients. */
export class RegistryClientFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegistryClientFailure';
  }
}

export interface LabelImport {
  readonly question: string;
  readonly apply: boolean;
  readonly via: 'csv' | 'fhir';
  /** The table, as UTF-8. */
  readonly table: AsyncIterable<Uint8Array>;
}

export interface RegistryClient {
  /** Received sessions of the hospital, newest first. */
  sessionsOf(hospitalId: HospitalId): Promise<readonly RegistrySession[]>;
  importLabels(labels: LabelImport): Promise<LabelImportReport>;
}

const answerWithinMs = 15 * 60_000;
const sessionsPageSchema = z.object({
  sessions: z.array(registrySessionSchema),
  next: z.string().nullable(),
});

/** Rejects with RegistryClientFailure, as all that follows does. */
export async function openRegistryClient({
  url,
  username,
  password,
}: {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}): Promise<RegistryClient> {
  const base = url.endsWith('/') ? url.slice(0, -1) : url;
  const form = new URLSearchParams({ grant_type: 'password', username, password });
  const token = await call(base, tokenAnswerSchema, '/oauth/token', { method: 'POST', body: form });
  const headers = { authorization: `Bearer ${token.access_token}` };
  return {
    async sessionsOf(hospitalId) {
      const sessions: RegistrySession[] = [];
      for (let after = ''; ;) {
        const path = `/api/sessions?hospitalId=${hospitalId}&state=received&limit=500${after}`;
        const page = await call(base, sessionsPageSchema, path, { headers });
        sessions.push(...page.sessions);
        if (page.next === null) return sessions;
        after = `&after=${encodeURIComponent(page.next)}`;
      }
    },
    importLabels: ({ question, apply, via, table }) => {
      const query = new URLSearchParams({ question, via, apply: String(apply) });
      return call(base, labelImportReportSchema, `/api/labels/import?${query.toString()}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'text/csv; charset=utf-8' },
        body: ReadableStream.from(table),
        duplex: 'half',
      });
    },
  };
}

async function call<T>(base: string, schema: z.ZodType<T>, path: string, init: RequestInit): Promise<T> {
  let response: Response;
  let answer: unknown;
  try {
    // Another address would be given the password or the table.
    const bounded = { redirect: 'error', signal: AbortSignal.timeout(answerWithinMs) } as const;
    response = await fetch(`${base}${path}`, { ...init, ...bounded });
    answer = await response.json();
  } catch (cause) {
    throw new RegistryClientFailure('the registry cannot be reached, or what answers there is none', {
      cause,
    });
  }
  if (!response.ok) {
    const refusal = refusalSchema.safeParse(answer);
    const said = refusal.success ? `: ${refusal.data.detail}` : '';
    throw new RegistryClientFailure(`the registry refuses with status ${String(response.status)}${said}`);
  }
  const parsed = schema.safeParse(answer);
  if (!parsed.success)
    throw new RegistryClientFailure('the registry’s answer is not what this program knows');
  return parsed.data;
}
