import type { Rule } from 'eslint';

const suppression = /^\s*(?:eslint-(?:disable|enable)(?:-next-line|-line)?\b|prettier-ignore\b|v8 ignore\b)/;
const blanket = /^\s*eslint-disable(?:-next-line|-line)?\s*(?:--|$)/;
const reason = /\s--\s+\S.{9,}/s;

/** A silenced check says why, and names the one rule that it silences. */
export const reasonForSuppression: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      reason: 'Say why this check is silenced: `eslint-disable-next-line rule-name -- reason`.',
      blanket: 'Name the rule that is silenced: `eslint-disable-next-line rule-name -- reason`.',
    },
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (!suppression.test(comment.value) || comment.loc == null) continue;
          // Before the line's first column: where the comment's own `eslint-disable` does not reach.
          const line = comment.loc.start.line;
          const loc = { start: { line, column: -1 }, end: { line, column: -1 } };
          if (blanket.test(comment.value)) context.report({ loc, messageId: 'blanket' });
          else if (!/^\s*eslint-enable/.test(comment.value) && !reason.test(comment.value)) {
            context.report({ loc, messageId: 'reason' });
          }
        }
      },
    };
  },
};
