/** Grants the microphone to our own page and nothing else to anybody. */
import { isOwnPage } from './own-pages.ts';

interface RequestDetails {
  readonly requestingUrl?: string;
  readonly isMainFrame?: boolean;
  readonly mediaTypes?: readonly ('video' | 'audio')[];
  readonly securityOrigin?: string;
}

interface CheckDetails {
  readonly requestingUrl?: string;
  readonly isMainFrame: boolean;
  readonly mediaType?: 'video' | 'audio' | 'unknown';
  readonly embeddingOrigin?: string;
}

export interface PermissionSession {
  setPermissionRequestHandler(
    handler: (
      contents: unknown,
      permission: string,
      callback: (isGranted: boolean) => void,
      details: RequestDetails,
    ) => void,
  ): void;
  setPermissionCheckHandler(
    handler: (
      contents: unknown,
      permission: string,
      requestingOrigin: string,
      details: CheckDetails,
    ) => boolean,
  ): void;
  setDevicePermissionHandler(handler: () => boolean): void;
}

export function guardPermissions(session: PermissionSession): void {
  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    const types = details.mediaTypes ?? [];
    callback(
      permission === 'media' &&
        details.isMainFrame === true &&
        isOwnPage(details.requestingUrl) &&
        (details.securityOrigin === undefined || isOwnPage(details.securityOrigin)) &&
        types.length > 0 &&
        types.every((type) => type === 'audio'),
    );
  });
  session.setPermissionCheckHandler(
    (_contents, permission, requestingOrigin, details) =>
      permission === 'media' &&
      details.isMainFrame &&
      details.mediaType === 'audio' &&
      details.embeddingOrigin === undefined &&
      isOwnPage(requestingOrigin),
  );
  session.setDevicePermissionHandler(() => false);
}
