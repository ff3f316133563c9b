import { describe, expect, it } from '@jest/globals';
import { Clients, type Home } from './clients.js';

const home = (name: string): Home => ({ name, client: { of: name } }) as unknown as Home;
const [only, social, corporate] = [home('default'), home('social'), home('corporate')];

describe('the client of a session', () => {
  it('is that of the issuer that it names', () => {
    const clients = new Clients([social, corporate]);
    expect([clients.of('corporate'), clients.of('social')]).toEqual([corporate.client, social.client]);
    expect(() => clients.of('gone')).toThrow(expect.objectContaining({ code: 'session-ended' }));
  });

  it.each([undefined, 'default'])('is that of the first issuer for one from before there were several: %j', (name) => {
    expect(new Clients([social, corporate]).of(name)).toBe(social.client);
    expect(new Clients([only]).of(name)).toBe(only.client);
    // A name is a name, also this one.
    expect(new Clients([social, only]).of('default')).toBe(only.client);
  });

  it('is noted by no name while there is only one', () => {
    expect(new Clients([social]).noted('social')).toBeUndefined();
    expect(new Clients([social, corporate]).noted('corporate')).toBe('corporate');
  });
});
