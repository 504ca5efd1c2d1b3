import { useRef, useState } from 'react';
import type { Problem } from '../../contract/result.ts';
import type { SessionDetail } from '../../contract/session.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { Button } from '../ui/index.ts';
import { importTake } from './import-take.ts';

/** The second way into a step: a file that was recorded elsewhere. */
export function ImportButton(props: {
  readonly session: SessionDetail;
  readonly stepKey: string;
  readonly isBarred: boolean;
  readonly onSession: (session: SessionDetail) => void;
  readonly onProblem: (problem: Problem | undefined) => void;
}) {
  const { t, format } = useText();
  const inputRef = useRef<HTMLInputElement>(null);
  const [share, setShare] = useState<number>();
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    props.onProblem(undefined);
    setShare(0);
    const target = { sessionId: props.session.id, stepKey: props.stepKey };
    const imported = await importTake(call, target, file, setShare);
    setShare(undefined);
    if (!imported.ok) {
      props.onProblem(imported.problem);
      return;
    }
    const session = await call('sessions.get', { sessionId: props.session.id });
    if (session.ok) props.onSession(session.value);
    else props.onProblem(session.problem);
  };
  return (
    <div>
      <input
        ref={inputRef}
        className="visually-hidden"
        type="file"
        accept=".wav,.flac,audio/wav,audio/flac"
        tabIndex={-1}
        aria-label={t('recording.import')}
        onChange={(event) => {
          void take(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      <Button
        look="quiet"
        icon="file-up"
        isBusy={share !== undefined}
        isDisabled={props.isBarred}
        onClick={() => inputRef.current?.click()}
      >
        {share === undefined
          ? t('recording.import')
          : t('recording.importing', { share: format.percent(share) })}
      </Button>
    </div>
  );
}
