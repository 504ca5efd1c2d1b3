/**
 * A hospital's FHIR R4 server, over fetch. Searches are sent as bodies (`POST [base]/[type]/_search`,
 * https://hl7.org/fhir/R4/http.html#search), so that no record number stands in an address; and what comes back is
 * compared with what was asked, as servers may ignore a parameter that they do not know.
 */
import type { FhirMapping } from '../../../contract/registry/fhir-labels.ts';
import type { Finding, FindingCode } from '../../core/labels/findings.ts';
import { recordKey } from '../../core/labels/record-numbers.ts';
import {
  HospitalRecordsFailure,
  type FindingsWanted,
  type HospitalRecords,
} from '../../ports/hospital-records.ts';
import type { Clock } from '../../ports/surroundings.ts';
import { bundleSchema, findingsIn, patientSchema, type Bundle } from './resources.ts';

interface FhirRecordsOptions {
  readonly server: FhirMapping['server'];
  /** Bearer token; null: the server wants none. */
  readonly token: string | null;
  readonly clock: Clock;
}

type Parameter = readonly [name: string, value: string];

const maximumBundleBytes = 32 * 1024 * 1024;
const maximumPages = 1000;
const mostTries = 4;
const waitMs = 1000;
const longestWaitMs = 60_000;
const resourcesPerPage = '200';

export function fhirRecords({ server, token, clock }: FhirRecordsOptions): HospitalRecords {
  const base = new URL(server.baseUrl.endsWith('/') ? server.baseUrl : `${server.baseUrl}/`);
  const ask = (url: URL, body?: URLSearchParams): Promise<Bundle> =>
    tried(clock, () => askOnce({ url, body, token, timeoutMs: server.timeoutS * 1000 }));
  const search = (type: string, query: readonly Parameter[]): Promise<Bundle> =>
    ask(
      new URL(`${type}/_search`, base),
      new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])),
    );

  const patientsNamed = async (recordNumber: string): Promise<readonly string[]> => {
    const identifier = `${escaped(server.identifierSystem)}|${escaped(recordNumber)}`;
    // Two are enough to know that it is not one: the answer has no further page that would be read.
    const bundle = await search('Patient', [
      ['identifier', identifier],
      ['_count', '2'],
    ]);
    const key = recordKey(recordNumber);
    const found = resourcesOf(bundle).flatMap((resource) => {
      const patient = patientSchema.safeParse(resource);
      if (!patient.success || patient.data.active === false) return [];
      const isMeant = patient.data.identifier.some(
        ({ system, value }) => system === server.identifierSystem && recordKey(value ?? null) === key,
      );
      return isMeant ? [patient.data.id] : [];
    });
    return [...new Set(found)];
  };

  /** As it was written at the bedside; else without the blanks and marks between its groups. */
  const patientsOf = async (recordNumber: string): Promise<readonly string[]> => {
    const key = recordKey(recordNumber) ?? recordNumber;
    const found = await patientsNamed(recordNumber);
    return found.length > 0 || key === recordNumber ? found : patientsNamed(key);
  };

  const findings = async (
    type: 'Condition' | 'Observation',
    patientId: string,
    codes: readonly FindingCode[] | 'all',
    dates: readonly Parameter[],
  ): Promise<readonly Finding[]> => {
    if (codes.length === 0) return [];
    const wanted: readonly Parameter[] =
      codes === 'all'
        ? []
        : [['code', codes.map((one) => `${escaped(one.system)}|${escaped(one.code)}`).join(',')]];
    let bundle = await search(type, [
      ['patient', patientId],
      ...wanted,
      ...dates,
      ['_count', resourcesPerPage],
    ]);
    const found: Finding[] = [];
    for (let page = 1; ; page += 1) {
      found.push(...resourcesOf(bundle).flatMap((resource) => findingsIn(resource, patientId)));
      const next = bundle.link.find(({ relation }) => relation === 'next');
      if (next === undefined) return found;
      if (page >= maximumPages) throw unreadable('its answer does not end');
      bundle = await ask(nextPage(next.url, base));
    }
  };

  return {
    async findingsOf(recordNumber, wanted) {
      const [patientId, another] = await patientsOf(recordNumber);
      if (patientId === undefined) return { state: 'not-on-server' };
      if (another !== undefined) return { state: 'ambiguous' };
      return {
        state: 'found',
        findings: [
          ...(await findings('Condition', patientId, wanted.conditions, [])),
          ...(await findings('Observation', patientId, wanted.observations, datesOf(wanted))),
        ],
      };
    },
  };
}

/** https://hl7.org/fhir/R4/search.html#date: a parameter that stands twice is joined by and. */
function datesOf({ fromMs, toMs }: FindingsWanted): readonly Parameter[] {
  return [
    ['date', `ge${instant(fromMs)}`],
    ['date', `le${instant(toMs)}`],
  ];
}

interface Question {
  readonly url: URL;
  /** Absent: a further page, by its address. */
  readonly body: URLSearchParams | undefined;
  readonly token: string | null;
  readonly timeoutMs: number;
}

type Answer =
  | { readonly ok: true; readonly bundle: Bundle }
  | { readonly ok: false; readonly failure: HospitalRecordsFailure; readonly againAfterMs?: number };

async function askOnce({ url, body, token, timeoutMs }: Question): Promise<Answer> {
  let response: Response;
  let text: string | undefined;
  try {
    response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/fhir+json',
        prefer: 'handling=strict',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body }),
      // Another address would be given the search and the token.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await boundedText(response);
  } catch (cause) {
    const why = 'the hospital’s server cannot be reached, or does not answer in time';
    return {
      ok: false,
      failure: new HospitalRecordsFailure('unavailable', why, { cause }),
      againAfterMs: waitMs,
    };
  }
  const { status } = response;
  if (status === 429 || status >= 500) {
    const why = `the hospital’s server answers with status ${String(status)}`;
    const wished = Number(response.headers.get('retry-after')) * 1000;
    const againAfterMs = Math.min(Math.max(Number.isFinite(wished) ? wished : 0, waitMs), longestWaitMs);
    return { ok: false, failure: new HospitalRecordsFailure('unavailable', why), againAfterMs };
  }
  if (!response.ok) {
    // What the server says may quote what it was asked.
    const why = `the hospital’s server refuses with status ${String(status)}`;
    return { ok: false, failure: new HospitalRecordsFailure('refused', why) };
  }
  const bundle = bundleSchema.safeParse(jsonOf(text));
  return bundle.success
    ? { ok: true, bundle: bundle.data }
    : { ok: false, failure: unreadable('its answer is no Bundle of search results') };
}

async function tried(clock: Clock, once: () => Promise<Answer>): Promise<Bundle> {
  for (let tries = 1; ; tries += 1) {
    const answer = await once();
    if (answer.ok) return answer.bundle;
    const { againAfterMs } = answer;
    if (againAfterMs === undefined || tries === mostTries) throw answer.failure;
    await new Promise<void>((resolve) => void clock.after(againAfterMs * tries, resolve));
  }
}

/** Undefined where it is longer than any page should be. */
async function boundedText(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maximumBundleBytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A page is read where the search was asked, and nowhere else: the token goes with it. */
function nextPage(address: string, base: URL): URL {
  let url: URL | undefined;
  try {
    url = new URL(address, base);
  } catch {
    throw unreadable('the address of its next page is none');
  }
  if (url.origin !== base.origin) throw unreadable('its next page is said to be on another server');
  return url;
}

/** What was found, without what the server adds (`include`, `outcome`). */
function resourcesOf({ entry }: Bundle): readonly unknown[] {
  return entry
    .filter(({ search }) => search?.mode === undefined || search.mode === 'match')
    .map(({ resource }) => resource);
}

/** https://hl7.org/fhir/R4/search.html#escaping */
function escaped(text: string): string {
  return text.replace(/[\\$,|]/gu, (mark) => `\\${mark}`);
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function unreadable(why: string): HospitalRecordsFailure {
  return new HospitalRecordsFailure('unreadable', `the hospital’s server cannot be understood: ${why}`);
}
