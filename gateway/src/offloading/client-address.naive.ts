/** Variant `forwarded-believed`: every caller is a proxy of ours. */
export const EVERYBODY = ['0.0.0.0/0', '::/0'];
