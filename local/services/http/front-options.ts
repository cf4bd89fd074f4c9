import type { CallRecorder } from '../../calls/recorder.js';
import type { Console } from '../../console/console.js';
import type { LocalIssuers } from '../authorization-server/local-issuers.js';
import type { IamService } from '../iam/service.js';
import type { LambdaService } from '../lambda/service.js';
import type { FrontPorts } from './front-ports.js';

/** What REST APIs and function URLs need of the account. */
export interface FrontOptions {
  readonly ports: FrontPorts;
  readonly enforceAuth: boolean;
  /** Returns the access key of the principal that unsigned requests come from. */
  readonly developer?: () => string;
  readonly iam: IamService;
  readonly lambda: LambdaService;
  readonly issuers: LocalIssuers;
  /** Records the calls of MCP clients. */
  readonly recorder?: CallRecorder;
  /** Shows the calls, on the ports of MCP servers. */
  readonly console?: Console;
  readonly onLog: (text: string) => void;
}
