import type { Rule } from 'eslint';

const raw = new Set(['ipcMain', 'ipcRenderer']);

/** Every message is checked for its sender, because there is one file on each side that can receive or send one. */
export const ipcInOneFile: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      raw: '{{what}} stands only in main/hosts/electron/ipc.ts and preload/bridge.ts, where senders are checked. Add a command to contract/app-api.ts instead.',
    },
  },
  create(context) {
    const report = (node: Rule.Node, what: string): void =>
      context.report({ node, messageId: 'raw', data: { what } });
    return {
      Identifier(node) {
        if (raw.has(node.name)) report(node, node.name);
      },
      Literal(node) {
        if (typeof node.value === 'string' && raw.has(node.value)) report(node, node.value);
      },
    };
  },
};
