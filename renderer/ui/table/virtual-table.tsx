import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { Icon } from '../icons.tsx';
import './virtual-table.css';

const rowHeightPx = 44;

export interface TableColumn<Row, Column extends string> {
  readonly key: Column;
  readonly title: string;
  /** A CSS grid track, for example `minmax(8rem, 1fr)`. */
  readonly track: string;
  readonly cell: (row: Row) => ReactNode;
  /** Read out with the title's button, for example "Sort by date"; absent: the column cannot be sorted. */
  readonly sortLabel?: string;
}

export interface VirtualTableProps<Row, Column extends string> {
  readonly label: string;
  readonly columns: readonly TableColumn<Row, Column>[];
  /** Of all columns together, as a CSS length; a narrower window scrolls sideways inside the table. */
  readonly minimumWidth: string;
  readonly total: number;
  /** Undefined: not there yet. */
  readonly rowAt: (index: number) => Row | undefined;
  /** Shown in place of a row that is not there yet. */
  readonly missingWord: string;
  readonly sort: { readonly column: Column; readonly direction: 'ascending' | 'descending' };
  readonly onSort: (column: Column) => void;
  readonly selected: number;
  readonly onSelect: (index: number) => void;
  readonly onOpen: (index: number) => void;
  /** The table begins at its top again when this changes. */
  readonly search: number;
  /** Which rows are on the screen, so that they can be fetched. */
  readonly onShow: (first: number, last: number) => void;
}

/** A table of any length: only the rows on the screen exist. Arrows, page keys, Home, End and Enter work on it. */
export function VirtualTable<Row, Column extends string>(props: VirtualTableProps<Row, Column>) {
  const { columns, total, selected, onShow } = props;
  const id = useId();
  const ref = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => ref.current,
    estimateSize: () => rowHeightPx,
    overscan: 8,
    scrollPaddingStart: rowHeightPx,
    scrollPaddingEnd: rowHeightPx,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index;
  const last = items.at(-1)?.index;
  useEffect(() => {
    if (first !== undefined && last !== undefined) onShow(first, last);
  }, [first, last, onShow]);

  useEffect(() => {
    ref.current?.scrollTo({ top: 0 });
  }, [props.search]);

  const select = (index: number): void => {
    if (total === 0) return;
    const next = Math.max(0, Math.min(total - 1, index));
    props.onSelect(next);
    virtualizer.scrollToIndex(next);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    // Keys of the title's buttons are theirs.
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((ref.current?.clientHeight ?? 0) / rowHeightPx) - 2);
    const target = targetOf(event.key, selected, page, total);
    if (target !== undefined) {
      event.preventDefault();
      select(target);
    } else if (event.key === 'Enter' && props.rowAt(selected) !== undefined) {
      event.preventDefault();
      props.onOpen(selected);
    }
  };

  const gridTemplateColumns = columns.map((column) => column.track).join(' ');
  const isSelectedDrawn = items.some((item) => item.index === selected);
  return (
    <div
      ref={ref}
      className="table"
      role="grid"
      aria-label={props.label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-activedescendant={isSelectedDrawn ? `${id}-${selected}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="table__head" style={{ minWidth: props.minimumWidth }}>
        <div role="row" aria-rowindex={1} className="table__titles" style={{ gridTemplateColumns }}>
          {columns.map((column) => (
            <TitleCell key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className="table__body"
        style={{ height: virtualizer.getTotalSize(), minWidth: props.minimumWidth }}
      >
        {items.map((item) => {
          const row = props.rowAt(item.index);
          const isSelected = item.index === selected;
          return (
            <div
              key={item.key}
              id={`${id}-${item.index}`}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={isSelected}
              className={isSelected ? 'table__row table__row--selected' : 'table__row'}
              style={{
                gridTemplateColumns,
                height: item.size,
                transform: `translateY(${item.start}px)`,
              }}
              onClick={() => {
                props.onSelect(item.index);
                if (row !== undefined) props.onOpen(item.index);
              }}
            >
              {columns.map((column, place) => (
                <div key={column.key} role="gridcell" className="table__cell">
                  {row !== undefined ? (
                    column.cell(row)
                  ) : place === 0 ? (
                    <span>{props.missingWord}</span>
                  ) : null}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function TitleCell<Row, Column extends string>(props: {
  readonly column: TableColumn<Row, Column>;
  readonly sort: VirtualTableProps<Row, Column>['sort'];
  readonly onSort: (column: Column) => void;
}) {
  const { column, sort } = props;
  const direction = sort.column === column.key ? sort.direction : undefined;
  return (
    <div role="columnheader" className="table__title" aria-sort={direction ?? 'none'}>
      {column.sortLabel === undefined ? (
        <span className="table__plain-title">{column.title}</span>
      ) : (
        <button
          type="button"
          className="table__sort"
          title={column.sortLabel}
          onClick={() => props.onSort(column.key)}
        >
          <span>{column.title}</span>
          {direction === undefined ? null : (
            <Icon name={direction === 'ascending' ? 'arrow-up' : 'arrow-down'} sizePx={16} />
          )}
        </button>
      )}
    </div>
  );
}

/** Where a key leads, or undefined when it is none of the table's keys. */
export function targetOf(key: string, selected: number, page: number, total: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return selected + 1;
    case 'ArrowUp':
      return selected - 1;
    case 'PageDown':
      return selected + page;
    case 'PageUp':
      return selected - page;
    case 'Home':
      return 0;
    case 'End':
      return total - 1;
    default:
      return undefined;
  }
}
