// Chooses the view that the address names.
import { h, fill, problem } from './dom.js';
import { ask, isReport, reportText } from './source.js';
import { runsView } from './runs.js';
import { loadView } from './load.js';
import { labelsView } from './labels.js';
import { textView } from './text.js';
import { experimentsView } from './experiments.js';

const VIEWS = [
  ['runs', 'Runs', runsView, (list) => !isReport || list.runs.length > 0],
  ['load', 'Load', loadView, (list) => !isReport || list.runs.length > 0],
  ['labels', 'Specialization', labelsView, (list) => !isReport || list.runs.length > 0],
  ['text', 'Text', textView, () => !isReport || reportText !== ''],
  ['experiments', 'Experiments', experimentsView, (list) => !isReport || list.experiments.length > 0],
];

const page = document.getElementById('view');
const tabs = document.getElementById('tabs');
const connection = document.getElementById('connection');
let leave = () => {};

const context = {
  list: null,
  async reload() {
    const list = await ask('runs');
    const all = [...list.runs, ...list.checkpoints, ...list.experiments];
    const cut = common(all.map((row) => row.path ?? row.name));
    for (const row of all) {
      row.path ??= row.name;
      row.name = row.path.slice(cut);
    }
    context.list = list;
    return list;
  },
  models: () => [...context.list.runs, ...context.list.checkpoints].map((row) => [row.id, row.name]),
  newest: (trained) => [...context.list.runs].sort((a, b) => (trained ? (b.state === 'finished') - (a.state === 'finished') : 0) || (b.changed ?? 0) - (a.changed ?? 0))[0]?.id,
  isFinished: (id) => context.list.runs.some((row) => row.id === id && row.state === 'finished'),
  connection: (state) => { connection.textContent = state; },
};

// Length of the folders that all paths share.
function common(paths) {
  const parts = paths.map((path) => path.split('/').slice(0, -1));
  let count = 0;
  while (parts.length > 0 && parts.every((one) => count < one.length && one[count] === parts[0][count])) {
    count++;
  }
  return parts.length === 0 ? 0 : parts[0].slice(0, count).reduce((sum, part) => sum + part.length + 1, 0);
}

async function show() {
  leave();
  leave = () => {};
  try {
    await context.reload();
    const there = VIEWS.filter(([, , , shows]) => shows(context.list));
    const wanted = location.hash.slice(1);
    const [name, , open] = there.find(([key]) => key === wanted) ?? there[context.list.runs.length === 0 && context.list.experiments.length > 0 ? there.length - 1 : 0];
    fill(tabs, there.map(([key, title]) => {
      const link = h('a', { href: '#' + key }, title);
      if (key === name) {
        link.setAttribute('aria-current', 'page');
      }
      return link;
    }));
    document.title = (isReport ? 'report' : 'jmoe') + ' – ' + context.list.roots.join(', ');
    leave = open(page, context) ?? leave;
  } catch (error) {
    fill(page, problem(error));
  }
}

if (isReport) {
  context.connection('report, ' + new Date(document.lastModified).toLocaleDateString());
}
addEventListener('hashchange', show);
show();
