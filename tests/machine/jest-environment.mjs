// Jest takes the default export of what it is told.
export { WatchedEnvironment as default } from './environment.ts';
