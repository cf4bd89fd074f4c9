import type { Result, Verification } from './verify.mjs';

export interface ReportOptions {
  readonly version: string;
  /** `eu-central-1`, or where else. */
  readonly where: string;
  /** Those that change what is checked. Others, such as a profile or a path, are nobody else's business. */
  readonly options: {
    readonly only?: readonly number[];
    readonly long?: boolean;
    readonly vpc?: boolean;
    readonly keep?: boolean;
  };
  readonly startedAt: Date;
  readonly minutes: number;
  /** Not to be shown. */
  readonly accountId?: string;
  /** Rows that no program checks. */
  readonly byHand: readonly { readonly id: number; readonly claim: string }[];
}

const MARKS: Record<Result['outcome'], string> = { pass: '✓ pass', fail: '✗ FAIL', skipped: '– skipped' };

/** The report, as Markdown for an issue. */
export function report({ results, left }: Verification, about: ReportOptions): string {
  const count = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const rows = results.map(({ id, claim, outcome, detail, seconds }) =>
    row([String(id), claim, MARKS[outcome], detail, outcome === 'skipped' ? '' : `${seconds} s`]),
  );
  const byHand = about.byHand.map(({ id, claim }) =>
    row([String(id), claim, '– by hand', 'docs/verify-on-aws.md', '']),
  );
  const text = [
    '# cdk-mcp-lambda on AWS',
    '',
    `${count('pass')} passed, ${count('fail')} failed, ${count('skipped')} skipped, ${byHand.length} by hand.`,
    '',
    `Version ${about.version}, ${about.where}, options \`${shown(about.options) || 'none'}\`, Node.js ${process.version}, ${about.startedAt.toISOString()}, ${about.minutes} min.`,
    '',
    '| # | claim | result | what was seen | time |',
    '|---|---|---|---|---|',
    ...[...rows, ...byHand].sort((a, b) => Number(a.split('|')[1]) - Number(b.split('|')[1])),
    '',
    left.length === 0 ? 'Nothing was left behind.' : `Left behind, to be deleted by hand: ${left.join(', ')}.`,
    '',
  ].join('\n');
  return about.accountId ? text.replaceAll(about.accountId, '<account>') : text;
}

/** For the person whose account it is: what is still there, and how it is removed. */
export function removal(stacks: readonly string[], where: { region: string; profile?: string }): string[] {
  if (stacks.length === 0) return [];
  const more = `--region ${where.region}${where.profile ? ` --profile ${where.profile}` : ''}`;
  return [
    'these stacks are still there; to remove them:',
    ...[...stacks].reverse().map((stack) => `aws cloudformation delete-stack --stack-name ${stack} ${more}`),
  ];
}

function shown({ only, ...flags }: ReportOptions['options']): string {
  const given = (['long', 'vpc', 'keep'] as const).filter((name) => flags[name]).map((name) => `--${name}`);
  return [...(only ? [`--only ${only}`] : []), ...given].join(' ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim().slice(0, 1_500)).join(' | ')} |`;
}
