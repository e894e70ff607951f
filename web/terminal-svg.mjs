/**
 * A terminal as an SVG picture, light or dark as its viewer is. It needs no script and no font
 * but a monospaced one. The frames lie side by side on a film; a CSS animation moves it three
 * times and ends on the last frame, which is also all that a viewer without animation shows.
 */

const LINE = 24; // all sizes in pixels
const FONT = 15;
const ADVANCE = FONT * 0.61; // of the widest of the usual monospaced fonts
const BAR = 36;
const EDGE = 20;
const ROUNDS = 3;

const escape = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
/** A number for a file: no more digits than an eye needs. */
const short = (n) => String(Math.round(n * 100) / 100);

/**
 * @param {Array<{lines: string[], notes?: string[], time: number}>} frames the terminal's lines,
 *     the last one ends at the cursor; notes stand below them and take the cursor away; time in
 *     milliseconds
 * @param {{title: string, columns: number}} options
 * @returns {string} the file's text
 */
export function terminalSvg(frames, { title, columns }) {
  const rows = Math.max(...frames.map(({ lines, notes = [] }) => lines.length + notes.length));
  const width = Math.ceil(columns * ADVANCE) + 2 * EDGE;
  const height = BAR + rows * LINE + EDGE;

  // Most lines stay from frame to frame: each is drawn once.
  const drawn = new Map();
  const use = (y, className, content) => {
    const element = `<text y="${y * LINE + FONT + 2}"${className && ` class="${className}"`}>${content}</text>`;
    if (!drawn.has(element)) drawn.set(element, `l${drawn.size}`);
    return `<use href="#${drawn.get(element)}"/>`;
  };
  const film = frames.map(({ lines, notes = [] }, i) => {
    const content = lines.map((line, y) => {
      const cursor = y === lines.length - 1 && notes.length === 0 ? '<tspan class="cursor">\u2588</tspan>' : "";
      return line || cursor ? use(y, "", escape(line) + cursor) : "";
    });
    content.push(...notes.map((note, y) => use(lines.length + y, "note", escape(note))));
    return `<g transform="translate(${i * width})">${content.join("")}</g>`;
  });

  const total = frames.reduce((sum, { time }) => sum + time, 0);
  let passed = 0;
  const steps = frames.map(({ time }, i) => {
    const step = `${short((passed / total) * 100)}%{transform:translateX(${-i * width}px)}`;
    passed += time;
    return step;
  });
  const last = `transform:translateX(${-(frames.length - 1) * width}px)`;

  const { lines, notes = [] } = frames.at(-1);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title text">
<title id="title">${escape(title)}</title>
<desc id="text">${escape([...lines, ...notes].join("\n"))}</desc>
<style>
.window{fill:#fcfcfa;stroke:#d5d8d3}
.line{stroke:#e4e6e1}
.title{fill:#5b646c;font:13px system-ui,sans-serif}
text{fill:#1f2429;font:${FONT}px ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;white-space:pre}
.cursor{fill:#1c6b52}
.note{fill:#1c6b52;font-style:italic}
.film{${last}}
@media (prefers-color-scheme:dark){
.window{fill:#0f1317;stroke:#2c333a}
.line{stroke:#22282e}
.title{fill:#98a3ad}
text{fill:#c9d1d8}
.cursor,.note{fill:#7cd0ad}
}
@media (prefers-reduced-motion:no-preference){
.film{animation:film ${short(total / 1000)}s step-end ${ROUNDS} forwards}
}
@keyframes film{${steps.join("")}100%{${last}}}
</style>
<defs>
${[...drawn].map(([element, id]) => element.replace("<text", `<text id="${id}"`)).join("\n")}
</defs>
<rect class="window" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="10"/>
<path class="line" d="M1 ${BAR - 0.5}H${width - 1}"/>
<text class="title" x="${width / 2}" y="${BAR / 2 + 4.5}" text-anchor="middle">${escape(title)}</text>
<svg x="${EDGE}" y="${BAR + 8}" width="${width - 2 * EDGE}" height="${rows * LINE}"><g class="film">
${film.join("\n")}
</g></svg>
</svg>
`;
}
