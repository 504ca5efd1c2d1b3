/** The smallest form and protocol that a session can be made of: two questions, a spoken consent, a vowel. */
import { formDefinitionSchema, type Answers, type FormDefinition } from '../../contract/form.ts';
import { protocolDefinitionSchema, type ProtocolDefinition } from '../../contract/protocol.ts';

const text = (words: string): Record<'pt-BR' | 'en' | 'es', string> => ({
  'pt-BR': words,
  en: words,
  es: words,
});

export const form = formDefinitionSchema.parse({
  id: 'patient',
  version: '1.0.0',
  title: text('Patient'),
  groups: [{ key: 'main', title: text('Main') }],
  fields: [
    {
      key: 'hospital',
      kind: 'open-choice',
      label: text('Hospital'),
      group: 'main',
      role: 'hospital',
      required: true,
      suggestions: [],
    },
    {
      key: 'rgh',
      kind: 'text',
      label: text('Record'),
      group: 'main',
      role: 'record-number',
      required: true,
    },
  ],
});

export const answersOf = (record: string): Answers => ({ hospital: 'North', rgh: record });

/** A version that a registry publishes one day; under one version each registry says something of its own. */
export function laterForm(version: string, registry: string): FormDefinition {
  return { ...form, id: `patient-${registry.toLowerCase()}`, version, title: text(`Patient ${version}`) };
}

export function laterProtocol(version: string, registry: string): ProtocolDefinition {
  const { consent } = protocol;
  return {
    ...protocol,
    id: `voice-${registry.toLowerCase()}`,
    version,
    consent: { ...consent, version, body: text(`Do you agree to ${version}?`) },
  };
}

export const consentStep = 'aceite';
export const vowelStep = 'sustentada';

export const protocol = protocolDefinitionSchema.parse({
  id: 'voice',
  version: '1.0.0',
  title: text('Voice'),
  consent: {
    id: 'consent-text',
    version: '1.0.0',
    isSample: true,
    title: text('Consent'),
    body: text('Do you agree?'),
    purposes: [{ key: 'care', label: text('Care'), required: true }],
  },
  steps: [
    {
      key: consentStep,
      role: 'consent',
      title: text('Consent'),
      instruction: text('Answer'),
      required: true,
      quality: { minimumS: 0, maximumS: 60 },
    },
    {
      key: vowelStep,
      role: 'voice',
      title: text('Vowel'),
      instruction: text('Say aaa'),
      required: true,
      quality: { minimumS: 0, maximumS: 60 },
    },
  ],
});
