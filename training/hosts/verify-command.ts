import { parseArgs } from 'node:util';
import { audioFiles } from '../adapters/audio-files/audio-files.ts';
import { diskModelFolders } from '../adapters/disk/model-folders.ts';
import { onnxEngine } from '../adapters/onnx-engine/onnx-engine.ts';
import { encodeOnnx } from '../adapters/onnx-proto/encode-onnx.ts';
import { systemSurroundings } from '../adapters/system/surroundings.ts';
import { verifyModelFiles } from '../app/verify-model.ts';
import { progressLine, reportRefusal, usageError, type Command } from './command.ts';

const help = `Usage: npm run train -- verify --model FOLDER

Checks the manifest, the SHA-256 of every file, and that the golden cases give their scores on the CPU to 1e-5.
`;

export const runVerify: Command = async (args) => {
  let values: { model?: string; help?: boolean };
  try {
    const options = { model: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    values = parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    return usageError((error as Error).message, 'npm run train -- verify --help');
  }
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  if (values.model === undefined) return usageError('--model is missing', 'npm run train -- verify --help');
  const files = await diskModelFolders().read(values.model);
  if (!files.ok) return reportRefusal(files.refusal);
  const engine = onnxEngine(encodeOnnx);
  try {
    const ports = {
      engine,
      recordings: audioFiles(values.model),
      surroundings: systemSurroundings(progressLine),
    };
    const verified = await verifyModelFiles(files.value, ports);
    if (!verified.ok) return reportRefusal(verified.refusal);
    const { manifest, largestDifference } = verified.value;
    process.stdout.write(
      `${manifest.name} ${manifest.version}: manifest, ${manifest.files.length} files and ${manifest.golden.length} golden cases are right (largest difference ${largestDifference})\n`,
    );
    return 0;
  } finally {
    await engine.close();
  }
};
