/** One operation: its parameters, its body, its answer. */
import { exampleOf } from './api-example.js';
import { text } from './texts.js';

/** An element with attributes (`textContent` and the like as properties) and children. */
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Path with the form's values in it; empty query parameters are left out. */
function urlOf({ path, parameters }, form) {
  const value = ({ name }) => form.elements[name].value;
  const filled = parameters
    .filter((parameter) => parameter.in === 'path')
    .reduce((url, parameter) => url.replace(`{${parameter.name}}`, encodeURIComponent(value(parameter))), path);
  const given = parameters.filter((parameter) => parameter.in === 'query' && value(parameter) !== '');
  const query = new URLSearchParams(given.map((parameter) => [parameter.name, value(parameter)]));
  return given.length > 0 ? `${filled}?${query}` : filled;
}

async function answerText(operation, form) {
  const body = form.elements.body?.value;
  const answer = await fetch(urlOf(operation, form), {
    method: operation.verb.toUpperCase(),
    ...(body && { body, headers: { 'content-type': 'application/json' } }),
  });
  const content = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') && content !== '';
  return `${answer.status} ${answer.statusText}\n\n${isJson ? JSON.stringify(JSON.parse(content), null, 2) : content}`;
}

function parameterField({ name, required, schema }) {
  const label = element('label', { textContent: required ? `${name} *` : name, title: schema?.description ?? '' });
  label.append(element('input', { name, required, placeholder: schema?.description ?? '', autocomplete: 'off' }));
  return label;
}

function bodyField({ content }) {
  const example = JSON.stringify(exampleOf(content['application/json'].schema), null, 2);
  const area = element('textarea', {
    name: 'body',
    rows: Math.min(16, example.split('\n').length + 1),
    value: example,
  });
  area.spellcheck = false;
  return element('label', { textContent: text('body') }, area);
}

/** A fold that holds the form; the form is made when it is opened first. */
export function operationForm(operation) {
  const fold = element(
    'details',
    {},
    element(
      'summary',
      {},
      element('span', { className: 'verb', textContent: operation.verb }),
      element('code', { textContent: operation.path }),
      element('span', { className: 'about', textContent: operation.summary }),
    ),
  );
  fold.addEventListener('toggle', () => fold.querySelector('form') ?? fold.append(formOf(operation)));
  return fold;
}

function formOf(operation) {
  const answer = element('pre', { hidden: true, tabIndex: 0, ariaLive: 'polite' });
  const form = element('form', {}, ...operation.parameters.map(parameterField));
  if (operation.requestBody) form.append(bodyField(operation.requestBody));
  form.append(element('button', { textContent: text('send') }), answer);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    answer.hidden = false;
    answer.textContent = await answerText(operation, form).catch(() => text('unreachable'));
  });
  return form;
}
