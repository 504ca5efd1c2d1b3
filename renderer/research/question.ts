import type { LabelQuestionId } from '../../contract/registry/labels.ts';

/** What is asked of every session. */
export const question: LabelQuestionId = 'respiratory-insufficiency';
