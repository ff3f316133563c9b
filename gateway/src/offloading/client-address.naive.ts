/** Variant `forwarded-believed`: every caller is a proxy of ours. */
export { EVERYBODY as PROXIES } from './client-address.js';
