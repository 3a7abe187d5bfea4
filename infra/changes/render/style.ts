/** The page's own style sheet: light and dark by the reader's preference, and ink on white in print. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1c2430; --muted: #5b6675; --paper: #ffffff; --card: #f6f7f9; --line: #dde1e7;
  --good: #1a7f4b; --bad: #c0342b; --hold: #9a6700; --accent: #2b5fd9;
  --plot-1: #7a8699; --plot-2: #2b5fd9; --plot-3: #b4540a; --plot-4: #6b3fb5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ee; --muted: #9aa5b4; --paper: #12161c; --card: #1a2029; --line: #2f3845;
    --good: #4cc38a; --bad: #ff7b72; --hold: #e3b341; --accent: #7aa5ff;
    --plot-1: #9aa5b4; --plot-2: #7aa5ff; --plot-3: #f0a35e; --plot-4: #b79cf0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 ui-sans-serif, system-ui, sans-serif;
}
h1 { margin: 0; font-size: 1.6rem; letter-spacing: -0.01em; }
h2 { margin: 2.25rem 0 0.75rem; font-size: 1.1rem; }
.summary { margin: 0.25rem 0 0; color: var(--muted); }
.badge {
  display: inline-block; padding: 0.05rem 0.55rem; border: 1px solid currentColor; border-radius: 999px;
  font-size: 0.8rem; font-weight: 600; vertical-align: middle; white-space: nowrap;
}
.good, .pass, .done { color: var(--good); }
.bad, .fail, .failed { color: var(--bad); }
.hold { color: var(--hold); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0.75rem 1.5rem; margin: 1.5rem 0 0;
  padding: 1rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
dt { color: var(--muted); font-size: 0.8rem; }
dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 0 0 1rem; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
figcaption { font-weight: 600; }
figure svg { display: block; width: 100%; height: auto; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: 0.4rem; }
th, td { padding: 0.4rem 0.75rem 0.4rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--muted); font-size: 0.8rem; font-weight: 600; }
td.time { white-space: nowrap; color: var(--muted); }
td.name { white-space: nowrap; font-weight: 600; }
td.state { white-space: nowrap; }
.verdicts { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; }
details { border-bottom: 1px solid var(--line); padding: 0.4rem 0; }
summary { cursor: pointer; }
pre { overflow-x: auto; margin: 0.5rem 0; padding: 0.75rem; background: var(--card); border-radius: 8px; font-size: 0.8rem; }
@media print {
  :root { --ink: #000; --muted: #444; --paper: #fff; --card: #fff; --line: #bbb; }
  body { max-width: none; padding: 0; font-size: 11px; }
  figure, tr, details { break-inside: avoid; }
}
`;
