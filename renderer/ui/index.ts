import './tokens.css';
import './base.css';

export { Button, LinkButton } from './button.tsx';
export { Card } from './card.tsx';
export { Chip } from './chip.tsx';
export { Checkbox, CheckboxGroup, ChoiceField } from './choice-field.tsx';
export { DateField } from './date-field.tsx';
export { Dialog } from './dialog.tsx';
export { Facts, type Fact } from './facts.tsx';
export { Icon, type IconName } from './icons.tsx';
export { LinkTabs } from './link-tabs.tsx';
export { Notice } from './notice.tsx';
export { NumberField } from './number-field.tsx';
export { Rail, type RailStep } from './rail.tsx';
export { SelectField } from './select-field.tsx';
export { StatusWord, type StatusWordProps, type Tone } from './status-word.tsx';
export { TextField } from './text-field.tsx';
