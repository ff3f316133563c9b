import type { Action, SagaDefinition, Step } from './definition.js';

type AnyStep = Pick<
  Step<never>,
  'name' | 'replies' | 'undo' | 'guard' | 'giveUp' | 'pivot' | 'parts' | 'alternative'
> & { readonly action: Pick<Action<never>, 'via' | 'type'> };

/** The table as a Mermaid flowchart: solid lines go forward, dotted ones compensate. */
export function toMermaid<D>({ steps }: SagaDefinition<D>): string {
  const failed = steps.filter((step) => waysToFail(step).length > 0);
  const undone = steps.filter((step) => step.undo);
  const lines = [
    'flowchart TD',
    `  begin([start]) --> ${idOf(steps[0])}`,
    ...steps.map((step) => `  ${idOf(step)}${shapeOf(step)}`),
    ...steps.map((step, i) => `  ${idOf(step)} -- "${answers(step, 'done')}" --> ${idOf(steps[i + 1])}`),
    '  succeeded([succeeded])',
    ...(undone.length > 0 ? ['  undo{{compensate}}', '  failed([failed])'] : []),
    ...failed.map((step) => `  ${idOf(step)} -. "${waysToFail(step).join('<br/>')}" .-> undo`),
    ...undone.map((step) => `  undo -.-> undo_${idOf(step)}["${step.undo?.action.type}<br/>undoes ${step.name}"]`),
    ...undone.map((step) => `  undo_${idOf(step)} -. "${step.undo?.replies.join('<br/>')}" .-> failed`),
  ];
  return `${lines.join('\n')}\n`;
}

/** A page about a saga, for people: the diagram and the table. */
export function toMarkdown<D>(definition: SagaDefinition<D>): string {
  const rows = definition.steps.map((step) => `| ${cells(step).join(' | ')} |`);
  return [
    `# Saga ${definition.name}, version ${definition.version}`,
    '',
    'Generated from its step table; do not edit. Solid lines go forward, dotted ones compensate.',
    '',
    '```mermaid',
    `${toMermaid(definition)}\`\`\``,
    '',
    '| step | does | done by | fails by | undone by | acknowledged by |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const cells = (step: AnyStep): string[] => [
  step.pivot ? `**${step.name}** (pivot)` : step.name,
  doing(step),
  answers(step, 'done', ', '),
  waysToFail(step).join(', ') || 'nothing: repeated until it is done',
  step.undo?.action.type ?? '–',
  step.undo?.replies.join(', ') ?? '–',
];

const doing = (step: AnyStep): string =>
  [
    `${step.action.via === 'send' ? 'sends' : 'calls'} ${step.action.type}`,
    ...(step.parts ? ['for each part'] : []),
    ...(step.alternative ? ['with alternatives'] : []),
  ].join(', ');

const answers = ({ replies }: AnyStep, is: string, separator = '<br/>'): string =>
  Object.entries(replies)
    .filter(([, verdict]) => verdict.is === is)
    .map(([type]) => type)
    .join(separator);

const waysToFail = ({ replies, guard, giveUp }: AnyStep): string[] => [
  ...(guard ? ['not begun: guard'] : []),
  ...Object.entries(replies).flatMap(([type, { is }]) => (is === 'done' ? [] : [`${type} (${is})`])),
  ...(giveUp ? [`no answer for ${giveUp.afterMs / 1_000} s`] : []),
];

const shapeOf = (step: AnyStep): string => {
  const text = `"${step.name}<br/>${doing(step)}"`;
  return step.pivot ? `[["${step.name}: pivot<br/>${doing(step)}"]]` : `[${text}]`;
};

const idOf = (step: Pick<AnyStep, 'name'> | undefined): string =>
  step === undefined ? 'succeeded' : step.name.replaceAll(/[^a-zA-Z0-9]/g, '_');
