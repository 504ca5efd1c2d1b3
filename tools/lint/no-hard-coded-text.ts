import type { Rule } from 'eslint';

const shownAttributes = new Set([
  'aria-label',
  'aria-description',
  'aria-placeholder',
  'aria-roledescription',
  'aria-valuetext',
  'title',
  'placeholder',
  'alt',
  'label',
  'heading',
  'caption',
  'hint',
  'description',
]);
const hasWord = /\p{L}/u;
/** A key of the catalogues, as in `home.newSession`: what is shown is its translation. */
const catalogueKey = /^[a-z][\w-]*(?:\.[\w-]+)+$/;

interface JsxNode {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: { readonly type: string; readonly name?: unknown };
  readonly expression?: JsxNode;
  readonly quasis?: readonly { readonly value: { readonly cooked?: string } }[];
  readonly consequent?: JsxNode;
  readonly alternate?: JsxNode;
  readonly left?: JsxNode;
  readonly right?: JsxNode;
  readonly operator?: string;
}

/** The language rule: what a person reads or hears comes from the catalogues in renderer/i18n, in every language. */
export const noHardCodedText: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      text: 'Hard-coded text "{{text}}": give it a key in renderer/i18n, in all languages, and show it through the translate function.',
    },
  },
  create(context) {
    const report = (node: JsxNode, text: string): void => {
      context.report({
        node: node as unknown as Rule.Node,
        messageId: 'text',
        data: { text: text.trim().slice(0, 40) },
      });
    };
    const check = (shown: JsxNode | null | undefined, except?: RegExp): void => {
      for (const [node, text] of literalsShownBy(shown)) {
        if (hasWord.test(text) && except?.test(text) !== true) report(node, text);
      }
    };
    return {
      JSXText: (node: JsxNode) => {
        if (typeof node.value === 'string' && hasWord.test(withoutEntities(node.value)))
          report(node, node.value);
      },
      'JSXElement > JSXExpressionContainer': (node: JsxNode) => check(node.expression),
      'JSXFragment > JSXExpressionContainer': (node: JsxNode) => check(node.expression),
      JSXAttribute: (node: JsxNode) => {
        if (node.name?.type !== 'JSXIdentifier' || typeof node.name.name !== 'string') return;
        if (!shownAttributes.has(node.name.name)) return;
        const value = node.value as JsxNode | null;
        check(value?.type === 'JSXExpressionContainer' ? value.expression : value, catalogueKey);
      },
    };
  },
};

/** Every literal that an expression may put on the screen: through conditions, defaults and concatenation. */
function literalsShownBy(node: JsxNode | null | undefined): [JsxNode, string][] {
  if (node == null) return [];
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? [[node, node.value]] : [];
    case 'TemplateLiteral':
      return [[node, (node.quasis ?? []).map((quasi) => quasi.value.cooked ?? '').join(' ')]];
    case 'ConditionalExpression':
      return [...literalsShownBy(node.consequent), ...literalsShownBy(node.alternate)];
    case 'LogicalExpression':
      return node.operator === '&&'
        ? literalsShownBy(node.right)
        : [...literalsShownBy(node.left), ...literalsShownBy(node.right)];
    case 'BinaryExpression':
      return node.operator === '+' ? [...literalsShownBy(node.left), ...literalsShownBy(node.right)] : [];
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
      return literalsShownBy(node.expression);
    default:
      return [];
  }
}

function withoutEntities(text: string): string {
  return text.replaceAll(/&#?\w+;/g, '');
}
