import { useEffect, useState } from 'react';

/** Often enough for "5 minutes ago". */
const stepMs = 20_000;

/** The time of this PC while the component is mounted; also new whenever `news` is. */
export function useNow(news: unknown): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    setNow(new Date());
    const timer = setInterval(() => setNow(new Date()), stepMs);
    return () => clearInterval(timer);
  }, [news]);
  return now;
}
