import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AUDIT_QUERIES, type AuditQuery } from '../audit-queries';

/** Defines the saved queries of a server's audit records. */
export function defineAuditQueries(
  scope: Construct,
  serverName: string,
  logGroup: logs.ILogGroup,
): logs.QueryDefinition[] {
  const parent = new Construct(scope, 'AuditQueries');
  return Object.entries<AuditQuery>(AUDIT_QUERIES).map(
    ([id, query]) =>
      new logs.QueryDefinition(parent, id, {
        queryDefinitionName: `${serverName}/${query.name}`,
        queryString: queryString(query),
        logGroups: [logGroup],
      }),
  );
}

export function queryString({ filters, fields, stats, sort, limit }: AuditQuery): logs.QueryString {
  return new logs.QueryString({
    fields: fields && [...fields],
    filterStatements: [...filters],
    statsStatements: stats === undefined ? undefined : [stats],
    sort,
    limit,
  });
}
