import type { RestApis } from '../services/apigateway/rest-apis.js';
import type { LocalIssuers } from '../services/authorization-server/local-issuers.js';
import type { EmulatedServices } from '../services/aws-endpoint/emulated.js';
import type { CustomResources } from '../services/cloudformation/custom-resources.js';
import type { Schedules } from '../services/eventbridge/schedules.js';
import type { FunctionUrls } from '../services/function-url/function-urls.js';
import type { IamService } from '../services/iam/service.js';
import type { DebugPorts } from '../services/lambda/debug-ports.js';

/** The emulated services, and state that resource types share. */
export interface Services extends EmulatedServices {
  readonly iam: IamService;
  readonly restApis: RestApis;
  readonly functionUrls: FunctionUrls;
  readonly issuers: LocalIssuers;
  readonly customResources: CustomResources;
  readonly schedules: Schedules;
  /** Ports of the debuggers of functions; absent without `--debug`. */
  readonly debugPorts?: DebugPorts;
  /** Number of the newest version of each function with versions. */
  readonly versions: Map<string, number>;
  /** Directory of each layer version, by ARN. */
  readonly layers: Map<string, string>;
  /** Directories of extracted archives, by archive. */
  readonly archives: Map<string, string>;
  /** `AWS_ENDPOINT_URL` of the functions. */
  readonly awsEndpointUrl: string;
  /** Directory for generated and extracted code, removed when the runner stops. */
  readonly workDir: string;
  /** `node_modules` directory that provides `@aws-sdk/*` to functions which expect it in the runtime. */
  readonly nodeModules?: string;
  /** Replaces the public URLs of the app in a text with the local ones. */
  toLocal(text: string): string;
  /** Shows a warning to the developer, once for each text. */
  warn(text: string): void;
}
