/**
 * The parts of the project's pages that a tool writes: as tools/kit/src/page.rs has them, with the
 * same markers.
 */

/** `page` with `content` between the markers of the part `name`. */
export function fill(page, name, content) {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no ${begin} with ${end} after it`);
  return `${page.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${page.slice(to)}`;
}
