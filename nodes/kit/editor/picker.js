/**
 * A text field that finds devices or templates on the server while the user types and stands for an id. It shows
 * `label (id)`; an id that no longer exists is shown as missing until another is chosen.
 *
 * @param input the field, as a jQuery object
 * @param source `{path, list, accepts}`: the REST collection, the key of its list, and which of its elements may be chosen
 * @param id the saved id, or ""
 * @param missing text in front of an id that does not exist
 */
export function createPicker(input, source, id, missing) {
  const ids = new Map();

  function shown(item) {
    const text = `${item.label} (${item.id})`;
    ids.set(text, String(item.id));
    return text;
  }

  async function search(typed) {
    const query = new URLSearchParams({ page_size: '50', sortBy: 'label' });
    if (typed !== '') query.set('label', typed);
    const response = await fetch(`${source.path}?${query}`, { headers: { accept: 'application/json' } });
    if (!response.ok) throw new Error(`${source.path}: ${response.status}`);
    const answer = await response.json();
    return answer[source.list].filter(source.accepts).map((item) => ({ value: shown(item), label: shown(item) }));
  }

  async function showSaved() {
    const response = await fetch(`${source.path}/${encodeURIComponent(id)}`, {
      headers: { accept: 'application/json' },
    });
    if (input.val() !== id) return;
    if (response.ok) {
      input.val(shown(await response.json()));
    } else if (response.status === 404) {
      const text = `${missing}: ${id}`;
      ids.set(text, id);
      input.val(text).addClass('input-error');
    }
  }

  const report = (error) => RED.notify(error.message, 'error');
  input.autoComplete({
    minLength: 0,
    search: (typed, done) => {
      search(ids.has(typed) ? '' : typed.trim()).then(done, (error) => {
        report(error);
        done([]);
      });
    },
  });
  input.val(id);
  if (id !== '') showSaved().catch(report);

  return {
    /** The id chosen; what is not a known label counts as an id typed by hand. */
    id() {
      const typed = input.val().trim();
      return ids.get(typed) ?? typed;
    },
  };
}
