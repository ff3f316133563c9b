import { describe, expect, it } from '@jest/globals';
import { Directory } from './directory.js';
import { corporate, social } from './kinds.js';

describe('the people of a provider', () => {
  it('are found by what its tokens call them, and by nothing else', () => {
    const people = new Directory(corporate);
    const answer = people.signIn('carla@corp.example');
    const subject = 'user' in answer ? people.subjectOf(answer.user) : '';
    expect(people.find(subject)?.name).toBe('carla');
    expect([people.find('carla'), people.find('carla@corp.example'), people.find('')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are called the same after every start', () => {
    const [carla] = corporate.first;
    const subjects = [new Directory(corporate), new Directory(corporate)].map(
      (people) => carla && people.subjectOf(carla.user),
    );
    expect(subjects[0]).toMatch(/^[\da-f]{32}$/);
    expect(subjects[0]).toBe(subjects[1]);
  });

  it('of a social one go by their names', () => {
    const people = new Directory(social);
    expect(people.find('alice')?.name).toBe('alice');
    expect(people.signIn('alice@corp.example')).toEqual({ refused: 'not-a-name' });
  });
});
