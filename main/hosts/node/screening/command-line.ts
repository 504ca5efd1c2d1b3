import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { fail, ok, type Result } from '../../../../contract/result.ts';

export const help = `Screens recordings without a window and without a store; prints JSON.

  npm run screen -- [options] FILE...        one or several recordings
  npm run screen -- [options] FOLDER...      a folder of sessions: each sub-folder is one session
  npm run screen -- [options] --recording KEY=FILE...
                                             one session from recordings that are named one by one
  npm run screen -- --replay SESSION_ID      runs the stored results of a session of this PC again and compares

What is a session
  A sub-folder is one session; its files are named by recording key (sustentada.wav, parlenda.flac, ruido.wav). Beside
  them may stand answers.json: {"form": {"id": "...", "version": "..."}, "answers": {...}}; sessions with different
  versions of a form may lie side by side.
  Files given by name that lie in one folder and are all named by different keys are one session. Any other file is a
  session of its own, and is taken as the recording that the model asks for, where it asks for one only.

Options
  --model NAME[@VERSION]     an installed model; may be given several times; see below which one is the default
  --model-folder FOLDER      a model from its folder; may be given several times
  --recording KEY=FILE       may be given several times
  --answers FILE             answers of the form, for sessions that have no answers.json of their own
  --form ID@VERSION          the form of an answers file that names none
  --protocol ID@VERSION      quality limits and consent step (default: the newest protocol)
  --data FOLDER              data folder of this PC: its installed models, and the store for --replay
  --passphrase-file FILE     for --replay, where the key is kept under a passphrase
  --key-file FILE            for --replay, where the key is kept elsewhere
  --replay SESSION_ID        or FILE.json: an output of this command, whose recordings are screened again
  --help                     this text

Which model
  Without --model and --model-folder: the models that the app on this PC has preselected for a new screening; where none
  is, the only one in service, in its newest version. --model NAME takes the newest version in service. A version that
  the registry has superseded or withdrawn for this PC is run only where it is named (--model NAME@VERSION, or its
  folder), and the output then holds warnings. What is in service stands in the data folder (--data), as the app wrote
  it last; without that, all installed models are.

Output
  One JSON object per session and line on stdout (JSON Lines); notes on stderr. An object holds: session, appVersion,
  form, protocol, recordings (file, sha256, format, quality), results (one per model: model, provider, scores,
  windowScores, evidence with its place in the recording, thresholds, decision, reasons, timing, limits), warnings {code,
  model, service, message} where there are any, and, where something is wrong, error {code, message, file}. The other
  sessions go on.
  WAV (8, 16, 24, 32 bit, float), FLAC, MP3 and Ogg Vorbis; several channels are mixed to one.

Exit code: 0 all well (for --replay: all match); 1 a session has an error (or differs); 2 the command line is wrong.
`;

export interface Versioned {
  readonly name: string;
  readonly version: string | undefined;
}

export interface ScreenOptions {
  readonly paths: readonly string[];
  readonly recordings: readonly { readonly key: string; readonly path: string }[];
  readonly models: readonly Versioned[];
  readonly modelFolders: readonly string[];
  readonly answersPath: string | undefined;
  readonly form: Versioned | undefined;
  readonly protocol: Versioned | undefined;
  readonly dataFolder: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly replay: string | undefined;
  readonly wantsHelp: boolean;
}

/** `invalid-input` with `message` for a command line that cannot be understood. */
export function parseCommandLine(args: readonly string[]): Result<ScreenOptions> {
  const parsed = readArguments(args);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  const recordings: { key: string; path: string }[] = [];
  for (const text of values.recording) {
    const match = /^([a-z][a-z0-9-]{0,39})=(.+)$/u.exec(text);
    if (match === null)
      return wrong(`--recording ${text}: expected KEY=FILE, for example sustentada=voice.wav`);
    recordings.push({ key: match[1] ?? '', path: resolve(match[2] ?? '') });
  }
  const twice = recordings.find(
    ({ key }, index) => recordings.findIndex((other) => other.key === key) !== index,
  );
  if (twice !== undefined) return wrong(`--recording ${twice.key} is given twice`);
  const form = versioned(values.form);
  const protocol = versioned(values.protocol);
  if (values.form !== undefined && form?.version === undefined)
    return wrong(`--form ${values.form}: expected ID@VERSION`);
  if (values.protocol !== undefined && protocol?.version === undefined) {
    return wrong(`--protocol ${values.protocol}: expected ID@VERSION`);
  }
  const options: ScreenOptions = {
    paths: positionals.map((path) => resolve(path)),
    recordings,
    models: values.model.map((text) => versioned(text) ?? { name: text, version: undefined }),
    modelFolders: values['model-folder'].map((path) => resolve(path)),
    answersPath: values.answers === undefined ? undefined : resolve(values.answers),
    form,
    protocol,
    dataFolder: values.data === undefined ? undefined : resolve(values.data),
    passphraseFile: values['passphrase-file'],
    keyFile: values['key-file'],
    replay: values.replay,
    wantsHelp: values.help,
  };
  return options.wantsHelp ? ok(options) : checkWhole(options);
}

function checkWhole(options: ScreenOptions): Result<ScreenOptions> {
  const { paths, recordings, replay, answersPath } = options;
  if (replay !== undefined) {
    return paths.length + recordings.length > 0 ? wrong('--replay takes no further recordings') : ok(options);
  }
  if (paths.length > 0 && recordings.length > 0) {
    return wrong('give either files and folders, or --recording KEY=FILE, not both');
  }
  return paths.length + recordings.length > 0 || answersPath !== undefined
    ? ok(options)
    : wrong('nothing to screen: give a file, a folder, or --recording KEY=FILE');
}

function readArguments(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const texts = { type: 'string', multiple: true, default: [] as string[] } as const;
  try {
    return ok(
      parseArgs({
        args: [...args],
        strict: true,
        allowPositionals: true,
        options: {
          model: texts,
          'model-folder': texts,
          recording: texts,
          answers: text,
          form: text,
          protocol: text,
          data: text,
          'passphrase-file': text,
          'key-file': text,
          replay: text,
          help: { type: 'boolean', short: 'h', default: false },
        },
      }),
    );
  } catch (cause) {
    return wrong(cause instanceof Error ? cause.message : String(cause));
  }
}

function versioned(text: string | undefined): Versioned | undefined {
  if (text === undefined) return undefined;
  const at = text.lastIndexOf('@');
  return at === -1
    ? { name: text, version: undefined }
    : { name: text.slice(0, at), version: text.slice(at + 1) };
}

function wrong(message: string) {
  return fail('invalid-input', { message });
}
