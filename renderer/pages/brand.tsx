import iconUrl from '../icon.svg';
import './brand.css';

/** The product's name is no text to translate. */
export const productName = 'SPIRA';

export function Brand({ subtitle }: { readonly subtitle?: string }) {
  return (
    <span className="brand">
      <img src={iconUrl} alt="" width={28} height={28} />
      <span className="brand__name">{productName}</span>
      {subtitle === undefined ? null : <span className="brand__subtitle">{subtitle}</span>}
    </span>
  );
}
