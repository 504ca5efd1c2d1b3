import { Icon } from './icons.tsx';
import './chip.css';

/** A filter that is on or off; the tick repeats in shape what the colour says. */
export function Chip(props: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onToggle: () => void;
}) {
  return (
    <button type="button" className="chip" aria-pressed={props.isOn} onClick={props.onToggle}>
      {props.isOn ? <Icon name="check" sizePx={16} /> : null}
      <span>{props.label}</span>
    </button>
  );
}
