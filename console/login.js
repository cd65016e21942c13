/** The log-in form: leads to the editor, or says in a sentence why not. */
import { askSession, currentSession } from './session.js';
import { text, translatePage } from './texts.js';

const form = document.querySelector('form');
const button = document.querySelector('button');
const error = document.querySelector('#error');

/** Counts down in place of the sentence and keeps the button closed meanwhile. */
function countDown(seconds) {
  error.textContent = text('tooMany', { seconds });
  button.disabled = seconds > 0;
  if (seconds > 0) setTimeout(countDown, 1000, seconds - 1);
  else error.textContent = '';
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  button.disabled = true;
  error.textContent = '';
  try {
    const answer = await askSession('POST', Object.fromEntries(new FormData(form)));
    location.assign((await answer.json()).editor);
  } catch (failure) {
    error.textContent = failure.message;
    button.disabled = false;
    form.passwd.select();
    if (failure.seconds) countDown(failure.seconds);
  }
});

translatePage();
// A link on another site leads here without the cookie (SameSite=Strict), although there may be a session.
if (await currentSession()) location.reload();
