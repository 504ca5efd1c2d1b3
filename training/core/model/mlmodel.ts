/** The file MLmodel beside a model that was logged with MLflow: as much of it as says where an ONNX file is. */
import { done, refuse, type Outcome } from '../outcome.ts';

export interface LoggedModel {
  /** Path of the graph within the folder. */
  readonly graph: string;
  readonly runId: string | null;
  readonly mlflowVersion: string | null;
}

/**
 * Reads the lines of block YAML that MLflow writes; nothing else of YAML is understood. Refuses a model without the
 * flavour `onnx`, naming those that it has. Source: mlflow.org/docs, "MLflow Models", storage format.
 */
export function readMlmodel(text: string): Outcome<LoggedModel> {
  const values = new Map<string, string>();
  const place: { readonly indent: number; readonly key: string }[] = [];
  for (const line of text.split(/\r?\n/u)) {
    const match = /^(?<indent> *)(?<key>[A-Za-z_][\w.-]*):(?: +(?<value>.*))?$/u.exec(line);
    if (match?.groups === undefined) continue;
    const { indent = '', key = '', value = '' } = match.groups;
    while (place.length > 0 && place.at(-1)!.indent >= indent.length) place.pop();
    place.push({ indent: indent.length, key });
    values.set(place.map((one) => one.key).join('/'), unquoted(value.trim()));
  }
  const flavours = [...values.keys()].flatMap((path) => /^flavors\/([^/]+)$/u.exec(path)?.[1] ?? []);
  if (!flavours.includes('onnx')) {
    return refuse(
      'this model was not logged as ONNX',
      'Log it with mlflow.onnx.log_model.',
      flavours.map((flavour) => `it has the flavour ${flavour}`),
    );
  }
  const known = (path: string): string | null => {
    const value = values.get(path) ?? '';
    return value === '' || value === 'null' ? null : value;
  };
  return done({
    graph: known('flavors/onnx/data') ?? 'model.onnx',
    runId: known('run_id'),
    mlflowVersion: known('mlflow_version'),
  });
}

function unquoted(text: string): string {
  return /^'.*'$|^".*"$/u.test(text) ? text.slice(1, -1) : text;
}
