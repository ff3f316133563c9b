export {
  armFailpoints,
  configureFailpoints,
  definePoint,
  failpoint,
  listFailpoints,
  reportFailpoints,
  type Failpoint,
  type FailpointReport,
} from './failpoints.js';
