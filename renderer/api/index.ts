import { bridgeTransport } from './bridge-transport.ts';
import { createClient } from './client.ts';
import { loopbackTransport } from './loopback-transport.ts';

const bridge = typeof window === 'undefined' ? undefined : window.spira;
const client = createClient(bridge === undefined ? loopbackTransport() : bridgeTransport(bridge));

export const { call, subscribe } = client;
export type { Call } from './client.ts';
