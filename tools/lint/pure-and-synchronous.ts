import type { Rule } from 'eslint';

const clocksAndChance: Readonly<Record<string, readonly string[]>> = {
  Date: ['now'],
  Math: ['random'],
  performance: ['now', 'timeOrigin'],
  crypto: ['randomUUID', 'getRandomValues'],
};

/** Core and contract are functions of their arguments: no clock, no chance, nothing to wait for. */
export const pureAndSynchronous: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      clock:
        '{{what}} reads the clock or draws a random number. Take the value as an argument; app asks a port for it.',
      wait: '{{what}} waits. Core and contract are synchronous: gather in app through ports, then call this with values.',
    },
  },
  create(context) {
    const refuseWaiting =
      (what: string) =>
      (node: Rule.Node): void => {
        context.report({ node, messageId: 'wait', data: { what } });
      };
    const refuseAsync = (node: Rule.Node): void => {
      if ('async' in node && node.async === true) refuseWaiting('An async function')(node);
    };
    return {
      MemberExpression(node) {
        if (node.object.type !== 'Identifier') return;
        const property = propertyName(node);
        if (property === undefined || !(clocksAndChance[node.object.name] ?? []).includes(property)) return;
        context.report({ node, messageId: 'clock', data: { what: `${node.object.name}.${property}` } });
      },
      NewExpression(node) {
        if (node.callee.type !== 'Identifier') return;
        if (node.callee.name === 'Date' && node.arguments.length === 0) {
          context.report({ node, messageId: 'clock', data: { what: 'new Date()' } });
        }
        if (node.callee.name === 'Promise') refuseWaiting('A promise')(node);
      },
      CallExpression(node) {
        if (node.callee.type === 'Identifier' && node.callee.name === 'Date') {
          context.report({ node, messageId: 'clock', data: { what: 'Date()' } });
        }
      },
      VariableDeclarator(node) {
        if (node.init?.type !== 'Identifier' || node.id.type !== 'ObjectPattern') return;
        const forbidden = clocksAndChance[node.init.name] ?? [];
        for (const property of node.id.properties) {
          if (property.type !== 'Property' || property.key.type !== 'Identifier') continue;
          if (!forbidden.includes(property.key.name)) continue;
          const what = `${node.init.name}.${property.key.name}`;
          context.report({ node, messageId: 'clock', data: { what } });
        }
      },
      AwaitExpression: refuseWaiting('await'),
      ForOfStatement(node) {
        if (node.await) refuseWaiting('for await')(node);
      },
      FunctionDeclaration: refuseAsync,
      FunctionExpression: refuseAsync,
      ArrowFunctionExpression: refuseAsync,
    };
  },
};

function propertyName(node: {
  readonly computed: boolean;
  readonly property: { readonly type: string; readonly name?: unknown; readonly value?: unknown };
}): string | undefined {
  if (!node.computed && typeof node.property.name === 'string') return node.property.name;
  if (node.computed && typeof node.property.value === 'string') return node.property.value;
  return undefined;
}
