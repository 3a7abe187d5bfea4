/** What the board needs beside the records' style. */
export const BOARD_STYLE = `
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 2rem; align-items: baseline; justify-content: space-between; padding: 0.75rem 0; border-bottom: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; }
nav a { display: inline-block; padding: 0.35rem 0; }
nav a[aria-current] { font-weight: 700; color: var(--ink); }
.viewer, .live { margin: 0; color: var(--muted); font-size: 0.9rem; }
.live { margin-top: 0.75rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); margin: 0; }
h3 { margin: 1rem 0 0.4rem; font-size: 0.95rem; color: var(--muted); }
.stack { margin: 1rem 0; padding: 1rem 1.25rem; border: 1px solid var(--line); border-left: 0.5rem solid; border-radius: 12px; background: var(--card); color: var(--ink); }
.stack.good { border-left-color: var(--good); color: var(--ink); } .stack.bad { border-left-color: var(--bad); color: var(--ink); } .stack.hold { border-left-color: var(--hold); color: var(--ink); }
.stack h2 { margin: 0; display: flex; flex-wrap: wrap; gap: 0 0.75rem; align-items: baseline; }
.stack .badge { display: inline; font-size: 1rem; font-weight: 700; }
.stack .facts { grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); margin-top: 0.75rem; padding: 0; border: 0; background: none; }
main > h1, [data-part] > h1 { margin-top: 1rem; }
.under { margin: 0.75rem 0 0.25rem; font-size: 1.05rem; }
.action { margin: 0.5rem 0; padding: 0.5rem 1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.action summary { font-weight: 600; padding: 0.35rem 0; }
form { display: grid; gap: 0.5rem; max-width: 40rem; padding-bottom: 0.5rem; }
form p { margin: 0; }
fieldset { margin: 0; padding: 0.5rem 0.75rem; border: 1px solid var(--line); border-radius: 8px; }
fieldset label { display: block; padding: 0.3rem 0; }
textarea { width: 100%; padding: 0.5rem; border: 1px solid var(--muted); border-radius: 6px; background: var(--paper); color: var(--ink); font: inherit; }
button { justify-self: start; min-height: 2.75rem; padding: 0.5rem 1.25rem; border: 1px solid var(--accent); border-radius: 8px; background: var(--paper); color: var(--accent); font: inherit; font-weight: 700; cursor: pointer; }
button:hover { background: var(--card); }
@media (max-width: 46rem) { .stack { padding: 0.75rem 0.9rem; } button { width: 100%; } }
@media print { nav, .live, .action { display: none; } }
`;
