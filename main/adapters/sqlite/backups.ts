/** Copies of the database, encrypted as it is: `backup-<count>-<UTC time>.db`, the highest count the newest. */
import { existsSync, readdirSync } from 'node:fs';

export interface Backup {
  readonly fileName: string;
  readonly count: number;
  readonly at: string;
}

export const backupsKept = 5;
const namePattern = /^backup-(\d{6,})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/u;

/** Newest first: by count, because the wall clock may have been wrong. */
export function listBackups(folder: string): readonly Backup[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((fileName) => {
      const parts = namePattern.exec(fileName);
      if (parts === null) return [];
      const [, count, year, month, day, hour, minute, second] = parts;
      return [
        { fileName, count: Number(count), at: `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z` },
      ];
    })
    .toSorted((a, b) => b.count - a.count);
}

export function backupName(count: number, at: string): string {
  return `backup-${String(count).padStart(6, '0')}-${at.slice(0, 19).replace(/[-:]/gu, '')}Z.db`;
}

const dayMs = 24 * 60 * 60 * 1000;

/** A day after the newest one; a newest one from a future that the clock has left counts as old. */
export function isBackupDue(backups: readonly Backup[], now: string): boolean {
  const newest = backups.at(0);
  return newest === undefined || Math.abs(Date.parse(now) - Date.parse(newest.at)) >= dayMs;
}
