import { z } from 'zod';

/** UUIDv7 as everywhere; made by the registry, except where a workstation's own id travels with its content. */
const uuidV7 = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u, 'not a UUIDv7');

export const registryIdSchema = uuidV7.brand<'RegistryId'>();
export const hospitalIdSchema = uuidV7.brand<'HospitalId'>();
export const workstationIdSchema = uuidV7.brand<'WorkstationId'>();
export const uploadIdSchema = uuidV7.brand<'UploadId'>();
export const inferenceIdSchema = uuidV7.brand<'InferenceId'>();
export const modelIdSchema = uuidV7.brand<'ModelId'>();

export type RegistryId = z.infer<typeof registryIdSchema>;
export type HospitalId = z.infer<typeof hospitalIdSchema>;
export type WorkstationId = z.infer<typeof workstationIdSchema>;
export type UploadId = z.infer<typeof uploadIdSchema>;
export type InferenceId = z.infer<typeof inferenceIdSchema>;
export type ModelId = z.infer<typeof modelIdSchema>;

/** Ed25519 public key, raw 32 bytes in base64url (RFC 8032, as in a JWK's `x`). */
export const publicKeySchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/u, 'not an Ed25519 public key');
/** Ed25519 signature, 64 bytes in base64url. */
export const signatureSchema = z.string().regex(/^[A-Za-z0-9_-]{86}$/u, 'not an Ed25519 signature');
/** First 16 hexadecimal digits of the SHA-256 of the raw public key: names a key, proves nothing. */
export const keyIdSchema = z.string().regex(/^[0-9a-f]{16}$/u);
export const namedKeySchema = z.strictObject({ keyId: keyIdSchema, publicKey: publicKeySchema });
export type NamedKey = z.infer<typeof namedKeySchema>;
