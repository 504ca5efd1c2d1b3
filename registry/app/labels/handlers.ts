import { labelQuestions } from '../../../contract/registry/labels.ts';
import { done } from '../../core/outcome.ts';
import type { Handlers } from '../handlers.ts';
import { addLabel } from './add-label.ts';
import { readAgreement } from './agreement.ts';
import { listConsolidated } from './consolidated.ts';
import { nextToLabel } from './next-session.ts';
import { assignSecondReadings, listReaders, listReadings } from './readings.ts';
import { readLabels } from './session-labels.ts';

/** The import reads a stream: the host mounts it by itself. */
export const labelHandlers = {
  'label-questions.list': () =>
    Promise.resolve(
      done({ questions: labelQuestions.map((question) => ({ ...question, values: [...question.values] })) }),
    ),
  'labels.of-session': (call, { params }) => readLabels(call, params.sessionId),
  'labels.add': (call, { params, body }) => addLabel(call, params.sessionId, body),
  'labels.next': (call, { body }) => nextToLabel(call, body),
  'label-readings.assign': (call, { body }) => assignSecondReadings(call, body),
  'label-readings.list': (call, { query }) => listReadings(call, query),
  'label-readers.list': (call) => listReaders(call),
  'labels.agreement': (call, { query }) => readAgreement(call, query),
  'labels.consolidated': (call, { query }) => listConsolidated(call, query),
} as const satisfies Handlers;
