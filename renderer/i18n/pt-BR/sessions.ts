/** The list of sessions, the page of one session and the result. */
export const sessions = {
  'sessions.placeholder': 'x',
};
