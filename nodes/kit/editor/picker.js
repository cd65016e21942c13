/** Elements the list shows. */
const mostShown = 50;

/**
 * A text field that finds devices or templates on the server while the user types and stands for an id. It shows
 * `label (id)`; it is marked as wrong while it is empty, and an id that does not exist is shown as missing.
 *
 * @param input the field, as a jQuery object
 * @param source `{path, list, accepts}`: the REST collection, the key of its list, and which of its elements may be chosen
 *   (all, when left out)
 * @param id the saved id, or ""
 * @param missing text in front of an id that does not exist
 */
export function createPicker(input, source, id, missing) {
  const ids = new Map();
  /** Texts of ids that do not exist. */
  const absent = new Set();
  let search = new AbortController();

  function shown(item) {
    const text = `${item.label} (${item.id})`;
    ids.set(text, String(item.id));
    return text;
  }

  function ask(path, signal) {
    return fetch(path, { headers: { accept: 'application/json' }, signal });
  }

  /** Page by page, because `accepts` is nothing the server could filter by. */
  async function find(typed, signal) {
    const pageSize = source.accepts ? 4 * mostShown : mostShown;
    const query = new URLSearchParams({ page_size: String(pageSize), sortBy: 'label' });
    if (typed !== '') query.set('label', typed);
    const found = [];
    for (let page = 1; page !== null && found.length < mostShown; ) {
      query.set('page_num', String(page));
      const response = await ask(`${source.path}?${query}`, signal);
      if (!response.ok) throw new Error(`${source.path}: ${response.status}`);
      const answer = await response.json();
      found.push(...answer[source.list].filter(source.accepts ?? (() => true)));
      page = answer.pagination.next_page;
    }
    return found.slice(0, mostShown).map((item) => ({ value: shown(item), label: shown(item) }));
  }

  /** Shows whose id is in the field. */
  async function look() {
    const typed = input.val().trim();
    input.toggleClass('input-error', typed === '' || absent.has(typed));
    if (typed === '' || ids.has(typed)) return;
    const response = await ask(`${source.path}/${encodeURIComponent(typed)}`);
    if (input.val().trim() !== typed) return;
    if (response.ok) {
      input.val(shown(await response.json()));
    } else if (response.status === 404) {
      const text = `${missing}: ${typed}`;
      ids.set(text, typed);
      absent.add(text);
      input.val(text).addClass('input-error');
    }
  }

  const report = (error) => RED.notify(error.message, 'error');
  input.autoComplete({
    minLength: 0,
    search: (typed, done) => {
      search.abort();
      search = new AbortController();
      const { signal } = search;
      find(ids.has(typed) ? '' : typed.trim(), signal).then(
        // Not for a field that has been left meanwhile, perhaps with its form.
        (found) => input.is(':focus') && done(found),
        (error) => {
          if (signal.aborted) return;
          report(error);
          done([]);
        },
      );
    },
  });
  // The list opens as after a key that types nothing.
  input.on('click', () => input.trigger('keyup'));
  input.on('change', () => look().catch(report));
  input.val(id);
  look().catch(report);

  return {
    /** The id chosen; what is not a known label counts as an id typed by hand. */
    id() {
      const typed = input.val().trim();
      return ids.get(typed) ?? typed;
    },
  };
}
