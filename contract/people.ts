import { z } from 'zod';
import { accountIdSchema } from './ids.ts';
import { languageSchema, momentSchema } from './localized.ts';

/** Clinicians record and screen; researchers read, play and export; IT keeps accounts, models and the store. */
export const roles = ['clinician', 'researcher', 'it'] as const;
export type Role = (typeof roles)[number];
export const roleSchema = z.enum(roles);

/** As it is signed in with: compared without regard to case. */
export const usernameSchema = z
  .string()
  .trim()
  .min(2)
  .max(64)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]*$/u);
export const minimumPasswordLength = 10;
export const passwordSchema = z.string().min(minimumPasswordLength).max(256);

export const accountOrigins = ['local', 'registry'] as const;

export const accountSchema = z.strictObject({
  id: accountIdSchema,
  username: usernameSchema,
  displayName: z.string().trim().min(1).max(120),
  roles: z.array(roleSchema).min(1),
  language: languageSchema,
  isDisabled: z.boolean(),
  createdAt: momentSchema,
  /** Where it is kept: an account of the registry is changed there alone. */
  origin: z.enum(accountOrigins),
});
export type Account = z.infer<typeof accountSchema>;
