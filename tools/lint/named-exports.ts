import type { Rule } from 'eslint';

/** A file is named for its main export, and so is every import of it: default exports let the names drift apart. */
export const namedExports: Rule.RuleModule = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      named: 'Export it by name; only a configuration file that its tool demands has a default export.',
    },
  },
  create(context) {
    return {
      ExportDefaultDeclaration(node) {
        context.report({ node, messageId: 'named' });
      },
      ExportSpecifier(node) {
        if (node.exported.type === 'Identifier' && node.exported.name === 'default') {
          context.report({ node, messageId: 'named' });
        }
      },
    };
  },
};
