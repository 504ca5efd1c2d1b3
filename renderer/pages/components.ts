/** What the product contains of others, with their licences; about.test.ts compares it with the installed packages. */
export const components: readonly { readonly name: string; readonly licence: string }[] = [
  { name: '@bufbuild/protobuf', licence: '(Apache-2.0 AND BSD-3-Clause)' },
  { name: '@node-rs/argon2', licence: 'MIT' },
  { name: '@tanstack/react-virtual', licence: 'MIT' },
  { name: 'audio-decode', licence: 'MIT' },
  { name: 'better-sqlite3-multiple-ciphers', licence: 'MIT' },
  { name: 'electron', licence: 'MIT' },
  { name: 'intl-messageformat', licence: 'BSD-3-Clause' },
  { name: 'lucide-react', licence: 'ISC' },
  { name: 'onnxruntime-node', licence: 'MIT' },
  { name: 'pino', licence: 'MIT' },
  { name: 'react', licence: 'MIT' },
  { name: 'react-dom', licence: 'MIT' },
  { name: 'wavesurfer.js', licence: 'BSD-3-Clause' },
  { name: 'zod', licence: 'MIT' },
  { name: 'zustand', licence: 'MIT' },
];
