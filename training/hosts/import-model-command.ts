/** `npm run train -- import-model`: a model that was logged with MLflow, as a folder of the model contract. */
import { parseArgs } from 'node:util';
import { audioFiles } from '../adapters/audio-files/audio-files.ts';
import { diskModelFolders } from '../adapters/disk/model-folders.ts';
import { readTextFile } from '../adapters/disk/text-files.ts';
import { onnxEngine } from '../adapters/onnx-engine/onnx-engine.ts';
import { encodeOnnx } from '../adapters/onnx-proto/encode-onnx.ts';
import { onnxFiles } from '../adapters/onnx-proto/read-onnx.ts';
import { systemSurroundings } from '../adapters/system/surroundings.ts';
import { importModel } from '../app/import-model.ts';
import { progressLine, reportRefusal, usageError, type Command } from './command.ts';

const help = `Usage: npm run train -- import-model --mlflow FOLDER --description FILE --out FOLDER

Takes an ONNX model that was logged with MLflow (a folder with the file MLmodel, flavour onnx) and writes a model folder:
graph with all weights in one file, card, golden cases, manifest. Its graph must take each recording as one dimension of
samples, named by the recording's key, and give "scores", one per label; what does not fit is named.

  --mlflow FOLDER      as mlflow.artifacts.download_artifacts gives it
  --description FILE   JSON: name, version, title, licence, input, labels, positiveLabel, thresholds, limits, intendedUse,
                       trainedOn, dataHash, and where there are some window and metrics, as in a manifest
  --out FOLDER         must not be there yet

Nothing is measured here: to compare it with a run, name FOLDER in evaluate.production of the run's configuration.
Exit codes: 0 done, 1 refused, 2 wrong options.
`;

const helpCommand = 'npm run train -- import-model --help';

export const runImportModel: Command = async (args) => {
  let values;
  try {
    const options = {
      mlflow: { type: 'string' },
      description: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    ({ values } = parseArgs({ args: [...args], options, strict: true }));
  } catch (error) {
    return usageError((error as Error).message, helpCommand);
  }
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const { mlflow, description, out } = values;
  if (mlflow === undefined || description === undefined || out === undefined) {
    return usageError('--mlflow, --description and --out are needed', helpCommand);
  }
  const text = await readTextFile(description);
  if (!text.ok) return reportRefusal(text.refusal);
  const engine = onnxEngine(encodeOnnx);
  try {
    const imported = await importModel(
      { folder: mlflow, description: text.value, out },
      {
        engine,
        folders: diskModelFolders(),
        reader: onnxFiles,
        recordings: audioFiles(mlflow),
        surroundings: systemSurroundings(progressLine),
      },
    );
    if (!imported.ok) return reportRefusal(imported.refusal);
    const { name, version } = imported.value;
    process.stdout.write(`${name} ${version}: model folder in ${out}\n`);
    return 0;
  } finally {
    await engine.close();
  }
};
