// The load of each expert over time and over layers.
import { h, fill, problem } from './dom.js';
import { ask, follow } from './source.js';
import { around } from './charts.js';
import { choice } from './controls.js';

let loadRun = '';
let loadLayer = '';

export function loadView(view, context) {
  const runs = context.list.runs;
  if (runs.length === 0) {
    fill(view, h('p', { className: 'empty' }, 'There is no run.'));
    return () => {};
  }
  loadRun = runs.some((run) => run.id === loadRun) ? loadRun : context.newest();
  const controls = h('div', { className: 'controls' });
  const over = h('div', { className: 'chart' });
  const layers = h('div', { className: 'chart' });
  const message = h('div', {});
  const title = h('h2', {});
  let stop = () => {};
  fill(
    view,
    controls,
    message,
    h('section', { className: 'panel' }, title, h('p', { className: 'quiet' }, 'Load of each expert over the mean load: 1 is balance, red is more, blue is less.'), over),
    h('section', { className: 'panel' }, h('h2', {}, 'All layers, last recorded step'), h('p', { className: 'quiet' }, 'Click a layer to see it over time.'), layers),
  );

  async function show() {
    try {
      const load = await ask('load', { run: loadRun, layer: loadLayer });
      fill(controls,
        choice('run', runs.map((run) => [run.id, run.name]), loadRun, (value) => { loadRun = value; loadLayer = ''; start(); }),
        choice('layer', load.layers.map((name) => [name, name]), load.layer, (value) => { loadLayer = value; show(); }));
      if (load.layers.length === 0) {
        fill(message, h('p', { className: 'empty' }, 'This run has recorded no load: its model has no MoE layer, or it has not begun.'));
        return;
      }
      fill(message);
      title.textContent = load.layer;
      const experts = load.load[0].map((_, expert) => 'expert ' + expert);
      around(over, {
        rows: experts,
        columns: load.steps.map(String),
        cells: experts.map((_, expert) => load.load.map((step) => step[expert])),
        x: 'step',
        name: 'load',
      });
      const most = Math.max(...load.last.map((row) => row.length));
      around(layers, {
        rows: load.layers,
        columns: Array.from({ length: most }, (_, expert) => String(expert)),
        cells: load.last.map((row) => row),
        x: 'expert',
        name: 'load',
        onClick: (row) => { loadLayer = load.layers[row]; show(); },
      });
    } catch (error) {
      fill(message, problem(error));
    }
  }

  function start() {
    stop();
    show();
    stop = follow([loadRun], show, () => {}, context.connection);
  }

  start();
  return () => stop();
}
