import { randomUUID } from 'node:crypto';

/** A message about an order as the service order would send it. */
export function command(type: string, orderId: string, data: object, id = randomUUID()) {
  const headers = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: type,
    ce_source: '/souk/order',
    ce_subject: orderId,
    ce_time: new Date().toISOString(),
    'content-type': 'application/json',
  };
  return { key: orderId, value: JSON.stringify(data), headers };
}
