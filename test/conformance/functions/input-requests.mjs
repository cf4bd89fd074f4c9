import { text } from './helpers.mjs';

const elicit = (message, properties, required = Object.keys(properties)) => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: { type: 'object', properties, required } },
});
const sample = (question, maxTokens) => ({
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: { type: 'text', text: question } }], maxTokens },
});
const roots = { method: 'roots/list', params: {} };
const string = { type: 'string' };

const inputRequired = (inputRequests, requestState) => ({
  resultType: 'input_required',
  inputRequests,
  ...(requestState === undefined ? {} : { requestState }),
});

/** The content of an accepted form. Undefined if the response is missing, declined or malformed. */
const accepted = (answer) => (answer?.action === 'accept' ? answer.content : undefined);

/** A tool that asks once and returns the user's response. */
const once = (key, question, answered) => (params) => {
  const answer = params.inputResponses?.[key];
  return typeof answer?.action === 'string' ? text(answered(answer)) : inputRequired({ [key]: question(params) });
};

const completed = ({ action, content }) =>
  `Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`;

const options = ['option1', 'option2', 'option3'];
const titled = (noun) =>
  ['First', 'Second', 'Third'].map((nth, n) => ({ const: `value${n + 1}`, title: `${nth} ${noun}` }));

const handlers = {
  test_sampling: ({ arguments: { prompt }, inputResponses: { completion } = {} }) =>
    completion ? text(`LLM response: ${completion.content.text}`) : inputRequired({ completion: sample(prompt, 100) }),
  test_missing_capability: ({ inputResponses }) =>
    inputResponses ? 'answered' : inputRequired({ completion: sample('Any question', 10) }),
  test_elicitation: once(
    'response',
    ({ arguments: { message } }) =>
      elicit(message, {
        username: { type: 'string', description: "User's response" },
        email: { type: 'string', description: "User's email address" },
      }),
    (answer) => `User response: ${JSON.stringify(answer)}`,
  ),
  test_elicitation_sep1034_defaults: once(
    'defaults',
    () =>
      elicit(
        'Please review and update the form fields with defaults',
        {
          name: { type: 'string', description: 'User name', default: 'John Doe' },
          age: { type: 'integer', description: 'User age', default: 30 },
          score: { type: 'number', description: 'User score', default: 95.5 },
          status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
          verified: { type: 'boolean', description: 'Verification status', default: true },
        },
        [],
      ),
    completed,
  ),
  test_elicitation_sep1330_enums: once(
    'enums',
    () =>
      elicit(
        'Please select options from the enum fields',
        {
          untitledSingle: { type: 'string', enum: options },
          titledSingle: { type: 'string', oneOf: titled('Option') },
          legacyEnum: {
            type: 'string',
            enum: ['opt1', 'opt2', 'opt3'],
            enumNames: ['Option One', 'Option Two', 'Option Three'],
          },
          untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
          titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
        },
        [],
      ),
    completed,
  ),
  test_streaming_elicitation: once('confirm', () => elicit('Go on?', { ok: { type: 'boolean' } }), completed),

  test_input_required_result_elicitation: ({ inputResponses = {} }) => {
    const name = accepted(inputResponses.user_name)?.name;
    return name
      ? text(`Hello, ${name}!`)
      : inputRequired({ user_name: elicit('What is your name?', { name: string }) });
  },
  test_input_required_result_sampling: ({ inputResponses: { capital_question: answer } = {} }) =>
    answer
      ? text(answer.content.text)
      : inputRequired({ capital_question: sample('What is the capital of France?', 100) }),
  test_input_required_result_list_roots: ({ inputResponses: { client_roots: answer } = {} }) =>
    answer ? text(answer.roots.map(({ uri }) => uri).join(', ')) : inputRequired({ client_roots: roots }),
  test_input_required_result_request_state: confirmed('state-ok'),
  test_input_required_result_tampered_state: confirmed('unreachable with a tampered state'),
  test_input_required_result_multiple_inputs: ({ inputResponses: answers = {}, requestState }) =>
    requestState === 'asked' && answers.user_name && answers.greeting && answers.client_roots
      ? text(`${answers.greeting.content.text} ${accepted(answers.user_name)?.name}`)
      : inputRequired(
          {
            user_name: elicit('What is your name?', { name: string }),
            greeting: sample('Generate a greeting', 50),
            client_roots: roots,
          },
          'asked',
        ),
  test_input_required_result_multi_round: ({ inputResponses: { step1, step2 } = {}, requestState }) => {
    const name = requestState === undefined ? undefined : (JSON.parse(requestState).name ?? accepted(step1)?.name);
    if (!name) {
      return inputRequired(
        { step1: elicit('Step 1: What is your name?', { name: string }) },
        JSON.stringify({ round: 1 }),
      );
    }
    const color = accepted(step2)?.color;
    if (color) return text(`${name} likes ${color}`);
    const question = elicit('Step 2: What is your favorite color?', { color: string });
    return inputRequired({ step2: question }, JSON.stringify({ round: 2, name }));
  },
  test_input_required_result_capabilities: ({ inputResponses }, { clientCapabilities = {} }) => {
    if (inputResponses) return 'answered';
    return inputRequired({
      ...(clientCapabilities.sampling ? { completion: sample('Which capabilities?', 50) } : {}),
      ...(clientCapabilities.elicitation ? { form: elicit('Which capabilities?', { name: string }) } : {}),
    });
  },
  test_input_required_result_prompt: ({ inputResponses: { user_context: answer } = {} }) => {
    const context = accepted(answer)?.context;
    if (context) return `Prompt with context: ${context}`;
    return inputRequired({ user_context: elicit('What context should the prompt use?', { context: string }) });
  },
};

/** Asks for confirmation and records the question in the request state. */
function confirmed(result) {
  return ({ inputResponses: { confirm } = {}, requestState }) =>
    requestState === 'asked' && accepted(confirm)?.ok
      ? text(result)
      : inputRequired({ confirm: elicit('Please confirm', { ok: { type: 'boolean' } }) }, 'asked');
}

/** Tools and a prompt that need input from the client. */
export const handler = async ({ params, context }) => handlers[params.name](params, context);
