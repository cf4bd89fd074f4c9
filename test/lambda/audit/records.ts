import { vi } from 'vitest';
import { type AuditRecord, parseAuditRecord } from '../../../src/private/audit.js';

/** Collects the audit records that this process writes, until `vi.restoreAllMocks()`. */
export function collectRecords(): AuditRecord[] {
  const records: AuditRecord[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    const record = parseAuditRecord(String(text));
    if (record) records.push(record);
    return true;
  });
  return records;
}
