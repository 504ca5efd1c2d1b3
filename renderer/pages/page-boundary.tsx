import { Component, type ErrorInfo, type ReactNode } from 'react';
import { ProblemNotice } from './problem-notice.tsx';

/** A bug of one page ends that page, not the app: the navigation stays, and the page can be opened again. */
export class PageBoundary extends Component<
  { readonly children: ReactNode },
  { readonly hasFailed: boolean }
> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { readonly hasFailed: boolean } {
    return { hasFailed: true };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error('A page failed.', error, info.componentStack);
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <div className="page">
        <ProblemNotice problem={{ code: 'internal' }} retry={() => this.setState({ hasFailed: false })} />
      </div>
    );
  }
}
