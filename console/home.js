/** What a logged-in person can do next. */
import { askSession, currentSession } from './session.js';
import { translatePage } from './texts.js';

const error = document.querySelector('#error');

translatePage();
document.querySelector('#logout').addEventListener('click', async () => {
  try {
    await askSession('DELETE');
    location.assign('/');
  } catch (failure) {
    error.textContent = failure.message;
  }
});

const session = await currentSession();
if (session) {
  document.querySelector('#who').textContent = `${session.username} (${session.tenant})`;
  document.querySelector('#editor').href = session.editor;
}
