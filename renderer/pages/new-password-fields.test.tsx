import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { NewPasswordFields, nothingTyped, type TypedPassword } from './new-password-fields.tsx';

function fields(errors: { readonly [Field in keyof TypedPassword]?: string } = {}, typed = nothingTyped) {
  const markup = renderToStaticMarkup(
    <NewPasswordFields
      label="Frase nova"
      againLabel="Frase nova, outra vez"
      typed={typed}
      onChange={() => undefined}
      errors={errors}
    />,
  );
  const inputs = [...markup.matchAll(/<input[^>]*>/gu)].map(([input]) => input);
  return { markup, inputs };
}

describe('a new password', () => {
  it('is typed twice, unseen, and no browser fills in the present one', () => {
    const { markup, inputs } = fields();
    expect(inputs).toHaveLength(2);
    for (const input of inputs) {
      expect(input).toContain('type="password"');
      expect(input).toMatch(/autocomplete="new-password"/iu);
    }
    expect(markup).toContain('>Frase nova<');
    expect(markup).toContain('>Frase nova, outra vez<');
  });

  it('shows in each field what was typed there', () => {
    const [first, again] = fields({}, { password: 'cedro-lua', passwordAgain: 'cedro-sol' }).inputs;
    expect(first).toContain('value="cedro-lua"');
    expect(again).toContain('value="cedro-sol"');
  });

  it('marks the field that is wrong, and says why', () => {
    const { markup, inputs } = fields({ passwordAgain: 'As duas são diferentes.' });
    expect(inputs.map((input) => input.includes('aria-invalid="true"'))).toEqual([false, true]);
    expect(markup).toContain('As duas são diferentes.');
  });
});
