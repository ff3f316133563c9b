import type { Chapter } from '../chapter.ts';
import { soukCommand } from '../../souk-command.ts';

export const signIn: Chapter = {
  id: 'sign-in',
  title: 'Sign in',
  about: [
    'The command line signs in by OpenID Connect: the device flow against the identity simulator, which believes anybody.',
    'The gateway checks the token and gives services a short-lived one of its own (Federated Identity, Gatekeeper).',
  ],
  async play({ shop, say, run }) {
    run(soukCommand(shop.instance.name, `token ${shop.user}`));
    const refused = await shop.api.send<{ code?: string }>('GET', '/api/cart');
    say(`without a token: ${refused.status} ${refused.body.code}`);
    const token = await shop.token();
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, number>;
    const minutes = Math.round(((claims['exp'] ?? 0) - (claims['iat'] ?? 0)) / 60);
    say(`${String(claims['sub'])} has a token of ${String(claims['iss'])} for ${minutes} minutes`);
    return { user: shop.user, refused: refused.body.code };
  },
};
