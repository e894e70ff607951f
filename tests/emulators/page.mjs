/** The part of docs/machines.md that a run writes: what is between two marks. */

const BEGIN = "<!-- profiles: written by `make profiles` -->\n";
const END = "<!-- end of profiles -->";

/** `page` with `text` between its marks. */
export function fill(page, text) {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the page has no ${BEGIN.trim()} with ${END} after it`);
  return page.slice(0, from + BEGIN.length) + text + page.slice(to);
}
