/** Renders /openapi.json, operations by tag, each with a form that sends it. */
import { operationForm } from './api-operation.js';
import { currentSession } from './session.js';
import { translatePage } from './texts.js';

const place = document.querySelector('#operations');

function heading(tag) {
  const element = document.createElement('h2');
  element.textContent = tag;
  return element;
}

translatePage();
const [description, session] = await Promise.all([
  fetch('/openapi.json').then((answer) => answer.json()),
  currentSession(),
]);
document.querySelector('#warning').hidden = session !== undefined;

const operations = Object.entries(description.paths).flatMap(([path, verbs]) =>
  Object.entries(verbs).map(([verb, operation]) => ({ path, verb, ...operation })),
);
for (const [tag, list] of Map.groupBy(operations, ({ tags }) => tags[0]))
  place.append(heading(tag), ...list.map(operationForm));
