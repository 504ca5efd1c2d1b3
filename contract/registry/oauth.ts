/** The OAuth 2.0 token endpoint: RFC 6749 sections 4.3, 5.2 and 6, and RFC 7009. */
import { z } from 'zod';

const text = z.string().min(1).max(1000);
/** The clients are public: a client id may be sent, nothing is decided by it. What else comes is ignored, as 3.2 says. */
export const tokenFormSchema = z.discriminatedUnion('grant_type', [
  z.object({ grant_type: z.literal('password'), username: text, password: text }),
  z.object({ grant_type: z.literal('refresh_token'), refresh_token: text }),
]);
export const revokeFormSchema = z.object({ token: text });
