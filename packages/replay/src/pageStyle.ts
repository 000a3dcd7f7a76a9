/** The look of a replay's page, light and dark. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --text: #1a202c; --faint: #718096; --line: #e2e8f0;
  --price: #4a5568; --first: #2b6cb0; --second: #c05621; --trigger: #805ad5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181f; --text: #e2e8f0; --faint: #94a3b8; --line: #2d3748;
    --price: #a0aec0; --first: #63b3ed; --second: #f6ad55; --trigger: #b794f4;
  }
}
body { margin: 0 auto; padding: 1.5rem; max-width: 68rem; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
small { color: var(--faint); font-weight: normal; }
p { margin: .3rem 0; }
.verdict { font-weight: 600; }
.key { font-size: 1.1em; }
.key.first { color: var(--first); }
.key.second { color: var(--second); }
.entry { margin-right: 1rem; white-space: nowrap; }
.key.trigger { display: inline-block; width: 1.6rem; border-top: 2px dashed var(--trigger); vertical-align: middle; }
svg { display: block; width: 100%; min-width: 44rem; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--faint); }
.grid { stroke: var(--line); }
.level { stroke: var(--trigger); stroke-dasharray: 4 4; stroke-width: 1.2; }
.curve { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
.curve.price { stroke: var(--price); }
.curve.first { stroke: var(--first); }
.curve.second { stroke: var(--second); }
.mark { stroke: var(--ground); stroke-width: 1.5; }
.mark.first { fill: var(--first); }
.mark.second { fill: var(--second); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--faint); font-weight: 600; }
tr.first td:nth-child(2) { color: var(--first); }
tr.second td:nth-child(2) { color: var(--second); }
`
