export { configureFailpoints, definePoint, failpoint, listFailpoints, type Failpoint } from './failpoints.js';
