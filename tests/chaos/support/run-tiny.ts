import { readExperiment } from '../../../tools/chaos/src/experiment/read.ts';
import { runExperiment } from '../../../tools/chaos/src/run/run-experiment.ts';
import { hostSite } from '../../../tools/chaos/src/target/host-site.ts';

// A runner of its own, so that it can be killed: run-tiny.ts <folder of experiments> <name> <instance>. Writes a line a phase.
const [root = '', name = '', instance = ''] = process.argv.slice(2);
const halted = new AbortController();
process.once('SIGTERM', () => halted.abort());
const plan = await readExperiment(name, root);
const { verdict } = await runExperiment(plan, {
  site: hostSite(instance),
  seed: 1,
  halted: halted.signal,
  watch: (recorder) => {
    const begin = recorder.begin.bind(recorder);
    recorder.begin = (phase) => {
      begin(phase);
      process.stdout.write(`phase ${phase}\n`);
    };
  },
});
process.stdout.write(`verdict ${verdict.verdict}: ${verdict.sentence}\n`);
