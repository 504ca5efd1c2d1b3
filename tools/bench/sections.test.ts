import { expect, it } from 'vitest';
import { withSection } from './sections.ts';

const document =
  '# Benchmarks\n\n<!-- bench:store -->\n\nold\n\n<!-- /bench:store -->\n\nWhat a person wrote.\n';

it('puts new figures where the old ones stood and leaves the rest alone', () => {
  expect(withSection(document, 'store', 'new\n')).toBe(
    '# Benchmarks\n\n<!-- bench:store -->\n\nnew\n\n<!-- /bench:store -->\n\nWhat a person wrote.\n',
  );
});

it('adds a section that was not there', () => {
  expect(withSection('# Benchmarks\n', 'screening', 'fast')).toBe(
    '# Benchmarks\n\n<!-- bench:screening -->\n\nfast\n\n<!-- /bench:screening -->\n',
  );
});

it('can be repeated without a trace', () => {
  const once = withSection(document, 'screening', 'fast $& $1');
  expect(withSection(once, 'screening', 'fast $& $1')).toBe(once);
});
