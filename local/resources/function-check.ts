import { oldSdkWarning } from '../services/lambda/old-sdks.js';
import type { Services } from './services.js';

/**
 * Checks whether a function can run on this machine, and shows what is wrong.
 * @param path construct path of the function
 */
export async function reportCheck(services: Services, path: string, name: string): Promise<void> {
  const { problem, handler, notice, oldSdk, missingSdk } = await services.lambda.check(name);
  if (problem) services.warn(`${path} cannot run on this machine, its invocations fail: ${problem}`);
  if (handler) services.warn(`${path} fails when it is called, on AWS too: ${handler}`);
  if (notice) services.warn(notice);
  if (missingSdk) services.warn(`${path} ${missingSdk}`);
  if (oldSdk) services.warn(`${path} ${oldSdkWarning(oldSdk)}`);
}
