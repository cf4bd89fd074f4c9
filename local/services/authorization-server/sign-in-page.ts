/** A request for access, as the sign-in page shows it. */
export interface AccessRequest {
  /** Name or id of the client. */
  readonly client: string;
  readonly redirectUri: string;
  readonly resource: string;
  /** The issuer that the local one replaces. */
  readonly issuer: string;
  readonly scopes: readonly string[];
  /** Groups that the tools of the app name. */
  readonly groups: readonly string[];
}

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
  h1 { font-size: 1.4rem } dt { font-weight: 600; margin-top: .5rem } dd { margin: 0; overflow-wrap: anywhere }
  fieldset { border: 1px solid #888; border-radius: 4px; margin: 1rem 0 } label { display: block; overflow-wrap: anywhere }
  input[type=text], textarea { width: 100%; font: inherit; box-sizing: border-box; padding: .3rem }
  button { font: inherit; padding: .5rem 1.2rem; margin-right: .5rem }
  @media (prefers-color-scheme: dark) { body { color: #eee; background: #1a1a1a } }`;

/** Returns the page on which the developer chooses who signs in, with which scopes and groups. */
export function signInPage({ client, redirectUri, resource, issuer, scopes, groups }: AccessRequest): string {
  const list = (entries: Array<[string, string]>) =>
    `<dl>${entries.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in (development)</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Sign in for development</h1>
<p>This page replaces the sign-in of <code>${escapeHtml(issuer)}</code>. It asks for no password: choose any user.</p>
${list([
  ['Client', client],
  ['Returns to', redirectUri],
  ['MCP server', resource],
])}
<form method="post">
<label for="subject">User (subject)</label>
<input type="text" id="subject" name="subject" value="developer" required autofocus>
${fieldset('Scopes to grant', 'scope', scopes, true)}
${fieldset('Groups', 'group', groups, false)}
<label for="groups">Other groups, one on each line</label>
<textarea id="groups" name="groups" rows="2"></textarea>
<label for="claims">Further claims (name=value), one on each line</label>
<textarea id="claims" name="claims" rows="2"></textarea>
<p><button name="action" value="sign-in">Sign in</button><button name="action" value="refuse" formnovalidate>Refuse</button></p>
</form>
</body>
</html>
`;
}

function fieldset(title: string, name: string, values: readonly string[], checked: boolean): string {
  if (values.length === 0) return '';
  const boxes = values.map((value) => {
    const text = escapeHtml(value);
    return `<label><input type="checkbox" name="${name}" value="${text}"${checked ? ' checked' : ''}> ${text}</label>`;
  });
  return `<fieldset><legend>${title}</legend>${boxes.join('')}</fieldset>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
