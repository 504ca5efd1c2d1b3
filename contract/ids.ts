import { z } from 'zod';

/** UUIDv7 (RFC 9562), made on the workstation: unique without a server, sortable by the time of making. */
const uuidV7 = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u, 'not a UUIDv7');

export const sessionIdSchema = uuidV7.brand<'SessionId'>();
export const takeIdSchema = uuidV7.brand<'TakeId'>();
export const resultIdSchema = uuidV7.brand<'ResultId'>();
export const accountIdSchema = uuidV7.brand<'AccountId'>();
export const importIdSchema = uuidV7.brand<'ImportId'>();
export const entryIdSchema = uuidV7.brand<'EntryId'>();

export type SessionId = z.infer<typeof sessionIdSchema>;
export type TakeId = z.infer<typeof takeIdSchema>;
export type ResultId = z.infer<typeof resultIdSchema>;
export type AccountId = z.infer<typeof accountIdSchema>;
export type ImportId = z.infer<typeof importIdSchema>;
export type EntryId = z.infer<typeof entryIdSchema>;

/** Lower-case hexadecimal SHA-256. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/u, 'not a SHA-256');
