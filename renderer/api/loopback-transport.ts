import type { Transport } from './transport.ts';

/** Commands as JSON posts and events as a server-sent stream, both to the origin that served the page. */
export function loopbackTransport(): Transport {
  return {
    async invoke(name, input) {
      const response = await fetch(`/api/${name}`, {
        method: 'POST',
        credentials: 'same-origin',
        cache: 'no-store',
        headers: { 'Content-Type': 'application/json', 'X-Spira': '1' },
        body: JSON.stringify(input),
      });
      // A refusal of the host is a Result too; anything else is no answer of ours and fails the parse.
      return await response.json();
    },
    listen(listener) {
      const source = new EventSource('/events');
      // Events from before the line stood, or while it was down, never come: whoever depends on them asks again.
      source.onopen = () => {
        listener({ name: 'settings.changed', payload: {} });
        listener({ name: 'models.changed', payload: {} });
      };
      source.onmessage = (message: MessageEvent<string>) => {
        try {
          listener(JSON.parse(message.data));
        } catch (cause) {
          console.error('An event was not JSON.', cause);
        }
      };
      return () => source.close();
    },
  };
}
