import { cardBlocks, type CardBlock } from '../state/card-blocks.ts';

/** The full card of a model, as its publisher wrote it. */
export function CardText({ card }: { readonly card: string }) {
  return (
    <div className="stack">
      {cardBlocks(card).map((block, index) => (
        <Block key={index} block={block} />
      ))}
    </div>
  );
}

function Block({ block }: { readonly block: CardBlock }) {
  switch (block.kind) {
    case 'heading':
      return <h3>{block.text}</h3>;
    case 'paragraph':
      return <p>{block.text}</p>;
    case 'list':
      return (
        <ul className="bullets">
          {block.items.map((item, index) => (
            <li key={index}>{item}</li>
          ))}
        </ul>
      );
    case 'table': {
      const [head = [], ...rows] = block.rows;
      return (
        <div className="scroll-x" tabIndex={0} role="group">
          <table className="plain-table">
            <thead>
              <tr>
                {head.map((cell, index) => (
                  <th key={index} scope="col">
                    {cell}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr key={index}>
                  {row.map((cell, place) => (
                    <td key={place}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    }
    default:
      return block satisfies never;
  }
}
