import type { Result, Verification } from './verify.mjs';

export interface ReportOptions {
  readonly version: string;
  /** The AWS Region, or `the local runner`. */
  readonly where: string;
  /** Options that change what is checked. Private ones, such as a profile or a path, are omitted. */
  readonly options: {
    readonly only?: readonly number[];
    readonly long?: boolean;
    readonly vpc?: boolean;
    readonly oauth?: boolean;
    readonly urls?: boolean;
    readonly keep?: boolean;
  };
  readonly startedAt: Date;
  readonly minutes: number;
  /** Redacted in the report. */
  readonly accountId?: string;
  /** Rows to check by hand. */
  readonly byHand: readonly { readonly id: number; readonly claim: string }[];
}

const MARKS: Record<Result['outcome'], string> = { pass: '✓ pass', fail: '✗ FAIL', skipped: '– skipped' };

/** Renders the report as Markdown, to attach to an issue. */
export function report({ results, remainingStacks }: Verification, about: ReportOptions): string {
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
    `Version ${about.version}, ${about.where}, options \`${formatOptions(about.options) || 'none'}\`, Node.js ${process.version}, ${about.startedAt.toISOString()}, ${about.minutes} min.`,
    '',
    '| # | claim | result | details | time |',
    '|---|---|---|---|---|',
    ...[...rows, ...byHand].sort((a, b) => Number(a.split('|')[1]) - Number(b.split('|')[1])),
    '',
    remainingStacks.length === 0
      ? 'All stacks were deleted.'
      : `Stacks to delete by hand: ${remainingStacks.join(', ')}.`,
    '',
  ].join('\n');
  return about.accountId ? text.replaceAll(about.accountId, '<account>') : text;
}

/** Lists the remaining stacks with the commands that delete them. */
export function removalCommands(stacks: readonly string[], where: { region: string; profile?: string }): string[] {
  if (stacks.length === 0) return [];
  const options = `--region ${where.region}${where.profile ? ` --profile ${where.profile}` : ''}`;
  return [
    'these stacks still exist; delete them with:',
    ...[...stacks].reverse().map((stack) => `aws cloudformation delete-stack --stack-name ${stack} ${options}`),
  ];
}

function formatOptions({ only, ...flags }: ReportOptions['options']): string {
  const flagNames = (['long', 'vpc', 'oauth', 'urls', 'keep'] as const)
    .filter((name) => flags[name])
    .map((name) => `--${name}`);
  return [...(only ? [`--only ${only}`] : []), ...flagNames].join(' ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim().slice(0, 1_500)).join(' | ')} |`;
}
