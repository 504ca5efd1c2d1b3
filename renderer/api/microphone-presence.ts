/** Whether a microphone is there and allowed, without opening it. */
export type MicrophonePresence = 'ready' | 'none' | 'refused' | 'unknown';

/** Reports at once and on every change of the devices; the answer ends that. */
export function followMicrophones(report: (presence: MicrophonePresence) => void): () => void {
  let isStopped = false;
  const look = async (): Promise<void> => {
    const presence = await presenceNow().catch((): MicrophonePresence => 'unknown');
    if (!isStopped) report(presence);
  };
  const changed = (): void => void look();
  void look();
  navigator.mediaDevices?.addEventListener('devicechange', changed);
  return () => {
    isStopped = true;
    navigator.mediaDevices?.removeEventListener('devicechange', changed);
  };
}

async function presenceNow(): Promise<MicrophonePresence> {
  if (navigator.mediaDevices === undefined) return 'unknown';
  const permission = await navigator.permissions.query({ name: 'microphone' });
  if (permission.state === 'denied') return 'refused';
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.some((device) => device.kind === 'audioinput') ? 'ready' : 'none';
}
