/** Installed models. */
export const models = {
  'models.placeholder': 'x',
};
