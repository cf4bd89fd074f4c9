import type { ConsoleRegistration } from '../model.js';
import { Json } from './json-view.js';
import { href, moveInList } from './router.js';
import type { Store } from './store.js';
import { plural } from './text.js';
import { Empty, Facts, Section, Untrusted } from './ui.js';

const GROUPS = [
  ['tool', 'Tools'],
  ['resource', 'Resources'],
  ['prompt', 'Prompts'],
] as const;

/** Members of definitions that the view shows in another form. */
const SHOWN = [
  'type',
  'name',
  'title',
  'description',
  'lambdaArn',
  'inputSchema',
  'outputSchema',
  'arguments',
  'uri',
  'uriTemplate',
];

/** The tools, resources and prompts of the servers. */
export function CatalogView({
  store,
  kind,
  name,
}: {
  store: Store;
  kind: string | undefined;
  name: string | undefined;
}) {
  const registrations = store.state?.registrations ?? [];
  if (registrations.length === 0) {
    return (
      <Empty title="The server has no tools, resources or prompts">
        <p>Add functions with server.addTool(), or register them with the Registration API.</p>
      </Empty>
    );
  }
  const selected = registrations.find((each) => each.kind === kind && each.name === name) ?? registrations[0]!;
  return (
    <div class="split catalog">
      <section class="list-pane" aria-label="Tools, resources and prompts">
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys move between its links */}
        <div class="rows" onKeyDown={moveInList}>
          {GROUPS.map(([type, title]) => {
            const group = registrations.filter((each) => each.kind === type);
            return group.length === 0 ? null : (
              <section key={type} aria-label={title}>
                <h2 class="group">
                  {title}
                  <span class="count">{group.length}</span>
                </h2>
                <ul>
                  {group.map((each) => (
                    <li key={each.name}>
                      <a
                        class="row catalog-row"
                        data-row
                        href={href('catalog', each.kind, each.name)}
                        aria-current={each === selected ? 'true' : undefined}
                      >
                        <span class="row-title">
                          <span class="name">
                            <Untrusted text={each.name} />
                          </span>
                        </span>
                        <span class="row-note" title={each.function}>
                          <Untrusted text={each.function} />
                        </span>
                      </a>
                    </li>
                  ))}
                </ul>
              </section>
            );
          })}
        </div>
      </section>
      <div class="detail-pane">
        <Registration
          registration={selected}
          calls={store.calls.filter((call) => call.name === selected.name).length}
        />
      </div>
    </div>
  );
}

function Registration({ registration, calls }: { registration: ConsoleRegistration; calls: number }) {
  const { kind, name, owner, construct, function: path, runtime, server, definition } = registration;
  const { title, description, uri, uriTemplate, inputSchema, outputSchema, arguments: args } = definition;
  const more = Object.entries(definition).filter(([member]) => !SHOWN.includes(member));
  return (
    <article class="detail" aria-label={name}>
      <header class="detail-head">
        <h2>
          <span class="name">
            <Untrusted text={name} />
          </span>
          <span class="method">{uriTemplate === undefined ? kind : 'resource template'}</span>
        </h2>
        <p class="detail-outcome">{plural(calls, 'recorded call')}</p>
      </header>
      {typeof description === 'string' && (
        <p class="description">
          <Untrusted text={description} />
        </p>
      )}
      <Facts
        facts={[
          ['Title', typeof title === 'string' ? title : undefined],
          ['URI', typeof uri === 'string' ? uri : typeof uriTemplate === 'string' ? uriTemplate : undefined],
          ['Function', path],
          ['Runtime', runtime ?? 'not part of the app'],
          ['Owner', owner],
          ['Construct', construct],
          ['Server', server],
        ]}
      />
      {kind === 'tool' && <Schema title="Input" schema={inputSchema} />}
      {Array.isArray(args) && <PromptArguments args={args as PromptArgument[]} />}
      {outputSchema !== undefined && <Schema title="Output" schema={outputSchema} />}
      {more.length > 0 && (
        <Section title="Further settings">
          <Json value={Object.fromEntries(more)} label="further settings" />
        </Section>
      )}
    </article>
  );
}

interface PromptArgument {
  readonly name: string;
  readonly description?: string;
  readonly required?: boolean;
}

function PromptArguments({ args }: { args: readonly PromptArgument[] }) {
  const rows = args.map(({ name, description, required }) => ({
    name,
    type: 'string',
    description,
    required: required === true,
  }));
  return (
    <Section title="Arguments" count={args.length}>
      <Fields rows={rows} />
    </Section>
  );
}

interface SchemaObject {
  readonly type?: unknown;
  readonly description?: unknown;
  readonly enum?: unknown;
  readonly properties?: Readonly<Record<string, SchemaObject>>;
  readonly required?: unknown;
}

function Schema({ title, schema }: { title: string; schema: unknown }) {
  const { properties = {}, required } = Object(schema) as SchemaObject;
  const names = Array.isArray(required) ? required : [];
  const rows = Object.entries(properties).map(([name, property]) => ({
    name,
    type: typeOf(property),
    description: typeof property?.description === 'string' ? property.description : undefined,
    required: names.includes(name),
  }));
  return (
    <Section title={title} count={rows.length}>
      {rows.length === 0 ? <p class="quiet-text">No properties.</p> : <Fields rows={rows} />}
      {schema !== undefined && (
        <details class="disclosure">
          <summary>JSON Schema</summary>
          <Json value={schema} label={`${title} schema`} />
        </details>
      )}
    </Section>
  );
}

function typeOf(property: SchemaObject | undefined): string {
  if (Array.isArray(property?.enum)) return property.enum.map((each) => JSON.stringify(each)).join(' | ');
  return [property?.type ?? 'any'].flat().join(' | ');
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly description: string | undefined;
  readonly required: boolean;
}

function Fields({ rows }: { rows: readonly Field[] }) {
  return (
    <table class="fields">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Type</th>
          <th scope="col">Description</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, type, description, required }) => (
          <tr key={name}>
            <th scope="row">
              <span class="mono">
                <Untrusted text={name} />
              </span>
              {required && <span class="required">required</span>}
            </th>
            <td class="mono">
              <Untrusted text={type} />
            </td>
            <td>
              <Untrusted text={description ?? ''} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
