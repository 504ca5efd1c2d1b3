/** Settings, accounts, storage and keys, audit, about. */
export const settings = {
  'settings.placeholder': 'x',
};
