/** The style sheet and the script of a page: fixed texts, so that their hashes can stand in its content security policy. */

export const STYLE = `
:root { color-scheme: light dark; --ink: #1f2933; --quiet: #5d6873; --line: #d5dbe1; --paper: #ffffff; --pale: #f2f5f8;
  --good: #2f8f5b; --calm: #3b78b5; --teal: #2a8a92; --grey: #a3adb7; --pale-grey: #c9d0d7; --warn: #c98a1b; --bad: #c0453a; --dark-bad: #8c1c13; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --quiet: #9aa7b3; --line: #3a444e; --paper: #15191e; --pale: #1f262d;
    --good: #4bb37b; --calm: #6aa5de; --teal: #4fb3bb; --grey: #6c7782; --pale-grey: #4b555f; --warn: #dba63f; --bad: #e0685d; --dark-bad: #f0958c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1500px; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-bottom: 2px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
.phase { display: inline-block; padding: .1rem .6rem; border-radius: 1rem; border: 2px solid currentColor; font-weight: 600; }
.phase.Succeeded { color: var(--good); } .phase.PartialSuccess, .phase.Missed { color: var(--warn); } .phase.Failed { color: var(--dark-bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; unicode-bidi: isolate; }
.error { border-left: 4px solid var(--bad); background: var(--pale); padding: .6rem 1rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; color: var(--quiet); padding: .2rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem; border-bottom: 1px solid var(--line); unicode-bidi: isolate; overflow-wrap: break-word; }
td { white-space: pre-wrap; max-width: 34rem; } td ul { margin: 0; padding-left: 1.2rem; white-space: normal; }
thead th { background: var(--pale); position: sticky; top: 0; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.zero { color: var(--quiet); }
em { color: var(--quiet); }
figure { margin: 0; } svg { width: 100%; height: auto; } .axis { fill: currentColor; font-size: 13px; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; padding: 0; margin: .5rem 0; font-size: .9rem; }
.dot { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; border-radius: 2px; }
.f-Created { fill: var(--good); } .b-Created { background: var(--good); } .f-Updated { fill: var(--calm); } .b-Updated { background: var(--calm); }
.f-Unarchived { fill: var(--teal); } .b-Unarchived { background: var(--teal); } .f-Unchanged { fill: var(--grey); } .b-Unchanged { background: var(--grey); }
.f-UnchangedByDiff, .f-SkippedByRule, .f-NotProcessed { fill: var(--pale-grey); } .b-UnchangedByDiff, .b-SkippedByRule, .b-NotProcessed { background: var(--pale-grey); }
.f-SkippedAmbiguous { fill: var(--warn); } .b-SkippedAmbiguous { background: var(--warn); } .f-Failed { fill: var(--bad); } .b-Failed { background: var(--bad); }
.f-Rejected { fill: var(--dark-bad); } .b-Rejected { background: var(--dark-bad); }
.t-Rejected, .t-Failed { color: var(--dark-bad); font-weight: 600; } .t-SkippedAmbiguous { color: var(--warn); font-weight: 600; }
.tools { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; } .tools[hidden], tr[hidden] { display: none; }
input, select { font: inherit; padding: .3rem .5rem; color: inherit; background: var(--paper); border: 1px solid var(--quiet); border-radius: 4px; }
input { min-width: 18rem; }
@media print {
  :root { color-scheme: light; --ink: #000000; --quiet: #444444; --paper: #ffffff; --pale: #eeeeee; --line: #bbbbbb; }
  body { max-width: none; padding: 0; font-size: 9pt; } .tools { display: none; } .wide { overflow: visible; }
  thead { display: table-header-group; } thead th { position: static; white-space: normal; } tr, figure { break-inside: avoid; } h2, h3 { break-after: avoid; }
  rect, .dot, thead th { print-color-adjust: exact; } @page { margin: 12mm; size: landscape; } }
`;

/** Shows the rows that have all the words and the status that are asked for. Written without what XML would have escaped. */
export const SCRIPT = `
(function () {
  'use strict';
  var tools = document.getElementById('tools');
  if (tools === null) return;
  var words = document.getElementById('words');
  var status = document.getElementById('status');
  var shown = document.getElementById('shown');
  var rows = Array.from(document.querySelectorAll('tr[data-status]'));
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  function update() {
    var wanted = words.value.toLowerCase().split(/\\s+/);
    var count = 0;
    rows.forEach(function (row, index) {
      var fits = wanted.every(function (word) { return texts[index].includes(word); });
      if (status.value !== '') fits = row.dataset.status === status.value ? fits : false;
      row.hidden = !fits;
      if (fits) count += 1;
    });
    shown.textContent = count + ' of ' + rows.length + ' listed rows';
  }
  words.addEventListener('input', update);
  status.addEventListener('change', update);
  tools.hidden = false;
  update();
})();
`;
