import type { Registration, RegistrationDefinition } from '../../src/private/registration.js';
import type { DeployedServer } from './deployed-server.js';

/** A registration with its `ETag`. */
export interface TaggedRegistration {
  readonly registration: Registration;
  readonly etag: string;
}

/** A client of the Registration API. */
export class RegistrationApi {
  constructor(private readonly server: DeployedServer) {}

  /** Returns all registrations, declared ones too. */
  async list(): Promise<Registration[]> {
    const items: Registration[] = [];
    let cursor: string | undefined;
    do {
      const url = this.server.registerUrl;
      if (cursor !== undefined) url.searchParams.set('cursor', cursor);
      const page = await this.json<{ items: Registration[]; nextCursor?: string }>('GET', url);
      items.push(...page.body.items);
      cursor = page.body.nextCursor;
    } while (cursor !== undefined);
    return items;
  }

  /** Returns a registration; undefined if it does not exist. */
  async find(id: string): Promise<TaggedRegistration | undefined> {
    const response = await this.server.send(this.at(id), { method: 'GET' });
    if (response.status === 404) return undefined;
    if (!response.ok) throw await this.server.failure(response);
    return { registration: (await response.json()) as Registration, etag: response.headers.get('etag') ?? '' };
  }

  async create(definition: RegistrationDefinition): Promise<Registration> {
    return (await this.json<Registration>('POST', this.server.registerUrl, definition)).body;
  }

  /** Replaces a registration that has not changed since it was read. */
  async replace(id: string, definition: RegistrationDefinition, etag?: string): Promise<Registration> {
    return (await this.json<Registration>('PUT', this.at(id), definition, etag)).body;
  }

  /** Removes a registration that has not changed since it was read. */
  async remove(id: string, etag?: string): Promise<void> {
    const headers: Record<string, string> = etag === undefined ? {} : { 'if-match': etag };
    const response = await this.server.send(this.at(id), { method: 'DELETE', headers });
    if (!response.ok) throw await this.server.failure(response);
  }

  private at(id: string): URL {
    const url = this.server.registerUrl;
    url.pathname += `/${encodeURIComponent(id)}`;
    return url;
  }

  private async json<T>(method: string, url: URL, body?: object, etag?: string): Promise<{ body: T }> {
    const response = await this.server.send(url, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(etag !== undefined && { 'if-match': etag }),
      },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw await this.server.failure(response);
    return { body: (await response.json()) as T };
  }
}
