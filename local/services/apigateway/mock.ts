import { isLiteralTemplate, type MappingContext, parameterValue, renderTemplate } from './mapping.js';

/** The response of a MOCK integration, such as a CORS preflight or a metadata document. */
export interface MockResponse {
  readonly statusCode: number;
  /** Mapping expressions by header name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Template of the body, and its content type. */
  readonly template?: { readonly contentType: string; readonly text: string };
}

type Properties = Readonly<Record<string, any>>;

const RESPONSE_HEADER = 'method.response.header.';

/** Returns the response of a MOCK integration: the one for the status of its request template, or the default one. */
export function mockResponse({ RequestTemplates = {}, IntegrationResponses = [] }: Properties): MockResponse {
  const status = statusOf(templateOf(RequestTemplates)?.text);
  const responses = IntegrationResponses as Properties[];
  const matches = ({ SelectionPattern }: Properties) =>
    SelectionPattern && new RegExp(`^(?:${SelectionPattern})$`).test(status);
  const response = responses.find(matches) ?? responses.find((each) => !each.SelectionPattern) ?? {};
  const { StatusCode = 200, ResponseParameters = {}, ResponseTemplates = {} } = response;
  const headers = Object.entries(ResponseParameters)
    .filter(([name]) => name.startsWith(RESPONSE_HEADER))
    .map(([name, value]) => [name.slice(RESPONSE_HEADER.length), String(value)] as const);
  const template = templateOf(ResponseTemplates);
  return {
    statusCode: Number(StatusCode),
    headers: Object.fromEntries(headers),
    ...(template && isLiteralTemplate(template.text) && { template }),
  };
}

/** Whether the local runner can render the templates of a MOCK integration. */
export function isLiteralMock({ IntegrationResponses = [] }: Properties): boolean {
  const templates = (IntegrationResponses as Properties[]).flatMap(({ ResponseTemplates = {} }) =>
    Object.values(ResponseTemplates),
  );
  return templates.every((template) => isLiteralTemplate(String(template)));
}

/** Returns status, headers and body of a MOCK integration. */
export function renderMock({ statusCode, headers, template }: MockResponse, mapping: MappingContext) {
  const values = Object.entries(headers).flatMap(([name, expression]) => {
    const value = parameterValue(expression, mapping);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    statusCode,
    headers: {
      ...(template && { 'content-type': template.contentType }),
      ...Object.fromEntries(values),
      'x-amzn-requestid': String(mapping.context.requestId),
    },
    body: template && renderTemplate(template.text, mapping),
  };
}

/** Returns the JSON template of a map by content type, or the first one. */
export function templateOf(templates: Properties): { contentType: string; text: string } | undefined {
  const [first] = Object.keys(templates);
  const contentType = 'application/json' in templates ? 'application/json' : first;
  return contentType === undefined ? undefined : { contentType, text: String(templates[contentType]) };
}

/** Returns the status that a request template selects: `{"statusCode": 200}`. */
function statusOf(template = '{}'): string {
  try {
    return String((JSON.parse(template) as { statusCode?: unknown }).statusCode ?? 200);
  } catch {
    return '200';
  }
}
