import { beforeEach, describe, expect, it } from 'vitest';
import { commands, maximumMessageBytes } from '../../../contract/app-api.ts';
import {
  ContentsDouble,
  createElectronDouble,
  FrameDouble,
} from '../../../e2e/electron-double/electron-double.ts';
import { twinWorkstation, type TwinWorkstation } from '../shared/twin-world.ts';
import { connectPages, eventChannel, invokeChannel, type Ipc } from './ipc.ts';

const names = Object.keys(commands);
const refused = { ok: false, problem: { code: 'foreign-origin' } };

let double: ReturnType<typeof createElectronDouble>;
let twin: TwinWorkstation;
let ipc: Ipc;
let contents: ContentsDouble;

beforeEach(async () => {
  double = createElectronDouble({ userData: '/nowhere' });
  twin = await twinWorkstation('electron');
  ipc = connectPages(double.electron, twin.app);
  contents = pageAt('app://spira/index.html');
  ipc.admit(contents);
});

let nextId = 100;
function pageAt(url: string): ContentsDouble {
  const made = new ContentsDouble(nextId++);
  made.mainFrame.url = url;
  return made;
}

function say(...values: readonly unknown[]): Promise<unknown> {
  return double.invoke(invokeChannel, { sender: contents, senderFrame: contents.mainFrame }, ...values);
}

describe('a message of a page', () => {
  it('is answered when it comes from our window', async () => {
    expect(await say('app.state', '{}')).toMatchObject({
      ok: true,
      value: { host: 'electron', isFirstStart: true },
    });
  });

  it.each(names)('%s is refused from a foreign page in our window', async (name) => {
    contents.mainFrame.url = 'https://evil.example/';
    expect(await say(name, '{}')).toEqual(refused);
  });

  it.each(names)('%s is refused from a frame within our page', async (name) => {
    const frame = new FrameDouble('app://spira/index.html', contents.mainFrame);
    expect(await double.invoke(invokeChannel, { sender: contents, senderFrame: frame }, name, '{}')).toEqual(
      refused,
    );
  });

  it('is refused from a window that was never admitted', async () => {
    const stranger = pageAt('app://spira/index.html');
    const from = { sender: stranger, senderFrame: stranger.mainFrame };
    expect(await double.invoke(invokeChannel, from, 'app.state', '{}')).toEqual(refused);
  });

  it('is refused from a frame that is gone', async () => {
    const from = { sender: contents, senderFrame: null };
    expect(await double.invoke(invokeChannel, from, 'app.state', '{}')).toEqual(refused);
  });

  it('is refused after its window was closed', async () => {
    contents.destroy();
    expect(await say('app.state', '{}')).toEqual(refused);
  });

  it.each([
    ['no values', []],
    ['no input', ['app.state']],
    ['an input that is no text', ['app.state', {}]],
    ['a name that is no text', [['app.state'], '{}']],
    ['more than it should', ['app.state', '{}', '{}']],
    ['an input that is not JSON', ['app.state', '{']],
    ['an empty input', ['app.state', '']],
  ])('with %s is named as malformed', async (_what, values) => {
    expect(await say(...values)).toMatchObject({ ok: false, problem: { code: 'invalid-input' } });
  });

  it.each(['', 'app.stat', '__proto__', 'constructor', 'toString', 'APP.STATE'])(
    'that asks for %j is an unknown command',
    async (name) => {
      expect(await say(name, '{}')).toMatchObject({ ok: false, problem: { code: 'unknown-command' } });
    },
  );

  it('is limited in size, by bytes and not by characters', async () => {
    const long = JSON.stringify('a'.repeat(maximumMessageBytes));
    const wide = JSON.stringify('ã'.repeat(maximumMessageBytes / 2));
    for (const text of [long, wide]) {
      expect(await say('people.sign-in', text)).toMatchObject({ ok: false, problem: { code: 'too-large' } });
    }
  });
});

describe('events', () => {
  it('reach every window of ours and no closed one', async () => {
    const closed = pageAt('app://spira/index.html');
    ipc.admit(closed);
    closed.destroy();
    twin.app.computerSlept();
    expect(contents.sent).toEqual([
      { channel: eventChannel, event: { name: 'computer.slept', payload: {} } },
    ]);
    expect(closed.sent).toEqual([]);
  });
});
