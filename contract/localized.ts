import { z } from 'zod';

export const languages = ['pt-BR', 'en', 'es'] as const;
export type Language = (typeof languages)[number];
export const languageSchema = z.enum(languages);

/** A text that a clinician or a patient reads; complete in every language of the product. */
export const localizedTextSchema = z.strictObject({
  'pt-BR': z.string().min(1),
  en: z.string().min(1),
  es: z.string().min(1),
});
export type LocalizedText = z.infer<typeof localizedTextSchema>;

/** An instant in UTC (ISO 8601 with milliseconds) and the zone of the PC that wrote it (IANA name). */
export const instantSchema = z.iso.datetime({ precision: 3 });
export const momentSchema = z.strictObject({ at: instantSchema, zone: z.string().min(1).max(64) });
export type Moment = z.infer<typeof momentSchema>;
