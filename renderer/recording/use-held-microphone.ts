import { useEffect } from 'react';
import { holdMicrophone } from '../audio/microphone-store.ts';
import { useDesk } from '../state/desk.ts';

/** Keeps the microphone of the settings open while the component is there. */
export function useHeldMicrophone(): void {
  const preferred = useDesk((desk) => desk.app?.settings.preferredMicrophone ?? null);
  useEffect(() => holdMicrophone(preferred), [preferred]);
}
