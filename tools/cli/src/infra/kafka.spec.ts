import { describe, expect, it } from '@jest/globals';
import { openInstance } from '../instance.ts';
import { newClusterId, serverProperties } from './kafka.ts';

describe('the id of a Kafka cluster', () => {
  it('never looks like an option of the command that takes it', () => {
    const drawn = [Buffer.alloc(16, 0xfb), Buffer.alloc(16, 0xfa), Buffer.alloc(16, 1)];
    const id = newClusterId(() => drawn.shift() ?? Buffer.alloc(16));
    expect(id).toBe(Buffer.alloc(16, 1).toString('base64url'));
    expect(id).toHaveLength(22);
  });
});

describe('the listeners of Kafka', () => {
  it('tell clients that come through a proxy the address of the proxy, and all others their own', () => {
    const instance = openInstance('listeners');
    const { kafka, kafkaProxied, kafkaProxy } = instance.ports.of;
    const properties = serverProperties(instance, '/data').split('\n');
    expect(properties.find((line) => line.startsWith('listeners='))).toContain(`PROXIED://127.0.0.1:${kafkaProxied},`);
    expect(properties).toContain(
      `advertised.listeners=PLAINTEXT://127.0.0.1:${kafka},PROXIED://127.0.0.1:${kafkaProxy}`,
    );
    expect(kafkaProxied).not.toBe(kafkaProxy);
  });
});
