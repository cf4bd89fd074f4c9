import { NOT_INSTALLED } from '../services/authorization-server/local-issuers.js';
import type { ResourceContext } from './resource-type.js';

/** Replaces the issuers whose tokens a resource checks, if callers must sign in. */
export async function replaceIssuers(context: ResourceContext, issuers: readonly string[]): Promise<void> {
  const { services } = context;
  for (const issuer of issuers.filter((each) => services.issuers.needsReplacement(each))) {
    if (await services.issuers.replace(issuer)) continue;
    const { reason, remedy } = NOT_INSTALLED;
    context.reportNotRun(reason, remedy);
    services.warn(`${context.path} checks tokens of ${issuer}: ${reason}: ${remedy}`);
    return;
  }
}
