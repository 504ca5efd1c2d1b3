import type { LocalizedText } from '../../../contract/localized.ts';

/** What a model says of itself to people. */
export interface ModelTexts {
  readonly title: LocalizedText;
  readonly intendedUse: LocalizedText;
  readonly trainedOn: LocalizedText;
  readonly limits: LocalizedText;
}

interface TextFacts {
  readonly name: string;
  readonly recordings: number;
  readonly positive: { readonly label: string; readonly participants: number };
  readonly negative: { readonly label: string; readonly participants: number };
}

/** Texts for a model about which nothing but its numbers is known. */
export function defaultTexts(facts: TextFacts): ModelTexts {
  const { recordings, positive, negative } = facts;
  const title = `${negative.label} / ${positive.label}: ${facts.name}`;
  return {
    title: { 'pt-BR': title, en: title, es: title },
    intendedUse: {
      'pt-BR': 'Demonstração e testes do programa. Não serve para diagnóstico.',
      en: 'Demonstration and testing of the program. Not for diagnosis.',
      es: 'Demostración y pruebas del programa. No sirve para el diagnóstico.',
    },
    trainedOn: {
      'pt-BR': `${recordings} gravações: ${positive.participants} participantes "${positive.label}" e ${negative.participants} participantes "${negative.label}".`,
      en: `${recordings} recordings: ${positive.participants} participants "${positive.label}" and ${negative.participants} participants "${negative.label}".`,
      es: `${recordings} grabaciones: ${positive.participants} participantes "${positive.label}" y ${negative.participants} participantes "${negative.label}".`,
    },
    limits: {
      'pt-BR':
        'Modelo de demonstração, sem validação clínica. Vale no máximo para pessoas, microfones e salas como os dos dados de treino.',
      en: 'A demonstration model without clinical validation. It holds at most for people, microphones and rooms like those of its training data.',
      es: 'Modelo de demostración sin validación clínica. Vale, como máximo, para personas, micrófonos y salas como los de sus datos de entrenamiento.',
    },
  };
}
