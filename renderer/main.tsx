import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { followDesk } from './api/desk.ts';
import { App } from './app.tsx';
import './ui/index.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
followDesk();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
