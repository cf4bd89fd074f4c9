type Payload = Record<string, any>;

/** Models whose items are deleted when their grant is revoked. */
const OF_GRANTS = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

/** The items of one issuer, in memory: clients, grants and tokens. They last until the runner stops. */
export class Storage {
  private readonly items = new Map<string, { payload: Payload; expiresAt: number }>();

  /** @param unregisteredClient the metadata of a client that did not register, by its id */
  constructor(private readonly unregisteredClient: (id: string) => Payload | undefined) {}

  /** Whether an item was stored. */
  has(model: string, id: string): boolean {
    return this.items.has(`${model}/${id}`);
  }

  /** Creates the adapter of a model, as `oidc-provider` requires. */
  readonly adapter = (model: string) => {
    const { items } = this;
    const key = (id: string) => `${model}/${id}`;
    const find = async (id: string): Promise<Payload | undefined> => {
      const item = items.get(key(id));
      if (item && item.expiresAt > Date.now()) return item.payload;
      return model === 'Client' ? this.unregisteredClient(id) : undefined;
    };
    return {
      find,
      async upsert(id: string, payload: Payload, expiresIn?: number) {
        const expiresAt = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000;
        items.set(key(id), { payload, expiresAt });
      },
      async findByUid(uid: string) {
        for (const [name, { payload }] of items)
          if (name.startsWith(`${model}/`) && payload.uid === uid) return payload;
        return undefined;
      },
      async findByUserCode() {
        return undefined; // the device flow is off
      },
      async consume(id: string) {
        const payload = await find(id);
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id: string) {
        items.delete(key(id));
      },
      async revokeByGrantId(grantId: string) {
        for (const [name, { payload }] of items) {
          if (payload.grantId === grantId && OF_GRANTS.has(name.split('/')[0]!)) items.delete(name);
        }
      },
    };
  };
}
