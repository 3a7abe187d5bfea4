/** The pages' own style sheet: light and dark by the reader's preference, cards on a phone, ink on white in print. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1c2430; --muted: #566070; --paper: #ffffff; --card: #f6f7f9; --line: #d8dde4;
  --good: #15703f; --bad: #b3261e; --hold: #8a5a00; --accent: #2353c4;
  --good-ground: #e8f5ee; --bad-ground: #fdecea; --hold-ground: #fff5dd;
  --plot-1: #6c7789; --plot-2: #2353c4; --plot-3: #a84a06; --plot-4: #6b3fb5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ee; --muted: #a3adbb; --paper: #12161c; --card: #1a2029; --line: #323c4a;
    --good: #57cc95; --bad: #ff8a82; --hold: #e9bd4e; --accent: #8fb2ff;
    --good-ground: #10281c; --bad-ground: #331614; --hold-ground: #2d2410;
    --plot-1: #a3adbb; --plot-2: #8fb2ff; --plot-3: #f0a35e; --plot-4: #b79cf0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 0 1.25rem 3rem; max-width: 64rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 ui-sans-serif, system-ui, sans-serif; overflow-wrap: break-word;
}
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -999rem; padding: 0.5rem 1rem; background: var(--paper); }
.skip:focus { left: 1rem; top: 0.5rem; z-index: 1; }
h1 { margin: 0.2rem 0 0; font-size: 1.3rem; line-height: 1.35; letter-spacing: -0.01em; }
h2 { margin: 2.25rem 0 0.75rem; font-size: 1.15rem; }
ul { margin: 0; padding-left: 1.1rem; }
.banner { margin: 1.25rem 0 0; padding: 1.25rem 1.5rem; border-radius: 12px; border: 1px solid var(--line); border-left: 0.5rem solid; }
.banner.good { background: var(--good-ground); color: var(--ink); border-left-color: var(--good); }
.banner.bad { background: var(--bad-ground); color: var(--ink); border-left-color: var(--bad); }
.banner.hold { background: var(--hold-ground); color: var(--ink); border-left-color: var(--hold); }
.banner.good .badge { color: var(--good); } .banner.bad .badge { color: var(--bad); } .banner.hold .badge { color: var(--hold); }
.eyebrow { margin: 0; color: var(--muted); font-size: 0.9rem; }
.badge { display: block; font-size: 1.9rem; font-weight: 800; line-height: 1.2; }
.why { margin-top: 0.6rem; }
.answers { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem 2rem; margin-top: 1rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.answers h2 { margin: 0 0 0.4rem; font-size: 0.9rem; color: var(--muted); }
.answers code { display: block; margin-top: 0.25rem; font-size: 0.95rem; }
.bars { list-style: none; padding: 0; display: grid; gap: 0.4rem; }
.bars li { display: grid; grid-template-columns: 4.2rem 1fr; gap: 0 0.6rem; align-items: center; }
.bars .share { font-size: 1.25rem; font-weight: 700; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.bars .name { grid-column: 2; font-size: 0.9rem; }
.track { appearance: none; display: block; width: 100%; height: 0.8rem; border: 0; border-radius: 3px; background: var(--line); overflow: hidden; }
.track::-webkit-progress-bar { background: var(--line); }
.track::-webkit-progress-value { background: var(--plot-2); }
.track::-moz-progress-bar { background: var(--plot-2); }
.good, .pass, .done { color: var(--good); }
.bad, .fail, .failed { color: var(--bad); }
.hold { color: var(--hold); }
.fail, .failed, .state, .op { font-weight: 600; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 0.75rem 1.5rem; margin: 0;
  padding: 1rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
dt { color: var(--muted); font-size: 0.85rem; }
dd { margin: 0; }
figure { margin: 0 0 1rem; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
figcaption { font-weight: 600; margin-bottom: 0.25rem; }
figure svg { display: block; width: 100%; height: auto; }
.narrow { display: none; }
table { width: 100%; border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: 0.4rem; font-size: 0.9rem; }
th, td { padding: 0.4rem 0.75rem 0.4rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--muted); font-size: 0.85rem; font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
time, .state, .op, td strong { white-space: nowrap; }
.verdicts { display: flex; flex-wrap: wrap; gap: 0.1rem 0.75rem; }
.verdicts > span { white-space: nowrap; }
details { border-bottom: 1px solid var(--line); padding: 0.4rem 0; }
details.numbers { border: 0; padding-bottom: 0; }
summary { cursor: pointer; }
details table { margin-top: 0.5rem; }
pre { overflow-x: auto; margin: 0.5rem 0; padding: 0.75rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; font-size: 0.82rem; max-height: 24rem; }
code { font: 0.88em ui-monospace, monospace; }
code, del, ins, dd, td:last-child { overflow-wrap: anywhere; }
del { color: var(--bad); } ins { color: var(--good); text-decoration: none; font-weight: 600; }
footer { margin-top: 2.5rem; padding-top: 0.75rem; border-top: 1px solid var(--line); color: var(--muted); font-size: 0.9rem; }
@media (max-width: 46rem) {
  body { padding: 0 0.75rem 2rem; }
  h1 { font-size: 1.15rem; } .badge { font-size: 1.5rem; }
  .banner { margin-top: 0.75rem; padding: 0.9rem 1rem; }
  .answers { grid-template-columns: 1fr; }
  .wide { display: none; } .narrow { display: block; }
  figure { padding: 0.6rem 0.5rem; }
  table, caption, tbody, tr, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  td { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: 0.5rem; padding: 0.1rem 0; border: 0; }
  td:empty { display: none; }
  td::before { content: attr(data-heading); color: var(--muted); font-size: 0.85rem; }
  dl { grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); }
  .number { text-align: left; white-space: normal; }
  .brief td, .brief td > div { display: inline; }
  .brief td { padding-right: 0.4rem; color: var(--muted); }
  .brief td::before { content: none; }
  .brief td:last-child, .brief td:last-child > div { display: block; padding: 0; color: var(--ink); }
}
@media print {
  :root {
    color-scheme: light; --ink: #000; --muted: #444; --paper: #fff; --card: #fff; --line: #bbb; --good: #0b5c31; --bad: #a01b14; --hold: #6d4700;
    --accent: #000; --good-ground: #fff; --bad-ground: #fff; --hold-ground: #fff; --plot-1: #777; --plot-2: #1d46a8; --plot-3: #a84a06; --plot-4: #6b3fb5;
  }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .skip { display: none; }
  figure, tr, .banner, dl { break-inside: avoid; }
  h2, summary { break-after: avoid; }
  .numbers::details-content { content-visibility: visible; display: block; }
  pre { max-height: none; white-space: pre-wrap; }
}
`;
