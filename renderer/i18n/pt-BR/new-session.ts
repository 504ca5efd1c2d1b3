/** Keys `session.*` and `recording.*`: the new-session flow, the recording steps and the microphone check. */
export const newSession = {};
