import { useEffect, useRef, type ReactNode } from 'react';
import { useDocumentTitle } from './entrance.tsx';
import './page.css';

/** Title, its buttons, and the content. A page that opens takes the focus to its title, so that it is read out. */
export function Page(props: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly isWide?: boolean;
  /** Fills the height: the content scrolls inside itself. */
  readonly isFilled?: boolean;
  readonly children: ReactNode;
}) {
  useDocumentTitle(props.title);
  const titleRef = useRef<HTMLHeadingElement>(null);
  useEffect(() => titleRef.current?.focus({ preventScroll: true }), []);
  const className = [
    'page',
    props.isWide === true ? 'page--wide' : '',
    props.isFilled === true ? 'page--filled' : '',
  ]
    .filter((name) => name !== '')
    .join(' ');
  return (
    <div className={className}>
      <div className="row row--apart">
        <h1 ref={titleRef} tabIndex={-1}>
          {props.title}
        </h1>
        {props.aside}
      </div>
      {props.children}
    </div>
  );
}
