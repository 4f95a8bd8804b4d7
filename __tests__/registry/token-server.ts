/** A registry that asks for tokens, and the service that issues them. */
import { errors, type Scripted, type Seen, type TestServer } from './server.ts';
import type { Site } from './site.ts';

const tags: Scripted = { body: { name: 'apps/web', tags: ['1'] } };

/** What a registry and its token service are made of here; one server is both. */
export type Services = {
  readonly challenge?: (seen: Seen, self: string) => string | readonly string[];
  readonly issue?: (seen: Seen, count: number) => Scripted;
  /** The tokens that open the door at this moment. */
  readonly accepts: (authorization: string, seen: Seen) => boolean;
  readonly answer?: Scripted;
};

export async function serveTokens(site: Site, { challenge, issue, accepts, answer }: Services): Promise<TestServer> {
  let issued = 0;
  let self = '';
  const server = await site.serve((seen) => {
    if (seen.path.startsWith('/token')) {
      issued += 1;
      return issue?.(seen, issued) ?? { body: { token: `token-${issued}`, expires_in: 300 } };
    }
    if (accepts(seen.headers.authorization ?? '', seen))
      return answer ?? (seen.method === 'DELETE' ? { status: 202 } : tags);
    const headers =
      challenge?.(seen, self) ?? `Bearer realm="${self}/token",service="registry",scope="repository:apps/web:pull"`;
    return {
      status: 401,
      headers: { 'www-authenticate': headers },
      body: errors('UNAUTHORIZED', 'authentication required'),
    };
  });
  self = server.url;
  return server;
}
