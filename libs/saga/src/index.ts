export { defineSaga, done, invoke, lost, refused, send } from './definition.js';
export type { Action, ActionContext, Json, Reply, SagaDefinition, Step, Verdict } from './definition.js';
export { toMarkdown, toMermaid } from './diagram.js';
export { cancel, expire, react, start } from './engine.js';
export type { SagaAction, Transition } from './engine.js';
export { dueAt, isAsked, isFinished, isUndoAsked, partsWhere } from './state.js';
export type { PartState, SagaState, StepState } from './state.js';
