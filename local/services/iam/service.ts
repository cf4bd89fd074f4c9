import { type KeyMaterial, randomMaterial } from '../../state/key-material.js';
import type { Caller } from './evaluator.js';
import { AWS_MANAGED_POLICIES } from './managed-policies.js';
import type { PolicyDocument } from './policy.js';

/** AWS credentials. Temporary credentials (of roles) have a session token. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The owner of an access key, as the fronts of APIs and functions pass it on. */
export interface AccessKeyOwner {
  readonly credentials: Credentials;
  /** ARN of the user or role session. */
  readonly userArn: string;
  /** Unique id, such as `AROA…:session`. */
  readonly userId: string;
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly accountId: string;
  /** Construct path; absent for a role of another app. */
  readonly path?: string;
  readonly trustPolicy: PolicyDocument;
  readonly boundaryArn?: string;
  /** Whether the role is not part of the app, so that its trust policy and its own policies are unknown. */
  readonly imported?: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

interface RoleState extends Role {
  readonly inline: Map<string, PolicyDocument>;
  readonly attached: Set<string>;
}

/** The owner of an access key: a role session, or a user with policies. */
type KeyOwner =
  | { readonly roleName: string; readonly session: string }
  | { readonly userArn: string; readonly accountId: string; readonly policies: readonly PolicyDocument[] };

/** Bytes of an access key: the id, and the secret after it. */
const ID_BYTES = 8;
const KEY_BYTES = ID_BYTES + 30;
const TOKEN_BYTES = 48;

const AWS_MANAGED = /^arn:aws[\w-]*:iam::aws:policy\/(.+)$/;

/** The roles of the templates with their policies, and the access keys of role sessions and users. */
export class IamService {
  private readonly roles = new Map<string, RoleState>();
  private readonly managed = new Map<string, PolicyDocument>();
  private readonly keys = new Map<string, { owner: KeyOwner; credentials: Credentials }>();
  /** Credentials of {@link roleKey}, by role and session. */
  private readonly roleKeys = new Map<string, Credentials>();

  /**
   * @param accountId account of imported roles that are known by name only
   * @param material keys of users, and of {@link roleKey}
   */
  constructor(
    private readonly accountId = '',
    private readonly material: KeyMaterial = randomMaterial,
  ) {}

  putRole(role: Role): void {
    const previous = this.roles.get(role.name);
    if (previous?.imported) previous.attached.delete(previous.arn);
    this.roles.set(role.name, {
      ...role,
      inline: previous?.inline ?? new Map(),
      attached: previous?.attached ?? new Set(),
    });
  }

  /** The policies of the templates. */
  get policies(): PolicyDocument[] {
    return [...[...this.roles.values()].flatMap(({ inline }) => [...inline.values()]), ...this.managed.values()];
  }

  deleteRole(name: string): void {
    this.roles.delete(name);
  }

  /** Finds a role by its ARN. */
  roleByArn(arn: string): Role | undefined {
    return [...this.roles.values()].find((role) => role.arn === arn);
  }

  /** The roles of the app. */
  get ownRoles(): Role[] {
    return [...this.roles.values()].filter(({ imported }) => !imported);
  }

  /** Adds a role that is not part of the app. Its own policies are unknown; the app can attach more policies. */
  importRole(arn: string): Role {
    const name = arn.split('/').at(-1)!;
    const known = this.roles.get(name);
    if (known) return known;
    const accountId = arn.split(':')[4] ?? '';
    this.putRole({ name, arn, accountId, trustPolicy: { Statement: [] }, imported: true, tags: {} });
    this.attach(name, arn); // represents the policies of the role, whose documents are unknown
    return this.role(name);
  }

  /** Sets an inline policy of a role; `undefined` removes it. */
  setInlinePolicy(roleName: string, policyName: string, document: PolicyDocument | undefined): void {
    if (!document) {
      this.roles.get(roleName)?.inline.delete(policyName);
      return;
    }
    this.role(roleName).inline.set(policyName, document);
  }

  attach(roleName: string, policyArn: string): void {
    this.role(roleName).attached.add(policyArn);
  }

  detach(roleName: string, policyArn: string): void {
    this.roles.get(roleName)?.attached.delete(policyArn);
  }

  setManagedPolicy(arn: string, document: PolicyDocument | undefined): void {
    if (!document) {
      this.managed.delete(arn);
      return;
    }
    this.managed.set(arn, document);
  }

  /** Whether the document of a managed policy is known. */
  isKnownManagedPolicy(arn: string): boolean {
    return this.managedPolicy(arn) !== undefined;
  }

  /** Issues temporary credentials of a role session, as Lambda does for a function. */
  issueRoleKey(roleName: string, session: string): Credentials {
    return this.addRoleKey(roleName, session, randomMaterial);
  }

  /** Returns the credentials of a role session for clients. They are always the same. */
  roleKey(roleName: string, session: string): Credentials {
    const owner = `role/${roleName}/${session}`;
    const credentials = this.roleKeys.get(owner) ?? this.addRoleKey(roleName, session, this.material);
    this.roleKeys.set(owner, credentials);
    return credentials;
  }

  /** Issues credentials of a new user with these policies. */
  issueUserKey(name: string, accountId: string, policies: readonly PolicyDocument[]): Credentials {
    const credentials = newKey('AKIA', this.material(`user/${name}`, KEY_BYTES));
    const userArn = `arn:aws:iam::${accountId}:user/${name}`;
    this.keys.set(credentials.accessKeyId, { owner: { userArn, accountId, policies }, credentials });
    return credentials;
  }

  revoke(accessKeyId: string): void {
    this.keys.delete(accessKeyId);
  }

  credentials(accessKeyId: string): Credentials | undefined {
    return this.keys.get(accessKeyId)?.credentials;
  }

  /** Returns the owner of an access key, with the current policies; undefined for an unknown or revoked key. */
  caller(accessKeyId: string): Caller | undefined {
    const owner = this.keys.get(accessKeyId)?.owner;
    if (!owner) return undefined;
    if ('roleName' in owner) return this.roleSession(owner.roleName, owner.session);
    return { arn: owner.userArn, sessionArn: owner.userArn, accountId: owner.accountId, policies: owner.policies };
  }

  /** Returns the owner of an access key with its credentials. */
  keyOwner(accessKeyId: string): AccessKeyOwner | undefined {
    const credentials = this.credentials(accessKeyId);
    const caller = this.caller(accessKeyId);
    return credentials && caller && { credentials, userArn: caller.sessionArn, userId: accessKeyId };
  }

  /** Returns the construct path of the role of a caller; the ARN of other callers. */
  pathOf(userArn: string): string {
    const arn = this.callerByArn(userArn)?.arn ?? userArn;
    return this.roleByArn(arn)?.path ?? arn;
  }

  /** Finds a caller by the ARN of a user or role session. */
  callerByArn(arn: string): Caller | undefined {
    return [...this.keys.keys()].map((id) => this.caller(id)).find((caller) => caller?.sessionArn === arn);
  }

  /** Returns a role session as a caller, with the current policies of the role. */
  roleSession(roleName: string, session: string): Caller | undefined {
    const role = this.roles.get(roleName);
    if (!role) return undefined;
    const attached = [...role.attached].flatMap((arn) => this.managedPolicy(arn) ?? []);
    const unknownPolicies = [...role.attached].filter((arn) => !this.managedPolicy(arn));
    const boundary = role.boundaryArn === undefined ? undefined : this.managedPolicy(role.boundaryArn);
    return {
      arn: role.arn,
      sessionArn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${session}`,
      accountId: role.accountId,
      policies: [...role.inline.values(), ...attached],
      boundary,
      unknownPolicies,
      unknownBoundary: boundary ? undefined : role.boundaryArn,
    };
  }

  private addRoleKey(roleName: string, session: string, material: KeyMaterial): Credentials {
    const bytes = material(`role/${roleName}/${session}`, KEY_BYTES + TOKEN_BYTES);
    const credentials = { ...newKey('ASIA', bytes), sessionToken: bytes.subarray(KEY_BYTES).toString('base64') };
    this.keys.set(credentials.accessKeyId, { owner: { roleName, session }, credentials });
    return credentials;
  }

  private managedPolicy(arn: string): PolicyDocument | undefined {
    const name = AWS_MANAGED.exec(arn)?.[1];
    return name ? AWS_MANAGED_POLICIES[name] : this.managed.get(arn);
  }

  private role(name: string): RoleState {
    const known = this.roles.get(name);
    if (known) return known;
    this.importRole(`arn:aws:iam::${this.accountId}:role/${name}`);
    return this.roles.get(name)!;
  }
}

function newKey(prefix: string, bytes: Buffer): Credentials {
  const id = bytes.subarray(0, ID_BYTES).toString('hex').toUpperCase();
  return { accessKeyId: `${prefix}${id}`, secretAccessKey: bytes.subarray(ID_BYTES, KEY_BYTES).toString('base64url') };
}
