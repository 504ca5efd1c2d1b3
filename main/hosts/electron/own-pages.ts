/** The one address from which our pages come. Electron's `URL.origin` of a custom scheme is opaque: parts are compared. */
export const pageScheme = 'app';
export const pageHost = 'spira';
export const startAddress = `${pageScheme}://${pageHost}/index.html`;

export function isOwnPage(address: string | undefined): boolean {
  if (address === undefined || !URL.canParse(address)) return false;
  const { protocol, host, username, password } = new URL(address);
  return protocol === `${pageScheme}:` && host === pageHost && username === '' && password === '';
}
